import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ServiceModel } from '../../src/loadtest/subscriber/service-model.js';
import { ServiceTimes } from '../../src/loadtest/subscriber/service-times.js';

const EVENTS = 2000;
/** Standard errors of a mean: it is off by more once in ten million. */
const LARGEST_ERROR = 5.4;

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const timesNs = fc.integer({ min: 1, max: 1e12 });
const periods = fc
  .tuple(timesNs, timesNs)
  .map(([a, b]) => ({ lengthNs: Math.min(a, b), periodNs: Math.max(a, b) + 1 }));

/** A clock that is moved by hand. */
function clockAt(ns: number) {
  const clock = { ns, nowNs: () => clock.ns, unixUs: () => clock.ns / 1000 };
  return clock;
}

function timesOf(model: ServiceModel, seed = 1, name = 'gui'): number[] {
  const times = new ServiceTimes(model, seed, name, clockAt(0));
  return Array.from({ length: EVENTS }, () => times.nextNs());
}

describe('service times', () => {
  it('are exponential with the mean that was given, the same for the same seed and name', () => {
    fc.assert(
      fc.property(seeds, timesNs, (seed, meanNs) => {
        const times = timesOf({ kind: 'exponential', meanNs }, seed);
        assert.ok(times.every((ns) => ns >= 0));
        const mean = times.reduce((sum, ns) => sum + ns, 0) / EVENTS;
        // The standard deviation of an exponential distribution is its mean.
        assert.ok(
          Math.abs(mean - meanNs) < (LARGEST_ERROR * meanNs) / Math.sqrt(EVENTS),
          `${mean} of ${meanNs}`,
        );
        // Its median is ln 2 of its mean: not any distribution of that mean.
        const below = times.filter((ns) => ns < meanNs * Math.LN2).length;
        assert.ok(
          Math.abs(below - EVENTS / 2) < LARGEST_ERROR * Math.sqrt(EVENTS / 4),
          `${below} below the median`,
        );
        assert.deepEqual(timesOf({ kind: 'exponential', meanNs }, seed), times);
        assert.notDeepEqual(timesOf({ kind: 'exponential', meanNs }, seed, 'other'), times);
      }),
    );
  });

  it('are all the same for spinning and sleeping, and nothing for those that keep up', () => {
    for (const kind of ['spin', 'sleep'] as const) {
      assert.deepEqual(new Set(timesOf({ kind, serviceNs: 200_000 })), new Set([200_000]));
    }
    assert.deepEqual(new Set(timesOf({ kind: 'none' })), new Set([0]));
  });

  it('come once a batch', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: EVENTS }), timesNs, (events, lengthNs) => {
        const times = timesOf({ kind: 'batch', events, lengthNs });
        assert.deepEqual(
          times,
          times.map((_, i) => ((i + 1) % events === 0 ? lengthNs : 0)),
        );
      }),
    );
  });

  for (const kind of ['stall', 'stop'] as const) {
    it(`end a standstill when its time is over, once a period: ${kind}`, () => {
      fc.assert(
        fc.property(
          periods,
          timesNs,
          fc.nat(1000),
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          (period, beganNs, nth, share) => {
            const clock = clockAt(beganNs);
            const times = new ServiceTimes({ kind, ...period }, 1, 'gui', clock);
            const sinceNs = nth * period.periodNs + Math.floor(share * period.periodNs);
            clock.ns = beganNs + sinceNs;
            const leftNs = nth === 0 ? 0 : Math.max(0, nth * period.periodNs + period.lengthNs - sinceNs);
            assert.deepEqual([times.nextNs(), times.stopNs()], kind === 'stall' ? [leftNs, 0] : [0, leftNs]);
          },
        ),
      );
    });
  }

  it('need the processor where they spin', () => {
    const needs = (model: ServiceModel) => new ServiceTimes(model, 1, 'gui', clockAt(0)).needsProcessor;
    assert.deepEqual(
      [
        needs({ kind: 'spin', serviceNs: 1 }),
        needs({ kind: 'exponential', meanNs: 1 }),
        needs({ kind: 'sleep', serviceNs: 1 }),
        needs({ kind: 'stall', lengthNs: 1, periodNs: 2 }),
      ],
      [true, true, false, false],
    );
  });
});
