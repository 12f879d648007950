import * as expect from '../../src/shared/expect.js';
import type { BenchResult, FigureInfo } from '../result.js';
import { spreadOf } from '../spread.js';
import { type Candidate, candidatesOf } from './candidates.js';
import type { ComparedFigure, Comparison, MachineChange, Side, Verdict } from './comparison.js';
import { dependsOnSpeed } from './depends-on-speed.js';
import { halfWidth } from './log-difference.js';
import { BETWEEN_RUNS, machineChange } from './machine-change.js';
import { casePairs } from './pairs.js';
import { warningsOf } from './warnings.js';

const DEFAULT_CONFIDENCE = 0.95;

export interface CompareOptions {
  /** Probability that no verdict at all is a mistake if nothing has changed: 0.5 to 0.9999. Default 0.95. */
  readonly confidence?: number;
}

/**
 * Decides, for each figure of each case of ours that both results have, whether it changed by more than the
 * noise.
 *
 * - **The change** is the change of the geometric mean over the valid trials, computed as a difference of
 *   mean logarithms.
 * - **The noise** is the threshold of the verdict and the sum of two parts. Within one benchmark: the half
 *   width of Welch's t-interval for that difference, at a confidence that is divided among all figures
 *   (Bonferroni). Between two benchmarks, which differ by more than the scatter of each: 2 %, or the
 *   machine's part if that is larger.
 * - **The machine.** A figure whose case of reference is peer or limit is divided by that case's figure,
 *   round by round, so that a slower machine cancels out. The machine's part is then how differently the
 *   rates of peer and limit have changed from each other. Without such a case, it is how much these rates
 *   have changed. Memory and numbers of things do not depend on the machine's speed.
 * - Cases of peer and limit have no verdict: the machine is judged by them.
 *
 * @throws TcsReplayError `BAD_OPTION` for a confidence out of range
 */
export function compare(before: BenchResult, after: BenchResult, options: CompareOptions = {}): Comparison {
  const confidence = expect.atLeast('confidence', options.confidence ?? DEFAULT_CONFIDENCE, 0.5, 0.9999);
  const cases = casePairs({ before, after });
  const machine = machineChange(cases);
  const candidates = cases.filter(({ after }) => after.subject === 'ours').flatMap(candidatesOf);
  const tests = candidates.filter(({ difference }) => difference !== null).length;
  const errorShare = (1 - confidence) / Math.max(1, tests);
  const figures = candidates.map((each) => compared(each, errorShare, machine));
  return {
    ...{ before: sideOf(before), after: sideOf(after), confidence, machine, figures },
    warnings: warningsOf({ before, after }, machine, figures),
  };
}

/** Figures that are worse by more than a share, where 0.1 is a tenth. */
export function regressionsPast({ figures }: Comparison, share: number): ComparedFigure[] {
  return figures.filter(({ verdict, change }) => verdict === 'worse' && Math.abs(change ?? 0) > share);
}

function compared(candidate: Candidate, errorShare: number, machine: MachineChange | null): ComparedFigure {
  const { pair, info, before, after, reference, logChange, difference } = candidate;
  const logNoise =
    difference === null
      ? null
      : halfWidth(difference, errorShare) +
        Math.log1p(Math.max(BETWEEN_RUNS, machineShare(candidate, machine)));
  return {
    ...{ scenario: pair.scenario.after.name, case: pair.after.id, figure: info.name, title: info.title },
    ...{ unit: info.unit, before: spreadOf(before), after: spreadOf(after), reference },
    change: logChange === null ? null : Math.expm1(logChange),
    // With the sign of the change that it is compared with.
    noise: logNoise === null ? null : Math.abs(Math.expm1((logChange ?? 0) < 0 ? -logNoise : logNoise)),
    verdict: verdictOf(logChange, logNoise, info.better),
  };
}

/**
 * How much the machine may have changed a figure between the benchmarks; 0 for figures
 * that do not depend on its speed.
 */
function machineShare({ info, reference }: Candidate, machine: MachineChange | null): number {
  if (machine === null || !dependsOnSpeed(info.unit)) return 0;
  return reference === null ? machine.distance : machine.scatter;
}

function verdictOf(logChange: number | null, logNoise: number | null, better: FigureInfo['better']): Verdict {
  if (logChange === null || logNoise === null) return 'unknown';
  if (Math.abs(logChange) <= logNoise) return 'no difference';
  if (better === null) return 'changed';
  return logChange > 0 === (better === 'higher') ? 'better' : 'worse';
}

function sideOf({ environment: { date, commit }, runs }: BenchResult): Side {
  return { date, commit: commit === null ? null : `${commit.id}${commit.isChanged ? '+' : ''}`, runs };
}
