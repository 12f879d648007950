import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { StagePlan } from '../../src/pacing/stage-plan.js';
import { TrialPace } from '../../src/pacing/trial-pace.js';

const NEVER_NS = 1e17;

function paced(arrival: 'even' | 'recorded' = 'even') {
  let ready = 0;
  const pace = new TrialPace({ arrival, random: () => 0, onReady: () => (ready += 1) });
  return { pace, ready: () => ready };
}

const planOf = (perS: number, durationS: number) =>
  new StagePlan([
    { fromPerS: 0, toPerS: perS, durationS: 1 },
    { fromPerS: perS, toPerS: perS, durationS },
  ]);

/** When events are due until one is not due in this trial, in seconds from its start. */
function duesOf(pace: TrialPace, fromNs: number): number[] {
  const dues: number[] = [];
  for (; pace.dueNs < NEVER_NS; pace.sent()) dues.push((pace.dueNs - fromNs) / 1e9);
  return dues;
}

describe('the pace of trials', () => {
  it('tells once when the first event is there, and has it due in no time that is waited for', () => {
    const { pace, ready } = paced();
    assert.deepEqual([pace.isAnchored, ready()], [false, 0]);
    pace.anchor(5e9);
    assert.deepEqual([pace.isAnchored, ready(), pace.startNs], [true, 1, Number.NaN]);
    assert(pace.dueNs > NEVER_NS);
    pace.anchor(6e9);
    assert.equal(ready(), 1);
  });

  it('has the events of each trial due by its own plan, from its own start, and nothing between two', () => {
    const loads = fc.array(
      fc.record({ perS: fc.integer({ min: 1, max: 300 }), s: fc.integer({ min: 1, max: 5 }) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(loads, (trials) => {
        const { pace } = paced();
        pace.anchor(0);
        for (const [i, { perS, s }] of trials.entries()) {
          const startNs = 1e12 * (i + 1);
          const plan = planOf(perS, s);
          pace.prepare(plan);
          assert(pace.dueNs > NEVER_NS, 'a prepared trial has not begun');
          pace.anchor(startNs);
          assert.equal(pace.startNs, startNs);
          const dues = duesOf(pace, startNs);
          assert.equal(dues.length, Math.ceil(plan.amountAt(plan.durationS) - 1e-9));
          for (const [n, atS] of dues.entries()) assert(Math.abs(plan.amountAt(atS) - n) < 1e-6);
        }
      }),
    );
  });

  it('has no more events due when a trial is ended before its time', () => {
    const { pace } = paced();
    pace.prepare(planOf(1000, 10));
    pace.anchor(0);
    pace.sent();
    pace.end();
    assert(pace.dueNs > NEVER_NS);
    pace.sent();
    assert(pace.dueNs > NEVER_NS);
  });

  it('keeps the distances of the recording, from the first event of each trial on', () => {
    const { pace } = paced('recorded');
    pace.amountPerRecordedS = 1;
    pace.anchor(0);
    const plan = new StagePlan([{ fromPerS: 10, toPerS: 10, durationS: 5 }]);
    for (const startNs of [1e12, 2e12]) {
      pace.prepare(plan);
      pace.anchor(startNs);
      const dues = [100, 101, 120].map((recordedS) => {
        pace.reach(recordedS);
        return (pace.dueNs - startNs) / 1e9;
      });
      assert.deepEqual(dues, [0, 0.1, 2]);
      pace.end();
    }
  });
});
