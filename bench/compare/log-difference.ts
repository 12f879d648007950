import jstat from 'jstat';
import { mean, variance } from './moments.js';

/** With fewer trials on either side the scatter is unknown. */
export const LEAST_TRIALS = 3;

/** The difference of two mean logarithms, which is the logarithm of a ratio of geometric means. */
export interface LogDifference {
  /** After minus before. */
  readonly logRatio: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/**
 * Welch's difference of means, in which either side may have its own scatter.
 *
 * @param before logarithms
 * @param after logarithms
 * @returns null if either side has too few trials
 */
export function logDifference(before: readonly number[], after: readonly number[]): LogDifference | null {
  if (Math.min(before.length, after.length) < LEAST_TRIALS) return null;
  const [a, b] = [variance(before) / before.length, variance(after) / after.length];
  const squared = a + b;
  // Welch and Satterthwaite. Without any scatter the degrees of freedom do not matter.
  const degreesOfFreedom =
    squared === 0 ? 1 : squared ** 2 / (a ** 2 / (before.length - 1) + b ** 2 / (after.length - 1));
  return {
    ...{ logRatio: mean(after) - mean(before), standardError: Math.sqrt(squared), degreesOfFreedom },
  };
}

/**
 * The largest distance of the difference from 0 that is compatible with no change.
 *
 * @param errorShare probability of a larger distance without a change, on both sides together: above 0, below
 *   1
 */
export function halfWidth(difference: LogDifference, errorShare: number): number {
  const { standardError, degreesOfFreedom } = difference;
  if (standardError === 0) return 0;
  return standardError * jstat.jStat.studentt.inv(1 - errorShare / 2, degreesOfFreedom);
}
