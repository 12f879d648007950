import type { SearchTrial } from '../../src/loadtest/search/search-result.js';
import type { TrialPlan, TrialResult, TrialSubscriber } from '../../src/loadtest/search/trial.js';

/** A subscriber of a trial, with what is not given as that of one that keeps up. */
export function trialSubscriber(name: string, given: Partial<TrialSubscriber> = {}): TrialSubscriber {
  return {
    ...{
      name,
      kind: 'own',
      lagSlope: { perS: 0, lowPerS: 0, highPerS: 0, residual: 0 },
      backlogRatePerS: null,
    },
    ...{ lost: 0, p50Us: 200, p99Us: 900, mostLag: 3, endLag: 0, gaveWay: null, missed: [] },
    ...given,
  };
}

/** A trial that is good, but for what is given. */
export function trialResult(plan: TrialPlan, given: Partial<TrialResult> = {}): TrialResult {
  return {
    ...{ ...plan, outcome: 'good', reasons: [], limit: null, isLossy: false, offeredPerS: plan.load },
    subscribers: [trialSubscriber('sentinel', { kind: 'sentinel' }), trialSubscriber('gui')],
    ...given,
  };
}

/** The trial of a subscriber that takes so much: its lag grows by what is above. */
export function idealTrial(plan: TrialPlan, capacityPerS: number): TrialResult {
  const perS = Math.max(0, plan.load - capacityPerS);
  if (perS === 0) return trialResult(plan);
  const missed = [`lag +${((100 * perS) / plan.load).toFixed(1)}%/s`];
  const gui = trialSubscriber('gui', {
    ...{
      missed,
      lagSlope: { perS, lowPerS: perS, highPerS: perS, residual: 0 },
      mostLag: perS * plan.measuredS,
    },
    gaveWay: { verdict: 'cpu-bound', evidence: 'its busiest thread ran 99% of the time' },
  });
  return trialResult(plan, {
    ...{ outcome: 'bad', reasons: [`gui: ${missed[0]}`] },
    subscribers: [trialSubscriber('sentinel', { kind: 'sentinel' }), gui],
  });
}

/** A trial of a search, which took two seconds more than it measured. */
export function searchTrial(
  result: TrialResult,
  { phase = 'outward', startS = 0 }: Partial<Pick<SearchTrial, 'phase' | 'startS'>> = {},
): SearchTrial {
  return { ...result, phase, startS, tookS: result.measuredS + 2 };
}
