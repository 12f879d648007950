import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../src/generate/random.js';
import { StagePace } from '../../src/pacing/stage-pace.js';
import { type Stage, StagePlan } from '../../src/pacing/stage-plan.js';

const stage = fc.record({
  fromPerS: fc.double({ min: 0.1, max: 1e5, noNaN: true }),
  toPerS: fc.double({ min: 0.1, max: 1e5, noNaN: true }),
  durationS: fc.double({ min: 0.01, max: 1000, noNaN: true }),
});
const stages = fc.array(stage, { minLength: 1, maxLength: 5 });

describe('the plan of stages', () => {
  it('gives the time of an amount as the inverse of the amount up to a time', () => {
    fc.assert(
      fc.property(stages, fc.double({ min: 0, max: 0.999999, noNaN: true }), (all, share) => {
        const plan = new StagePlan(all);
        const atS = share * plan.durationS;
        const timeS = plan.timeOf(plan.amountAt(atS));
        assert(Math.abs(timeS - atS) <= 1e-6 * Math.max(1, plan.durationS), `${atS}, ${timeS}`);
      }),
    );
  });

  it('gives amounts that ascend, and the mean of both rates times the time of each stage', () => {
    fc.assert(
      fc.property(stages, (all) => {
        const plan = new StagePlan(all);
        const wanted = all.reduce(
          (sum, each) => sum + ((each.fromPerS + each.toPerS) / 2) * each.durationS,
          0,
        );
        assert(Math.abs(plan.amountAt(plan.durationS) / wanted - 1) < 1e-9);
        const steps = Array.from({ length: 50 }, (_, i) => plan.amountAt((i * plan.durationS) / 50));
        for (let i = 1; i < steps.length; i++) assert(steps[i] >= steps[i - 1]);
      }),
    );
  });

  it('knows the stage, and the rate, of a time', () => {
    const plan = new StagePlan([
      { fromPerS: 100, toPerS: 100, durationS: 2 },
      { fromPerS: 100, toPerS: 300, durationS: 4 },
    ]);
    assert.deepEqual([plan.stageAt(1.9), plan.stageAt(2), plan.stageAt(99)], [0, 1, 1]);
    assert.deepEqual([plan.rateAt(1), plan.rateAt(4), plan.rateAt(6)], [100, 200, 0]);
    assert.deepEqual(
      [plan.amountAt(2), plan.amountAt(6), plan.timeOf(1000)],
      [200, 1000, Number.POSITIVE_INFINITY],
    );
  });
});

function duesOf(all: readonly Stage[], arrival: 'even' | 'poisson', seed = 1): number[] {
  const random = new Random(seed, 'arrivals');
  const pace = new StagePace(new StagePlan(all), { arrival, random: () => random.uniform() });
  pace.anchor(0);
  const dues: number[] = [];
  for (let dueNs = pace.dueNs; dueNs < 1e9 * pace.plan.durationS; dueNs = pace.dueNs) {
    dues.push(dueNs / 1e9);
    pace.sent();
  }
  return dues;
}

describe('the pace of stages', () => {
  it('sends as many events evenly as the stages say, ramps included', () => {
    const dues = duesOf(
      [
        { fromPerS: 100, toPerS: 100, durationS: 1 },
        { fromPerS: 100, toPerS: 300, durationS: 2 },
      ],
      'even',
    );
    assert.equal(dues.length, 500);
    assert.equal(dues.filter((dueS) => dueS < 1).length, 100);
    // Half of a ramp's time has less than half of its events.
    assert.equal(dues.filter((dueS) => dueS >= 1 && dueS < 2).length, 150);
  });

  it('sends by chance with the mean rate, the same for the same seed', () => {
    const all = [{ fromPerS: 1000, toPerS: 1000, durationS: 20 }];
    const dues = duesOf(all, 'poisson', 7);
    assert.deepEqual(duesOf(all, 'poisson', 7), dues);
    assert.notDeepEqual(duesOf(all, 'poisson', 8), dues);
    // A Poisson process of 20,000 events: five standard deviations are 707.
    assert(Math.abs(dues.length - 20_000) < 707, `${dues.length}`);
    const gaps = dues.slice(1).map((dueS, i) => dueS - dues[i]);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    // Exponential distances: the deviation is the mean.
    assert(Math.abs(deviation / mean - 1) < 0.05, `${deviation / mean}`);
  });

  it('keeps the recorded distances, scaled', () => {
    const pace = new StagePace(new StagePlan([{ fromPerS: 10, toPerS: 10, durationS: 5 }]), {
      arrival: 'recorded',
      random: Math.random,
    });
    const dues = [1000, 1000.5, 1000.5, 1000.2, 1002].map((recordedS) => {
      pace.reach(recordedS);
      pace.anchor(0);
      const dueNs = pace.dueNs;
      pace.sent();
      return Math.round(dueNs / 1e6);
    });
    // What is out of order is due with what was before it.
    assert.deepEqual(dues, [0, 50, 50, 50, 200]);
  });

  it('has what comes after the last stage be due in finite time', () => {
    const pace = new StagePace(new StagePlan([{ fromPerS: 1, toPerS: 1, durationS: 1 }]), {
      arrival: 'even',
      random: Math.random,
    });
    pace.anchor(5);
    pace.sent();
    assert(Number.isFinite(pace.dueNs) && pace.dueNs > 1e17);
  });
});
