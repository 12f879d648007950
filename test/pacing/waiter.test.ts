import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Timing, Waiter } from '../../src/pacing/waiter.js';
import { SimulatedTime } from '../support/simulated-time.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const TIMINGS: readonly Timing[] = ['precise', 'balanced', 'eco'];
/** The latest that an event is sent by itself, where timers are a millisecond late at most and sleeps 0.4 ms. */
const LATEST_NS: Record<Timing, (time: SimulatedTime) => number> = {
  precise: ({ turnNs }) => turnNs,
  balanced: ({ turnNs }) => turnNs + 0.4e6,
  // A timer that is early is followed by one of a millisecond.
  eco: () => 2e6,
};

const anyTiming = fc.constantFrom(...TIMINGS);
const anyDistanceNs = fc.oneof(
  fc.integer({ min: 0, max: 3600e9 }),
  fc.integer({ min: 0, max: 2e9 }),
  fc.integer({ min: 0, max: 5e6 }),
  fc.integer({ min: 0, max: 600e3 }),
);
const anyTimerErrors = fc.array(fc.double({ min: -1, max: 1, noNaN: true }));
const anySleepErrors = fc.array(fc.integer({ min: 0, max: 400_000 }));

function waiterOf(time: SimulatedTime, timing: Timing): Waiter {
  return new Waiter(time, { timing, timers: time, sleeper: time });
}

test('resolves when it is due, never before, with timers that are early or late and sleeps that are late', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...[anyTiming, anyDistanceNs, anyTimerErrors, anySleepErrors],
      async (timing, ns, timerErrors, sleepErrors) => {
        const time = new SimulatedTime();
        time.timerErrorMs = () => timerErrors.pop() ?? 0;
        time.sleepErrorNs = () => sleepErrors.pop() ?? 0;
        const dueNs = time.ns + ns;
        await waiterOf(time, timing).until(dueNs);
        assert.ok(time.ns >= dueNs, `${dueNs - time.ns} ns early`);
        assert.ok(time.ns <= dueNs + LATEST_NS[timing](time), `${time.ns - dueNs} ns late`);
      },
    ),
    { numRuns: 2000 },
  );
});

test('does not hold up the event loop for a millisecond, however late sleeps are', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...[anyTiming, fc.array(anyDistanceNs, { maxLength: 20 }), anySleepErrors],
      async (timing, distances, sleepErrors) => {
        const time = new SimulatedTime();
        time.sleepErrorNs = () => sleepErrors.pop() ?? 0;
        const waiter = waiterOf(time, timing);
        // Moments one upon the other, as events come.
        for (const ns of distances) await waiter.until(time.ns + ns);
        assert.ok(time.longestHoldNs < 1e6, `held up for ${time.longestHoldNs} ns`);
        if (timing !== 'balanced') assert.deepEqual(time.sleepsNs, []);
      },
    ),
    { numRuns: 500 },
  );
});

test('ends within a millisecond when it is aborted, whenever that is', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...[anyTiming, anyDistanceNs, fc.double({ min: 0, max: 1, noNaN: true }), anySleepErrors],
      async (timing, ns, share, sleepErrors) => {
        const time = new SimulatedTime();
        time.sleepErrorNs = () => sleepErrors.pop() ?? 0;
        const [dueNs, abortNs] = [time.ns + ns, time.ns + Math.floor(share * ns)];
        const controller = new AbortController();
        time.at(abortNs, () => controller.abort());
        await waiterOf(time, timing).until(dueNs, controller.signal);
        assert.ok(time.ns <= Math.max(abortNs + 1e6, time.turnNs), `${time.ns - abortNs} ns after the abort`);
        assert.equal(time.pending.size, 0);
        assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
      },
    ),
    { numRuns: 2000 },
  );
});

