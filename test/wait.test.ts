import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { Waiter } from '../src/wait.js';
import { SimulatedTime } from './simulated-time.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

test('waits neither for the present nor for the past', async () => {
  const time = new SimulatedTime();
  for (const dueNs of [time.ns, time.ns - 1, 0, Number.NEGATIVE_INFINITY])
    await new Waiter(time, time).until(dueNs);
  assert.deepEqual([time.turns, time.delaysMs], [0, []]);
});

test('resolves when it is due, at most a turn of the loop late, with timers that are early or late', async () => {
  const distances = fc.oneof(fc.integer({ min: 0, max: 10e9 }), fc.integer({ min: 0, max: 5e6 }));
  await fc.assert(
    fc.asyncProperty(distances, fc.array(fc.double({ min: -1, max: 1, noNaN: true })), async (ns, errors) => {
      const time = new SimulatedTime();
      time.timerErrorMs = () => errors.pop() ?? 0;
      const dueNs = time.ns + ns;
      await new Waiter(time, time).until(dueNs);
      assert.ok(time.ns >= dueNs, `${dueNs - time.ns} ns early`);
      assert.ok(time.ns <= dueNs + time.turnNs, `${time.ns - dueNs} ns late`);
    }),
    { numRuns: 500 },
  );
});

test('sleeps until 2.5 ms before, and only then keeps the loop turning', async () => {
  const time = new SimulatedTime();
  await new Waiter(time, time).until(time.ns + 3600e9);
  assert.equal(time.delaysMs.length, 1);
  assert.ok(time.turns * time.turnNs <= 2.5e6 + time.turnNs, `${time.turns} turns`);
});

test('is not sooner than a timer that fires much too late', async () => {
  const time = new SimulatedTime();
  time.timerErrorMs = () => 700;
  await new Waiter(time, time).until(time.ns + 100e6);
  assert.equal(time.turns, 0);
});

test('splits a wait that is longer than the longest timer', async () => {
  const time = new SimulatedTime();
  const dueNs = time.ns + 100 * 24 * 3600e9;
  await new Waiter(time, time).until(dueNs);
  assert.ok(time.delaysMs.length >= 4);
  for (const delayMs of time.delaysMs) assert.ok(delayMs >= 1 && delayMs <= LONGEST_TIMER_MS);
  assert.ok(time.ns >= dueNs && time.ns <= dueNs + time.turnNs);
});

test('ends a long sleep when it is aborted, and leaves no timer and no listener', async () => {
  const time = new SimulatedTime();
  time.timersFire = false;
  const controller = new AbortController();
  const waiting = new Waiter(time, time).until(time.ns + 14 * 3600e9, controller.signal);
  assert.equal(time.pending.size, 1);
  const before = time.ns;
  controller.abort();
  await waiting;
  assert.equal(time.ns, before);
  assert.deepEqual([time.pending.size, time.delaysMs.length, time.turns], [0, 1, 0]);
  assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
});

test('ends the turning of the loop when it is aborted', async () => {
  const time = new SimulatedTime();
  const controller = new AbortController();
  time.onTurn = (turns) => {
    if (turns === 9) controller.abort();
  };
  await new Waiter(time, time).until(time.ns + 1e6, controller.signal);
  assert.equal(time.turns, 10);
});

test('does not wait at all when it was aborted before, even for what is never due', async () => {
  const time = new SimulatedTime();
  await new Waiter(time, time).until(Number.POSITIVE_INFINITY, AbortSignal.abort());
  assert.deepEqual([time.turns, time.delaysMs], [0, []]);
});

test('keeps no listener of a signal that is never aborted', async () => {
  const time = new SimulatedTime();
  const { signal } = new AbortController();
  for (let i = 0; i < 50; i++) await new Waiter(time, time).until(time.ns + 20e6, signal);
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('lets the loop turn once', async () => {
  const time = new SimulatedTime();
  await new Waiter(time, time).turn();
  assert.equal(time.turns, 1);
});
