import type { CaseResult } from '../result.js';

/** A figure's values in the valid trials that have it. */
export function valuesOf({ trials }: CaseResult, figure: string): number[] {
  return trials.filter(({ state }) => state === 'valid').flatMap(({ figures }) => figures[figure] ?? []);
}

/**
 * Logarithms of a figure's ratios to another case, over the rounds in which both values exist and are above
 * 0.
 */
export function logRatiosOf(own: CaseResult, reference: CaseResult, figure: string): number[] {
  const others = new Map(
    reference.trials
      .filter(({ state }) => state === 'valid')
      .map(({ run, figures }) => [run, figures[figure] ?? 0]),
  );
  return own.trials
    .filter(({ state }) => state === 'valid')
    .map(({ run, figures }) => [figures[figure] ?? 0, others.get(run) ?? 0])
    .filter(([value, other]) => value > 0 && other > 0)
    .map(([value, other]) => Math.log(value / other));
}
