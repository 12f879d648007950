import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLoadConditions } from '../../../src/loadtest/load-condition.js';
import type { StageResult } from '../../../src/loadtest/stage-figures.js';
import { judgeTrial, type TrialFindings } from '../../../src/loadtest/trials/judge-trial.js';
import type { TrialFigures } from '../../../src/loadtest/trials/trial-figures.js';
import { latenessHistogram } from '../../../src/measure/histogram.js';

const STAGE: StageResult = {
  ...{ from: 1000, to: 1000, durationS: 5, playedS: 5, intended: 5000, offered: 5000, bytes: 1e6 },
  ...{ lateP50Us: 50, lateP99Us: 400, lateMaxUs: 2000 },
};

/** A second in which all latencies are `ms`. */
function second(ms: number) {
  const histogram = latenessHistogram();
  histogram.recordValueWithCount(1e6 * ms, 1000);
  return histogram;
}

/** A lag that grows by a share of 1000 events a second, give or take. */
const growing = (percent: number, give = 0.1) => ({
  ...{ perS: 10 * percent, lowPerS: 10 * (percent - give), highPerS: 10 * (percent + give), residual: 2 },
});

function subscriber(name: string, changes: Partial<TrialFigures> = {}): TrialFigures {
  return {
    ...{ name, kind: 'own', lagSlope: growing(0), mostPerS: 1000, backlogRatePerS: null },
    ...{ lost: 0, wanted: 5500, mostLag: 3, mostLagS: 0.003, endLag: 0, receivedPerS: 1000, received: 5500 },
    ...{
      windows: [5, 6, 5, 7, 5].map(second),
      duplicated: 0,
      reordered: 0,
      backedUpShare: 0,
      recoveryS: 0.1,
    },
    ...{ hasGone: false, gaveWay: null, ...changes },
  };
}

const SENTINEL = subscriber('sentinel', { kind: 'sentinel' });

function judged(
  subscribers: TrialFigures[],
  conditions: string[] = [],
  changes: Partial<TrialFindings> = {},
) {
  return judgeTrial({
    ...{ plan: { load: 1000, measuredS: 5 }, unit: 'rate', stage: STAGE, offeredPerS: 1000, sent: 5500 },
    ...{ subscribers: [SENTINEL, ...subscribers], width: 0.05, farBehind: undefined },
    conditions: parseLoadConditions(conditions, '--fail-if'),
    ...changes,
  });
}

