import type { SearchTrial } from '../search/search-result.js';
import { worstOf } from './search-words.js';

/** A trial as a point over its load. */
export interface TrialPoint {
  readonly load: number;
  readonly outcome: SearchTrial['outcome'];
  /** Of the worst subscriber: growth of its lag a second, as a share of what was sent; latency p99. Null: not known. */
  readonly lagShare: number | null;
  readonly p99Us: number | null;
}

export function trialPoint(trial: SearchTrial): TrialPoint {
  const worst = worstOf(trial);
  const { load, outcome, offeredPerS } = trial;
  const slope = worst?.lagSlope ?? null;
  return {
    ...{ load, outcome },
    lagShare: slope === null || offeredPerS === 0 ? null : slope.perS / offeredPerS,
    p99Us: worst?.p99Us ?? null,
  };
}
