import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrowingLimit } from '../../src/threads/growing-limit.js';

/** Calls that end when they are told to. */
class Calls {
  /** Numbers of the calls that have begun, in their order. */
  readonly begun: number[] = [];
  private readonly _ends: (() => void)[] = [];
  private readonly _limit: GrowingLimit;

  constructor(limit: GrowingLimit) {
    this._limit = limit;
  }

  start(number: number): Promise<number> {
    return this._limit.run(async () => {
      this.begun.push(number);
      await new Promise<void>((resolve) => {
        this._ends[number] = resolve;
      });
      return number;
    });
  }

  async end(number: number): Promise<void> {
    this._ends[number]();
    await turn();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** A limit that grows does so in a millisecond; this is longer than any test. */
const NEVER_MS = 1e9;

test('one call runs at a time, in their order, as long as calls wait briefly', async () => {
  const calls = new Calls(new GrowingLimit({ most: 3, growAfterMs: NEVER_MS }));
  const results = Promise.all([0, 1, 2, 3].map((number) => calls.start(number)));
  for (const number of [0, 1, 2, 3]) {
    await turn();
    assert.deepEqual(calls.begun, [0, 1, 2, 3].slice(0, number + 1));
    await calls.end(number);
  }
  assert.deepEqual(await results, [0, 1, 2, 3]);
});

test('when calls have waited for long, as many run as may', { timeout: 60_000 }, async () => {
  const calls = new Calls(new GrowingLimit({ most: 3, growAfterMs: 1 }));
  const results = Promise.all([0, 1, 2, 3, 4].map((number) => calls.start(number)));
  await turn();
  assert.deepEqual(calls.begun, [0]);
  await calls.end(0);
  // Timers keep no process alive.
  while (calls.begun.length < 4) await turn();
  assert.deepEqual(calls.begun, [0, 1, 2, 3]);
  for (const number of [2, 1, 3]) await calls.end(number);
  assert.deepEqual(calls.begun, [0, 1, 2, 3, 4]);
  await calls.end(4);
  assert.deepEqual(await results, [0, 1, 2, 3, 4]);
});

test('the time until the first call ends does not count', { timeout: 60_000 }, async () => {
  const calls = new Calls(new GrowingLimit({ most: 2, growAfterMs: 0 }));
  const results = Promise.all([calls.start(0), calls.start(1)]);
  for (const end = performance.now() + 5; performance.now() < end; ) await turn();
  assert.deepEqual(calls.begun, [0]);
  await calls.end(0);
  await calls.end(1);
  await results;
});

test('a call that fails makes room for the next', async () => {
  const limit = new GrowingLimit({ most: 1, growAfterMs: 0 });
  const failing = limit.run(() => Promise.reject(new Error('failed')));
  const next = limit.run(async () => 'next');
  await assert.rejects(failing, { message: 'failed' });
  assert.equal(await next, 'next');
});
