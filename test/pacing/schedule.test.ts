import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Schedule } from '../../src/pacing/schedule.js';

const START_S = 1_521_854_100.25;
const NIGHT_S = 12 * 3600;
const [NOW_NS, UNIX_US] = [987_654_321_000, 1_700_000_000_123_456];

function anchored(speedup: number): Schedule {
  const schedule = new Schedule(speedup);
  schedule.anchor(START_S, NOW_NS, UNIX_US);
  return schedule;
}

const recordedUs = fc.integer({ min: -NIGHT_S * 1e6, max: NIGHT_S * 1e6 });
const speedups = fc.oneof(fc.double({ min: 0.01, max: 1000, noNaN: true }), fc.constantFrom(1, 2, 0.5, 60));

test('is due as long after the anchor as was recorded, divided by the speed, all night long', () => {
  fc.assert(
    fc.property(recordedUs, speedups, (us, speedup) => {
      const recordedS = START_S + us / 1e6;
      const dueNs = anchored(speedup).dueNs(recordedS);
      // The recorded time itself, a double, resolves a quarter of a microsecond.
      const toleranceNs = 250 / speedup + (Math.abs(us) / speedup) * 1e-9 + 1;
      assert.ok(Math.abs(dueNs - NOW_NS - (us * 1000) / speedup) <= toleranceNs, `${dueNs}`);
    }),
  );
});

test('says the same whatever was asked before', () => {
  const schedule = anchored(3);
  const asked = Array.from({ length: 10_000 }, (_, i) => START_S + (i * NIGHT_S) / 10_000);
  const first = asked.map((recordedS) => schedule.dueNs(recordedS));
  const again = asked.toReversed().map((recordedS) => schedule.dueNs(recordedS));
  assert.deepEqual(again.reverse(), first);
  assert.equal(schedule.dueNs(START_S), NOW_NS);
});

test('rewrites a time by t0 + (t - w0) / speedup, in whole microseconds', () => {
  fc.assert(
    fc.property(recordedUs, speedups, (us, speedup) => {
      const rewrittenUs = anchored(speedup).rewrittenUs(START_S + us / 1e6);
      assert.ok(Number.isInteger(rewrittenUs));
      const expectedUs = UNIX_US + us / speedup;
      // The time of day and the recorded time, as doubles, resolve a quarter of a microsecond.
      assert.ok(Math.abs(rewrittenUs - expectedUs) <= 1 + 0.25 / speedup);
    }),
  );
});

test('rewrites the recorded time of the anchor as the time of day at that moment', () => {
  for (const speedup of [0.1, 1, 7]) assert.equal(anchored(speedup).rewrittenUs(START_S), UNIX_US);
});

test('stamps a time as far from the send as it was recorded from its event, divided by the speed', () => {
  fc.assert(
    fc.property(recordedUs, fc.integer({ min: -1e7, max: 1e7 }), speedups, (us, leadUs, speedup) => {
      const dueS = START_S + us / 1e6;
      const stampedUs = anchored(speedup).stampedUs(dueS - leadUs / 1e6, dueS, UNIX_US);
      assert.ok(Number.isInteger(stampedUs));
      assert.ok(Math.abs(stampedUs - (UNIX_US - leadUs / speedup)) <= 1 + 0.5 / speedup);
    }),
  );
});

test('keeps the recorded distance where events are sent flat out', () => {
  const schedule = new Schedule(Number.POSITIVE_INFINITY);
  assert.equal(schedule.isFlatOut, true);
  assert.equal(schedule.stampedUs(START_S - 2.5, START_S, UNIX_US), UNIX_US - 2_500_000);
});

test('is anchored from its first anchor until it is reset', () => {
  const schedule = new Schedule(2);
  assert.deepEqual([schedule.isAnchored, schedule.isFlatOut], [false, false]);
  assert.deepEqual([schedule.recordedS, schedule.unixUs], [Number.NaN, Number.NaN]);
  schedule.anchor(START_S, NOW_NS, UNIX_US);
  assert.deepEqual([schedule.isAnchored, schedule.recordedS, schedule.unixUs], [true, START_S, UNIX_US]);
  schedule.reset();
  assert.deepEqual([schedule.isAnchored, schedule.recordedS], [false, Number.NaN]);
});
