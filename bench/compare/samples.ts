import type { CaseResult, Unit } from '../result.js';

/** Figures in these units depend on the machine's speed. Memory and numbers of things do not. */
const UNITS_OF_SPEED: readonly Unit[] = ['1/s', 'B/s', 's', 'us', 'ns', 'share'];

/** Whether a figure depends on the machine's speed. */
export function dependsOnSpeed(unit: Unit): boolean {
  return UNITS_OF_SPEED.includes(unit);
}

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
