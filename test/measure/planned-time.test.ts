import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PlannedTime } from '../../src/measure/planned-time.js';

const MAX_GAP_S = 5;

/** Due times of events, whole seconds apart. */
const timesS = fc.array(fc.nat(20), { minLength: 1, maxLength: 30 }).map((stepsS) => {
  let atS = 1000;
  return stepsS.map((stepS) => {
    atS += stepS;
    return atS;
  });
});

function plannedOf(times: readonly number[]): PlannedTime {
  const silences = times
    .slice(1)
    .map((toS, i) => ({ fromS: times[i], toS }))
    .filter(({ fromS, toS }) => toS - fromS >= MAX_GAP_S);
  return new PlannedTime({ firstTimeS: times[0], lastTimeS: times.at(-1) as number }, MAX_GAP_S, silences);
}

/** Time from a position to the last event, where no gap is longer than the longest. */
function walkedS(times: readonly number[], positionS: number): number {
  let [atS, sumS] = [positionS, 0];
  for (const timeS of times) {
    if (timeS <= atS) continue;
    sumS += Math.min(timeS - atS, MAX_GAP_S);
    atS = timeS;
  }
  return sumS;
}

test('what is left is the sum of all gaps ahead, each as long as it is played', () => {
  fc.assert(
    fc.property(timesS, fc.nat(500), (times, offsetS) => {
      const planned = plannedOf(times);
      const positionS = Math.min(times[0] + offsetS, times.at(-1) as number);
      const [leftS, allS] = [walkedS(times, positionS), walkedS(times, times[0])];
      assert.equal(planned.leftS(positionS), leftS);
      if (allS > 0) assert.ok(Math.abs(planned.share(positionS) - (1 - leftS / allS)) < 1e-9);
    }),
  );
});

test('nothing is told that is not known', () => {
  const times = { firstTimeS: 1000, lastTimeS: 2000 };
  const unknown = new PlannedTime(times, MAX_GAP_S, undefined);
  assert.deepEqual([unknown.leftS(1500), unknown.share(1500)], [Number.NaN, 0.5]);
  const uncut = new PlannedTime(times, Number.POSITIVE_INFINITY, undefined);
  assert.deepEqual([uncut.leftS(1500), uncut.share(1500)], [500, 0.5]);
  assert.deepEqual([uncut.share(999), uncut.share(2001), uncut.share(Number.NaN)], Array(3).fill(Number.NaN));
  const empty = new PlannedTime({ firstTimeS: Number.NaN, lastTimeS: Number.NaN }, MAX_GAP_S, []);
  assert.deepEqual([empty.leftS(1500), empty.share(1500)], [Number.NaN, Number.NaN]);
  const one = new PlannedTime({ firstTimeS: 1000, lastTimeS: 1000 }, MAX_GAP_S, []);
  assert.equal(one.share(1000), Number.NaN);
});
