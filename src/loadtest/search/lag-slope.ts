import { theilSen } from '../../measure/theil-sen.js';
import type { LagSlope } from './trial.js';

/** How lag grew. @param samples moments in seconds, and events behind. @returns null if there are fewer than two moments */
export function lagSlope(samples: readonly (readonly [atS: number, lag: number])[]): LagSlope | null {
  const line = theilSen(samples);
  return line && { perS: line.slope, lowPerS: line.low, highPerS: line.high, residual: line.residual };
}

/**
 * Whether lag does not grow, as far as can be told: the upper end of its interval is at most half of the search's width of what was sent. A
 * subscriber that is slower than the load by that share is found; by less, it is within the bracket.
 *
 * @param width of the bracket that is searched for, as a share
 */
export function isLagSteady({ highPerS }: LagSlope, offeredPerS: number, width: number): boolean {
  return highPerS <= (width / 4) * offeredPerS;
}
