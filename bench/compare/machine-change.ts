import type { MachineChange } from './comparison.js';
import { mean, variance } from './moments.js';
import type { CasePair } from './pairs.js';
import { valuesOf } from './trial-values.js';

/**
 * Two benchmarks of one program differ by this much on any machine, since code lies elsewhere in memory and
 * clocks are coarse.
 */
export const BETWEEN_RUNS = 0.02;

/**
 * How much faster or slower the machine became, according to the rates of peer and limit, which are not our
 * programs. Rates of paced trials say nothing about the machine.
 */
export function machineChange(cases: readonly CasePair[]): MachineChange | null {
  const logRatios = cases.filter(({ after }) => after.subject !== 'ours').flatMap(rateChange);
  if (logRatios.length === 0) return null;
  return {
    change: Math.expm1(mean(logRatios)),
    distance: Math.expm1(Math.sqrt(mean(logRatios.map((each) => each ** 2)))),
    scatter: Math.expm1(Math.sqrt(variance(logRatios))),
    cases: logRatios.length,
  };
}

/** The change of the case's first rate only: messages per second and bytes per second say the same. */
function rateChange({ before, after, figures }: CasePair): number[] {
  const rate = figures.find(({ unit }) => unit === '1/s' || unit === 'B/s');
  if (rate === undefined || after.trials.some(({ targetPerS }) => targetPerS !== null)) return [];
  const [a, b] = [valuesOf(before, rate.name), valuesOf(after, rate.name)];
  const isKnown = [a, b].every((values) => values.length > 0 && values.every((value) => value > 0));
  return isKnown ? [mean(b.map(Math.log)) - mean(a.map(Math.log))] : [];
}