describe('a trial', () => {
  it('is good where no lag grew and all conditions were kept', () => {
    const result = judged([subscriber('gui')], ['lost>0', 'p99>20ms', 'gui: lag>10']);
    assert.deepEqual([result.outcome, result.reasons, result.limit], ['good', [], null]);
    const [, gui] = result.subscribers;
    assert.deepEqual([gui.name, gui.missed, gui.lost], ['gui', [], 0]);
    assert(gui.p99Us !== null && Math.abs(gui.p99Us - 7000) < 10);
  });

  it('is bad where the lag of a subscriber grew by more than a part of the width, even if nothing was lost', () => {
    const why = { verdict: 'cpu-bound', evidence: 'its busiest thread ran 97% of the time' } as const;
    const result = judged([subscriber('gui', { lagSlope: growing(4.1), gaveWay: why }), subscriber('log')]);
    assert.deepEqual([result.outcome, result.reasons], ['bad', ['gui: lag +4.1%/s']]);
    assert.deepEqual(
      result.subscribers.map(({ gaveWay }) => gaveWay),
      [null, why, null],
    );
    assert.equal(judged([subscriber('gui', { lagSlope: growing(1) })]).outcome, 'good');
    const open = judged([subscriber('gui', { lagSlope: growing(-1, 4) })]);
    assert.deepEqual([open.outcome, open.reasons], ['bad', ['gui: lag -1.0%/s, up to +3.0%/s']]);
  });

  it('measures the lag of a subscriber by the events that it wants', () => {
    const few = { wanted: 550, lagSlope: { perS: 5, lowPerS: 4.9, highPerS: 5.1, residual: 1 } };
    assert.equal(judged([subscriber('gui', few)]).outcome, 'bad');
    assert.equal(judged([subscriber('gui', { ...few, wanted: 5500 })]).outcome, 'good');
  });

  it('is bad where events were lost, unless the user allows for it', () => {
    const lossy = subscriber('gui', { lost: 12 });
    const without = judged([lossy]);
    assert.deepEqual(
      [without.outcome, without.isLossy, without.reasons],
      ['bad', true, ['gui: lost 12 events']],
    );
    assert.equal(judged([lossy], ['lost%>1']).outcome, 'good');
    const missed = judged([lossy], ['lost>10']);
    assert.deepEqual([missed.isLossy, missed.reasons], [true, ['gui: lost>10: it was 12']]);
  });

  it('judges latency by the second: some may be bad, not most', () => {
    const seconds = (bad: number) =>
      subscriber('gui', { windows: Array.from({ length: 20 }, (_, i) => second(i < bad ? 80 : 5)) });
    assert.equal(judged([seconds(2)], ['p99>20ms']).outcome, 'good');
    const { outcome, reasons, isLossy } = judged([seconds(3)], ['p99>20ms']);
    assert.deepEqual([outcome, reasons, isLossy], ['bad', ['gui: p99>20ms in 15% of the time'], false]);
  });

  it('is bad at once where a subscriber was far behind', () => {
    const changes = {
      farBehind: { name: 'gui', atS: 0.8, lag: 4321 },
      stage: { ...STAGE, playedS: 0, offered: 0 },
    };
    const result = judged(
      [subscriber('gui', { lagSlope: null }), subscriber('log', { lagSlope: null })],
      [],
      changes,
    );
    assert.deepEqual([result.outcome, result.reasons], ['bad', ['gui: lag 4,321 events after 0.8s']]);
  });

  const invalid: Record<string, [limit: string, result: () => ReturnType<typeof judged>]> = {
    'less than the load was sent': [
      'load',
      () => judged([subscriber('gui')], [], { stage: { ...STAGE, offered: 4900 } }),
    ],
    'events were sent too late for a condition on latency': [
      'load',
      () => judged([subscriber('gui')], ['p99>20ms'], { stage: { ...STAGE, lateP99Us: 5000 } }),
    ],
    'the sentinel lagged too': [
      'sentinel',
      () => judgeTrial({ ...findings([subscriber('sentinel', { kind: 'sentinel', lagSlope: growing(5) })]) }),
    ],
    'the sentinel missed the condition on latency too': [
      'sentinel',
      () =>
        judgeTrial({
          ...findings([subscriber('sentinel', { kind: 'sentinel', windows: [50, 50, 50].map(second) })]),
          conditions: parseLoadConditions(['p99>20ms'], '--fail-if'),
        }),
    ],
    'other programs had the processor': [
      'machine',
      () =>
        judged([
          subscriber('gui', { lagSlope: growing(9), gaveWay: { verdict: 'starved', evidence: 'it waited' } }),
        ]),
    ],
    'a condition cannot be known': [
      'machine',
      () => judged([subscriber('log', { kind: 'foreign', windows: [] })], ['p99>20ms']),
    ],
    'nothing tells what a subscriber received': [
      'machine',
      () => judged([subscriber('log', { kind: 'foreign', lagSlope: null, lost: null })]),
    ],
  };
  for (const [what, [limit, result]] of Object.entries(invalid))
    it(`says nothing of subscribers where ${what}`, () => {
      const { outcome, limit: found, reasons } = result();
      assert.deepEqual([outcome, found], ['invalid', limit], reasons.join('; '));
      assert.equal(reasons.length >= 1, true);
    });
});

function findings(subscribers: TrialFigures[]): TrialFindings {
  return {
    ...{ plan: { load: 1000, measuredS: 5 }, unit: 'rate', stage: STAGE, offeredPerS: 1000, sent: 5500 },
    ...{ subscribers, width: 0.05, farBehind: undefined, conditions: [] },
  };
}
