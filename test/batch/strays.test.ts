import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EVENTS_AHEAD, findStrays } from '../../src/batch/strays.js';

const START_S = 1_521_854_100;
const HOURS_18_S = 65_533;

/** One event a second. */
function night(count: number): number[] {
  return Array.from({ length: count }, (_, i) => START_S + i);
}

function straysOf(timesS: readonly number[], placeS = START_S): number[] {
  return [...(findStrays(timesS, timesS.length, placeS).strays ?? [])];
}

test('finds events of wrong clocks, among others, alone or in a row', () => {
  for (const errorS of [HOURS_18_S, -HOURS_18_S, -START_S, 1e300, 3600]) {
    const timesS = night(200).map((timeS, i) =>
      [0, 50, 51, 52, 120, 121].includes(i) ? timeS + errorS : timeS,
    );
    assert.deepEqual(straysOf(timesS), [0, 50, 51, 52, 120, 121], `${errorS}`);
    // A clock whose events come between those of others.
    const mixed = night(300).map((timeS, i) => (i % 3 === 1 ? timeS + errorS : timeS));
    assert.deepEqual(
      straysOf(mixed),
      night(300).flatMap((_, i) => (i % 3 === 1 ? i : [])),
      `${errorS}`,
    );
  }
});

test('takes silences, clocks that are set, and events that are a little late for what they are', () => {
  const silences = night(300).map((timeS, i) => timeS + (i >= 100 ? 7200 : 0) + (i >= 299 ? 86_400 : 0));
  assert.deepEqual(straysOf(silences), []);
  const setBack = night(300).map((timeS, i) => timeS - (i >= 150 ? 3600 : 0));
  assert.deepEqual(straysOf(setBack), []);
  const late = night(300).map((timeS, i) => (i % 5 === 4 ? timeS - 59 : timeS));
  assert.deepEqual(straysOf(late), []);
  // One that is very late, right after a silence, does not make the silence one.
  const afterSilence = night(200).map((timeS, i) => timeS + (i >= 100 && i !== 101 ? 7200 : 0));
  assert.deepEqual(straysOf(afterSilence), [101]);
});

test('tells the time that was reached, and whether it would judge better with more events', () => {
  const timesS = [...night(100), START_S + HOURS_18_S];
  assert.deepEqual(findStrays(timesS, 101, START_S), {
    strays: undefined,
    placeS: START_S + HOURS_18_S,
    needsMore: true,
  });
  const more = [...timesS, ...night(100 + EVENTS_AHEAD).slice(100)];
  assert.deepEqual(findStrays(more, 101, START_S), {
    strays: new Set([100]),
    placeS: START_S + 99,
    needsMore: false,
  });
});

test('judges an event the same, whether it stands in a long list or a short one', () => {
  const times = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 50 }) },
      { weight: 1, arbitrary: fc.constantFrom(1e5, -1e5, 300, Number.NaN) },
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 30 }), (timesS, atATime) => {
      const all = findStrays(timesS, timesS.length, 0);
      const found: number[] = [];
      let placeS = 0;
      for (let at = 0; at < timesS.length; at += atATime) {
        const part = timesS.slice(at, at + atATime + EVENTS_AHEAD);
        const count = Math.min(atATime, timesS.length - at);
        const some = findStrays(part, count, placeS);
        placeS = some.placeS;
        for (const i of some.strays ?? []) found.push(at + i);
      }
      assert.deepEqual(found, [...(all.strays ?? [])]);
      assert.equal(placeS, all.placeS);
    }),
  );
});
