import type { SearchTrial } from './search-result.js';
import type { TrialResult } from './trial.js';

const LEAST_S = 2;
const MOST_S = 20;
/** Of fewer events a p99 says nothing. */
const LEAST_EVENTS = 1000;
/** The growth that decides moves the lag by this many of its standard deviations within the trial. */
const DEVIATIONS = 5;

/**
 * Measured time that a trial needs, in seconds: 2 s, 1000 events, and long enough for a growth of `share` to show in what lag varies by anyway; at
 * most 20 s.
 *
 * @param ratePerS events a second that are intended
 * @param share growth of the lag that has to be told from none, of what is sent
 * @param varianceS how much the lag of the most variable subscriber varies, as seconds of load
 */
export function trialTimeS(ratePerS: number, varianceS: number, share: number): number {
  const wantedS = Math.max(LEAST_S, LEAST_EVENTS / ratePerS, (DEVIATIONS * varianceS) / share);
  return Math.min(MOST_S, wantedS);
}

/** How much lag varies beside its growth, as seconds of load: the mean of trials, each of its most variable subscriber. 0: not known. */
export function lagVarianceS(trials: readonly SearchTrial[]): number {
  const known = trials.filter(({ outcome }) => outcome !== 'invalid').map(varianceOf);
  return known.reduce((sum, each) => sum + each, 0) / Math.max(1, known.length);
}

function varianceOf({ subscribers, offeredPerS }: TrialResult): number {
  const residuals = subscribers.map(({ kind, lagSlope }) =>
    kind === 'sentinel' ? 0 : (lagSlope?.residual ?? 0),
  );
  return offeredPerS > 0 ? Math.max(0, ...residuals) / offeredPerS : 0;
}
