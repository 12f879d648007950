import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PassProgress } from '../../src/measure/pass-progress.js';
import type { Run } from '../../src/timeline/timeline.js';

const BEGAN_NS = 5e9;

function run(first: number, end: number, shareAtEnd: number): Run {
  return { first, end, shareAtEnd } as Run;
}

test('the share grows with each event, from that of the run before to that of the run', () => {
  const progress = new PassProgress('recorded');
  progress.begin(2000, BEGAN_NS);
  assert.deepEqual([progress.share(0), progress.passedOfRun(0)], [0, 0]);
  progress.beginRun(run(0, 10, 0.2), 0);
  assert.equal(progress.share(5), 0.1);
  progress.beginRun(run(10, 14, 0.6), 10);
  assert.deepEqual([progress.share(10), progress.passedOfRun(13)], [0.2, 3]);
  assert.ok(Math.abs(progress.share(13) - 0.5) < 1e-12);
  progress.beginRun(run(0, 0, 1), 14);
  assert.equal(progress.share(14), 1);
  progress.begin(2000, BEGAN_NS);
  assert.deepEqual([progress.share(14), progress.passedOfRun(14)], [0, 0]);
});

test('what is left follows from the plan, or from the time that the share took since the plan changed, or is not known', () => {
  const planned = new PassProgress('recorded');
  planned.begin(2000, BEGAN_NS);
  assert.equal(planned.leftS(0.25, 1000, 4, BEGAN_NS + 10e9), 250);
  assert.equal(planned.leftS(0.25, 2000, 4, BEGAN_NS + 10e9), Number.NaN);
  assert.equal(planned.leftS(0.25, 1000, Number.POSITIVE_INFINITY, BEGAN_NS + 10e9), 30);
  assert.equal(planned.leftS(0, Number.NaN, 1, BEGAN_NS + 10e9), Number.NaN);
  const even = new PassProgress('even');
  even.begin(2000, BEGAN_NS);
  assert.equal(even.leftS(0.25, 1000, 1, BEGAN_NS + 10e9), 30);
  // A jump to the middle, and 2 s for a tenth since.
  even.rebase(0.5, BEGAN_NS + 10e9);
  assert.equal(even.leftS(0.5, 1500, 1, BEGAN_NS + 11e9), Number.NaN);
  assert.ok(Math.abs(even.leftS(0.6, 1600, 1, BEGAN_NS + 12e9) - 8) < 1e-9);
  const unknown = new PassProgress('unknown');
  unknown.begin(2000, BEGAN_NS);
  assert.equal(unknown.leftS(0.25, 1000, 4, BEGAN_NS + 10e9), Number.NaN);
});
