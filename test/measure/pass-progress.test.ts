import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PassProgress, type Standing } from '../../src/measure/pass-progress.js';
import type { Run } from '../../src/timeline/timeline.js';

const BEGAN_NS = 5e9;
const TIMES = { firstTimeS: 1000, lastTimeS: 2000 };
const AS_RECORDED = {
  maxGapS: Number.POSITIVE_INFINITY,
  isEven: false,
  limit: Number.POSITIVE_INFINITY,
};

function run(first: number, end: number, shareAtEnd: number): Run {
  return { first, end, shareAtEnd } as Run;
}

function at(passed: number, positionS = Number.NaN, stepsBack = 0): Standing {
  return { passed, sent: passed, positionS, stepsBack };
}

/** One that has read a share of the pass, and passed a hundred events. */
function begun(options: Partial<typeof AS_RECORDED>, read: number): PassProgress {
  const progress = new PassProgress({ ...AS_RECORDED, ...options });
  progress.begin(TIMES, at(0), BEGAN_NS);
  progress.beginRun(run(0, 100, read), 0);
  return progress;
}

test('without recorded times the share grows with each event, from that of the run before to that of the run', () => {
  const progress = new PassProgress({ ...AS_RECORDED, isEven: true });
  progress.begin(TIMES, at(0), BEGAN_NS);
  assert.deepEqual([progress.share(at(0)), progress.passedOfRun(0)], [0, 0]);
  progress.beginRun(run(0, 10, 0.2), 0);
  assert.equal(progress.share(at(5)), 0.1);
  progress.beginRun(run(10, 14, 0.6), 10);
  assert.deepEqual([progress.share(at(10)), progress.passedOfRun(13)], [0.2, 3]);
  assert.ok(Math.abs(progress.share(at(13)) - 0.5) < 1e-12);
  progress.beginRun(run(0, 0, 1), 14);
  assert.equal(progress.share(at(14)), 1);
  progress.begin(TIMES, at(14), BEGAN_NS);
  assert.deepEqual([progress.share(at(14)), progress.passedOfRun(14)], [0, 0]);
});

test('the share is that of the recorded time where that ascends, whatever was read of unwanted topics', () => {
  const progress = begun({}, 0.9);
  assert.equal(progress.share(at(0)), 0);
  assert.equal(progress.share(at(50, 1200)), 0.2);
  assert.equal(progress.share(at(50, 1200, 1)), 0.45);
  assert.equal(progress.share(at(50, 2500)), 0.45);
  // The next pass begins after the step back of this one.
  progress.begin(TIMES, at(50, 1200, 1), BEGAN_NS);
  progress.beginRun(run(0, 100, 0.9), 50);
  assert.equal(progress.share(at(51, 1250, 1)), 0.25);
  // Events of other topics may follow the last one that is wanted.
  progress.beginRun(run(0, 0, 1), 150);
  assert.equal(progress.share(at(150, 1900, 1)), 1);
});

test('the share is that of the limit where that is nearer to its end', () => {
  const progress = begun({ limit: 80 }, 0.1);
  assert.equal(progress.share(at(60, 1200)), 0.75);
  assert.equal(begun({ limit: 800 }, 0.1).share(at(60, 1200)), 0.2);
});

test('what is left follows from the plan, or from the time that the share took since the plan changed, or is not known', () => {
  const planned = begun({}, 0.5);
  assert.equal(planned.leftS(at(50, 1000), 4, BEGAN_NS + 10e9), 250);
  assert.equal(planned.leftS(at(50, 2000), 4, BEGAN_NS + 10e9), Number.NaN);
  assert.equal(planned.leftS(at(50, 1000), Number.POSITIVE_INFINITY, BEGAN_NS + 10e9), 30);
  assert.equal(planned.leftS(at(0), 1, BEGAN_NS + 10e9), Number.NaN);
  const even = begun({ isEven: true }, 1);
  assert.equal(even.leftS(at(25, 1000), 1, BEGAN_NS + 10e9), 30);
  // A jump to the middle, and 2 s for a tenth since.
  even.rebase(at(50), BEGAN_NS + 10e9);
  assert.equal(even.leftS(at(50, 1500), 1, BEGAN_NS + 11e9), Number.NaN);
  assert.ok(Math.abs(even.leftS(at(60, 1600), 1, BEGAN_NS + 12e9) - 8) < 1e-9);
});

test('up to a limit the time left follows from the events sent, evenly or flat out, and is not known otherwise', () => {
  const limited = begun({ isEven: true, limit: 80 }, 0.01);
  assert.equal(limited.leftS(at(20, 1000), 1, BEGAN_NS + 10e9), 30);
  const flatOut = begun({ limit: 80 }, 0.01);
  assert.equal(flatOut.leftS(at(20, 1000), Number.POSITIVE_INFINITY, BEGAN_NS + 10e9), 30);
  assert.equal(flatOut.leftS(at(20, 1000), 1, BEGAN_NS + 10e9), Number.NaN);
  // The pass ends before the limit.
  const longer = begun({ isEven: true, limit: 8000 }, 1);
  assert.equal(longer.leftS(at(25, 1000), 1, BEGAN_NS + 10e9), 30);
});

test('with cut silences the time left is that of the plan, as soon as they are known', () => {
  const cut = begun({ maxGapS: 10 }, 0.5);
  assert.equal(cut.leftS(at(50, 1000), 2, BEGAN_NS), Number.NaN);
  cut.silences = [{ fromS: 1100, toS: 1500 }];
  assert.equal(cut.leftS(at(50, 1000), 2, BEGAN_NS), 305);
});
