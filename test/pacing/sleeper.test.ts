import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ThreadSleeper } from '../../src/pacing/sleeper.js';
import { systemClock } from '../../src/shared/clock.js';
import { SimulatedTime } from '../support/simulated-time.js';

const READ_NS = 40;
const MOST_MARGIN_NS = 150_000;

/** A sleeper on a simulated clock that a look moves on, as it does a real one. */
function simulated(): { time: SimulatedTime; sleeper: ThreadSleeper } {
  const time = new SimulatedTime();
  time.readNs = READ_NS;
  return { time, sleeper: new ThreadSleeper(time, (durationNs) => time.sleep(durationNs)) };
}

test('is never early, and late only by what a sleep was later than any margin', () => {
  const anySleep = fc.record({
    ns: fc.integer({ min: -1000, max: 500_000 }),
    errorNs: fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 5_000_000 })),
  });
  fc.assert(
    fc.property(fc.array(anySleep), (sleeps) => {
      const { time, sleeper } = simulated();
      for (const { ns, errorNs } of sleeps) {
        time.sleepErrorNs = () => errorNs;
        const dueNs = time.ns + ns;
        sleeper.sleepUntil(dueNs);
        assert.ok(time.ns >= dueNs, `${dueNs - time.ns} ns early`);
        assert.ok(
          time.ns <= Math.max(dueNs, dueNs - ns) + errorNs + 3 * READ_NS,
          `${time.ns - dueNs} ns late`,
        );
      }
    }),
  );
});

for (const usualNs of [8_000, 25_000, 75_000, 120_000]) {
  test(`is exact where sleeps are ${usualNs / 1000} µs late, and awake for little longer than that`, () => {
    const { time, sleeper } = simulated();
    time.sleepErrorNs = () => usualNs;
    for (let i = 0; i < 500; i++) sleeper.sleepUntil(time.ns + 400_000);
    let [late, awakeNs] = [0, 0];
    for (let i = 0; i < 100; i++) {
      const dueNs = time.ns + 400_000;
      sleeper.sleepUntil(dueNs);
      if (time.ns > dueNs + 2 * READ_NS) late += 1;
      awakeNs = Math.max(awakeNs, 400_000 - time.sleepsNs.at(-1)! - usualNs);
    }
    assert.ok(late <= 15, `${late} of 100 late`);
    assert.ok(awakeNs <= 10_000, `${awakeNs} ns awake`);
  });
}

test('is not kept awake by sleeps that others on the machine have made late', () => {
  const { time, sleeper } = simulated();
  time.sleepErrorNs = () => 3_000_000;
  for (let i = 0; i < 1000; i++) sleeper.sleepUntil(time.ns + 400_000);
  assert.ok(time.sleepsNs.at(-1)! >= 400_000 - MOST_MARGIN_NS - 2 * READ_NS);
});

test('stays awake for what is shorter than the margin', () => {
  const { time, sleeper } = simulated();
  const dueNs = time.ns + 4_000;
  sleeper.sleepUntil(dueNs);
  assert.deepEqual(time.sleepsNs, []);
  assert.ok(time.ns >= dueNs && time.ns <= dueNs + READ_NS);
});

test('is never early by the real clock either', () => {
  const sleeper = new ThreadSleeper(systemClock);
  for (const ns of [10_000, 400_000]) {
    const dueNs = systemClock.nowNs() + ns;
    sleeper.sleepUntil(dueNs);
    assert.ok(systemClock.nowNs() >= dueNs);
  }
});
