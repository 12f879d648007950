import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { TCSMockEvent } from '../../src/index.js';

describe('TCSMockEvent', () => {
  it('yields mock events without end', async () => {
    const events = await take(new TCSMockEvent({ sleepS: 0 }), 100);
    assert.equal(events.length, 100);
    assert.deepEqual(new Set(events.map(([topic]) => topic)), new Set(['lrs2.hardware.status']));
  });

  it('stamps each with the present time, in both times', async () => {
    const startedS = Date.now() / 1000;
    const events = (await take(new TCSMockEvent({ sleepS: 0.001 }), 10)).map(([, json]) => JSON.parse(json));
    for (const { __wire_time, __data_time, ...rest } of events) {
      assert.equal(__wire_time, __data_time);
      assert(__wire_time > startedS - 0.005 && __wire_time < Date.now() / 1000 + 0.005, String(__wire_time));
      assert.deepEqual(rest, { __system: 'lrs2', __source: 'hardware', __key: 'status', __data: 'true' });
    }
    const times = events.map((event) => event.__wire_time);
    assert.deepEqual(times, times.toSorted());
  });

  it('sleeps before each event', async () => {
    const sleepS = 0.02;
    const startedMs = performance.now();
    await take(new TCSMockEvent({ sleepS }), 3);
    // Timers may fire a millisecond early.
    assert(performance.now() - startedMs >= 3 * (1000 * sleepS - 1));
  });

  it('can be iterated again', async () => {
    const mock = new TCSMockEvent({ sleepS: 0 });
    assert.equal((await take(mock, 2)).length, 2);
    assert.equal((await take(mock, 2)).length, 2);
  });

  it('ends when its signal is aborted, in the middle of a sleep', { timeout: 60_000 }, async () => {
    const controller = new AbortController();
    const sequence = take(new TCSMockEvent({ sleepS: 3600, signal: controller.signal }), 1);
    setImmediate(() => controller.abort());
    assert.deepEqual(await sequence, []);
  });

  it('yields nothing where its signal is aborted already', async () => {
    assert.deepEqual(await take(new TCSMockEvent({ sleepS: 0, signal: AbortSignal.abort() }), 1), []);
  });

  for (const sleepS of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`refuses a sleep of ${sleepS}`, () => {
      assert.throws(() => new TCSMockEvent({ sleepS }), { name: 'TcsReplayError', code: 'BAD_OPTION' });
    });
  }
});

async function take<T>(sequence: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const value of sequence) {
    taken.push(value);
    if (taken.length === count) break;
  }
  return taken;
}
