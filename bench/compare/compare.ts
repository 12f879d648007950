import * as expect from '../../src/shared/expect.js';
import type { BenchResult, FigureInfo } from '../result.js';
import { spreadOf } from '../spread.js';
import { type Candidate, candidatesOf } from './candidates.js';
import type { ComparedFigure, Comparison, MachineChange, Side, Verdict } from './comparison.js';
import { halfWidth } from './log-difference.js';
import { BETWEEN_RUNS, machineChange } from './machine.js';
import { casePairs } from './pairs.js';
import { dependsOnSpeed } from './samples.js';
import { warningsOf } from './warnings.js';

const DEFAULT_CONFIDENCE = 0.95;

export interface CompareOptions {
  /** With what probability none of all verdicts is a mistake where nothing has changed: 0.5 to 0.9999. Default 0.95. */
  readonly confidence?: number;
}

/**
 * Tells, of each figure of each case of ours that both results have, whether it changed or is the same but for noise.
 *
 * - **The change** is that of the geometric mean over the valid trials: the mean of their logarithms.
 * - **The noise** is the threshold of the verdict, the sum of two. Within a run: the half width of Welch's t-interval for
 *   the difference of those means, at a confidence that is divided among all figures (Bonferroni). Between two runs, which
 *   differ by more than each of them scatters: 2 %, or what the machine did, if that is more.
 * - **The machine.** A figure whose case has one of peer or limit for its reference is divided by it, round by round, so
 *   that a machine that is slower does not count; what is left of it is how much the rates of peer and limit have changed
 *   differently from each other. Where there is none to divide by, it is how much these rates have changed. Memory and
 *   numbers of things do not depend on it.
 * - Cases of peer and limit have no verdict: they are what the machine is judged by.
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

/** The figures that are worse by more than a share: 0.1 is a tenth. */
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
    // As a change of the same sign as the one that it is held against.
    noise: logNoise === null ? null : Math.abs(Math.expm1((logChange ?? 0) < 0 ? -logNoise : logNoise)),
    verdict: verdictOf(logChange, logNoise, info.better),
  };
}

/** How much the machine may have changed a figure from one run to the other. */
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