for (const timing of TIMINGS) {
  test(`${timing}: waits neither for the present nor for the past`, async () => {
    const time = new SimulatedTime();
    for (const dueNs of [time.ns, time.ns - 1, 0, Number.NEGATIVE_INFINITY]) {
      await waiterOf(time, timing).until(dueNs);
    }
    assert.deepEqual([time.turns, time.delaysMs, time.sleepsNs], [0, [], []]);
  });

  test(`${timing}: lets the loop turn at each wait, however short`, async () => {
    for (const ns of [1, 20_000, 400_000, 1e6, 2.5e6, 7e6]) {
      const time = new SimulatedTime();
      await waiterOf(time, timing).until(time.ns + ns);
      assert.ok(time.turns + time.delaysMs.length > 0, `${ns} ns`);
    }
  });

  test(`${timing}: is on time after a silence, though long timers are late by a thousandth`, async () => {
    const time = new SimulatedTime();
    time.timerErrorMs = () => time.delaysMs.at(-1)! / 1000;
    const dueNs = time.ns + 3600e9;
    await waiterOf(time, timing).until(dueNs);
    assert.ok(time.ns >= dueNs && time.ns <= dueNs + LATEST_NS[timing](time));
    assert.ok(time.delaysMs.length <= 5, `${time.delaysMs.length} timers`);
  });

  test(`${timing}: splits a wait that is longer than the longest timer`, async () => {
    const time = new SimulatedTime();
    const dueNs = time.ns + 100 * 24 * 3600e9;
    await waiterOf(time, timing).until(dueNs);
    assert.ok(time.delaysMs.length >= 4);
    for (const delayMs of time.delaysMs) assert.ok(delayMs >= 1 && delayMs <= LONGEST_TIMER_MS);
    assert.ok(time.ns >= dueNs && time.ns <= dueNs + LATEST_NS[timing](time));
  });

  test(`${timing}: ends a long timer when it is aborted, and leaves neither it nor a listener`, async () => {
    const time = new SimulatedTime();
    time.timersFire = false;
    const controller = new AbortController();
    const waiting = waiterOf(time, timing).until(time.ns + 14 * 3600e9, controller.signal);
    assert.equal(time.pending.size, 1);
    const before = time.ns;
    controller.abort();
    await waiting;
    assert.equal(time.ns, before);
    assert.deepEqual([time.pending.size, time.delaysMs.length, time.turns], [0, 1, 0]);
    assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
  });

  test(`${timing}: does not wait at all when it was aborted before, even for what is never due`, async () => {
    const time = new SimulatedTime();
    await waiterOf(time, timing).until(Number.POSITIVE_INFINITY, AbortSignal.abort());
    assert.deepEqual([time.turns, time.delaysMs, time.sleepsNs], [0, [], []]);
  });

  test(`${timing}: keeps no listener of a signal that is never aborted`, async () => {
    const time = new SimulatedTime();
    const { signal } = new AbortController();
    for (let i = 0; i < 50; i++) await waiterOf(time, timing).until(time.ns + 20e6, signal);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  test(`${timing}: lets the loop turn once`, async () => {
    const time = new SimulatedTime();
    await waiterOf(time, timing).turn();
    assert.equal(time.turns, 1);
  });
}

test('precise: keeps the loop turning for the last 2.5 ms, and no longer', async () => {
  const time = new SimulatedTime();
  await waiterOf(time, 'precise').until(time.ns + 100e6);
  assert.equal(time.delaysMs.length, 1);
  assert.ok(time.turns * time.turnNs <= 2.5e6 + time.turnNs, `${time.turns} turns`);
  assert.deepEqual(time.sleepsNs, []);
});

test('precise, balanced: are not later than a timer that fires much too late', async () => {
  for (const timing of ['precise', 'balanced'] as const) {
    const time = new SimulatedTime();
    time.timerErrorMs = () => 700;
    await waiterOf(time, timing).until(time.ns + 100e6);
    assert.deepEqual([time.turns, time.sleepsNs], [0, []]);
  }
});

test('balanced: sleeps as long as half a millisecond at a time, with one turn of the loop before each', async () => {
  const time = new SimulatedTime();
  await waiterOf(time, 'balanced').until(time.ns + 2.4e6);
  assert.equal(time.sleepsNs.length, 5);
  assert.equal(time.turns, 5);
  assert.deepEqual(time.delaysMs, []);
  for (const ns of time.sleepsNs) assert.ok(ns > 400_000 && ns <= 500_000, `${ns} ns`);
});

test('balanced: does not sleep once a turn of the loop has brought the abort, or has taken until it is due', async () => {
  const time = new SimulatedTime();
  const controller = new AbortController();
  time.onTurn = (turns) => {
    if (turns === 2) controller.abort();
  };
  await waiterOf(time, 'balanced').until(time.ns + 2.4e6, controller.signal);
  assert.deepEqual([time.turns, time.sleepsNs.length], [3, 2]);
  await waiterOf(time, 'balanced').until(time.ns + time.turnNs);
  assert.deepEqual([time.turns, time.sleepsNs.length], [4, 2]);
});

test('eco: takes a timer or two a moment, and no turns', async () => {
  const time = new SimulatedTime();
  const waiter = waiterOf(time, 'eco');
  for (let i = 0; i < 100; i++) await waiter.until(time.ns + 5e6 + 1);
  assert.deepEqual(time.delaysMs, Array(100).fill(6));
  await waiter.until(time.ns + 1000e6);
  assert.equal(time.delaysMs.length, 102);
  assert.equal(time.turns, 0);
});

test('never waits for a moment that is none, and can be ended while it waits for one infinitely far', async () => {
  for (const timing of TIMINGS) {
    const time = new SimulatedTime();
    await waiterOf(time, timing).until(Number.NaN);
    assert.deepEqual([time.delaysMs, time.sleepsNs], [[], []]);
    for (const dueNs of [Number.POSITIVE_INFINITY, Number.MAX_VALUE, 1e300]) {
      const controller = new AbortController();
      time.at(time.ns + 3e18, () => controller.abort());
      await waiterOf(time, timing).until(dueNs, controller.signal);
      for (const delayMs of time.delaysMs) assert.ok(delayMs >= 1 && delayMs <= LONGEST_TIMER_MS);
      for (const sleepNs of time.sleepsNs) assert.ok(sleepNs > 0 && sleepNs < 1e6);
    }
  }
});
