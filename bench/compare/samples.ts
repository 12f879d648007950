import type { CaseResult, Unit } from '../result.js';

/** Of these, a machine that is slower gives other figures. Memory and numbers of things stay what they are. */
const UNITS_OF_SPEED: readonly Unit[] = ['1/s', 'B/s', 's', 'us', 'ns', 'share'];

/** Whether a figure depends on how fast the machine is. */
export function dependsOnSpeed(unit: Unit): boolean {
  return UNITS_OF_SPEED.includes(unit);
}

/** A figure of the trials that are valid and have it. */
export function valuesOf({ trials }: CaseResult, figure: string): number[] {
  return trials.filter(({ state }) => state === 'valid').flatMap(({ figures }) => figures[figure] ?? []);
}

/** Logarithms of a figure's ratio to that of another case, of the rounds in which both have it and it is above 0. */
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
