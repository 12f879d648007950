import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TrialRecord } from '../../../src/loadtest/trials/trial-record.js';
import type { WatchedPoint } from '../../../src/loadtest/watch/watched.js';
import { latenessHistogram } from '../../../src/measure/histogram.js';

const STEP_US = 100_000;

function point(
  atUs: number,
  wanted: number,
  received: number,
  changes: Partial<WatchedPoint> = {},
): WatchedPoint {
  const lag = wanted - received;
  return { atUs, wanted, received, lag, lagS: 0, missing: lag, duplicated: 0, reordered: 0, ...changes };
}

/** A subscriber that takes `capacity` a second of a load of `perS`, seen ten times a second for 5 s. */
function seen(perS: number, capacity: number): TrialRecord {
  const record = new TrialRecord('gui', 'own', point(0, 0, 0));
  for (let i = 1; i <= 50; i++) {
    const atS = i / 10;
    record.add(point(i * STEP_US, perS * atS, Math.min(perS, capacity) * atS), i > 10, null);
  }
  return record;
}

const figuresOf = (record: TrialRecord) => record.figures(false, null, 0);

describe('what is seen of a subscriber in a trial', () => {
  it('is how its lag grows, and what it takes while it has a backlog', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 5000 }),
        fc.integer({ min: 10, max: 5000 }),
        (perS, capacity) => {
          const record = seen(perS, capacity);
          const { lagSlope, backlogRatePerS, mostPerS } = figuresOf(record);
          const growth = Math.max(0, perS - capacity);
          assert(lagSlope !== null && Math.abs(lagSlope.perS - growth) < 1e-6 * perS);
          // A lag that is less than what it takes from one look to the next proves no backlog.
          if (growth * 4 > 0.15 * Math.min(perS, capacity))
            assert(Math.abs((backlogRatePerS ?? 0) - capacity) < 1e-6 * capacity);
          if (growth === 0) assert.equal(backlogRatePerS, null);
          assert(Math.abs((mostPerS ?? 0) - Math.min(perS, capacity)) < 1e-6 * perS);
          if (growth > 0) assert(Math.abs(record.catchUpS() - (5 * growth) / capacity) < 1e-6);
        },
      ),
    );
  });

  it('counts what is lost in the trial only, at its end too, and no lag of what was lost before', () => {
    const record = new TrialRecord('gui', 'own', point(0, 1000, 970));
    record.add(point(STEP_US, 1005, 970), true, null);
    assert.equal(record.lag, 5);
    // The event after those that were lost has come: its lag begins anew.
    record.add(point(2 * STEP_US, 1100, 1050, { lag: 20 }), true, null);
    assert.equal(record.lag, 20);
    record.add(point(3 * STEP_US, 1100, 1066, { lag: 4 }), false, null);
    const { lost, wanted, received, mostLag, endLag } = figuresOf(record);
    assert.deepEqual([lost, wanted, received, mostLag, endLag], [4, 100, 96, 20, 4]);
  });

  it('does not count a look twice that shows nothing new', () => {
    const record = new TrialRecord('gui', 'own', point(0, 0, 0));
    for (let i = 0; i < 3; i++) record.add(point(STEP_US, 10, 0), true, 0.5);
    assert.equal(figuresOf(record).lagSlope, null);
  });

  it('takes the latencies of each window apart from those before', () => {
    const record = new TrialRecord('gui', 'own', point(0, 0, 0));
    for (const [values, count] of [
      [[1e9], 0] as const,
      [[1e9, 2e6, 3e6], 1] as const,
      [[1e9, 2e6, 3e6, 9e6], 2] as const,
    ]) {
      const histogram = latenessHistogram();
      for (const value of values) histogram.recordValue(value);
      record.addLatencies(histogram);
      const { windows } = figuresOf(record);
      assert.equal(windows.length, count);
    }
    const [first, second] = figuresOf(record).windows;
    assert.deepEqual([first.totalCount, second.totalCount], [2, 1]);
    // The second of the warm-up is not theirs.
    assert(Math.abs(first.maxValue / 3e6 - 1) < 1e-3 && Math.abs(second.maxValue / 9e6 - 1) < 1e-3);
  });

  it('names what its process did while it had a backlog', () => {
    const record = new TrialRecord('gui', 'own', point(0, 0, 0));
    const threads = (runNs: number, atNs: number) => ({
      atNs,
      threads: new Map([['1', { runNs, waitNs: 0, state: 'R' }]]),
    });
    for (let i = 1; i <= 10; i++) {
      record.add(point(i * STEP_US, 200 * i, 100 * i), true, null);
      record.addThreads(threads(0.97e8 * i, 1e8 * i));
    }
    assert.deepEqual(figuresOf(record).gaveWay, {
      verdict: 'cpu-bound',
      evidence: 'its busiest thread ran 97% of the time',
    });
  });

  it('has no catching up to do without a lag, and never catches up where nothing was received', () => {
    assert.equal(seen(100, 200).catchUpS(), 0);
    const record = new TrialRecord('gui', 'own', point(0, 0, 0));
    for (let i = 1; i < 5; i++) record.add(point(i * STEP_US, 10 * i, 0), true, null);
    assert.equal(record.catchUpS(), Number.POSITIVE_INFINITY);
  });
});
