import jstat from 'jstat';

/** With fewer on either side there is no telling how much they scatter. */
export const LEAST_TRIALS = 3;

/** The difference of two means of logarithms, which is the logarithm of a ratio of geometric means. */
export interface LogDifference {
  /** After less before. */
  readonly logRatio: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/** As Welch has it: either side may scatter as it does. Null where one has too few. @param before logarithms */
export function logDifference(before: readonly number[], after: readonly number[]): LogDifference | null {
  if (Math.min(before.length, after.length) < LEAST_TRIALS) return null;
  const [a, b] = [squaredErrorOfMean(before), squaredErrorOfMean(after)];
  const squared = a + b;
  // Welch and Satterthwaite; where nothing scatters there is nothing to multiply.
  const degreesOfFreedom =
    squared === 0 ? 1 : squared ** 2 / (a ** 2 / (before.length - 1) + b ** 2 / (after.length - 1));
  return {
    ...{ logRatio: mean(after) - mean(before), standardError: Math.sqrt(squared), degreesOfFreedom },
  };
}

/**
 * How far the difference may be from 0 where nothing has changed.
 *
 * @param errorShare with what probability it is farther all the same, on either side: above 0, below 1
 */
export function halfWidth(difference: LogDifference, errorShare: number): number {
  const { standardError, degreesOfFreedom } = difference;
  if (standardError === 0) return 0;
  return standardError * jstat.jStat.studentt.inv(1 - errorShare / 2, degreesOfFreedom);
}

/** @param values one or more */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function squaredErrorOfMean(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return squares / (values.length - 1) / values.length;
}
