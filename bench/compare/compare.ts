import * as expect from '../../src/expect.js';
import type { BenchResult, FigureInfo } from '../result.js';
import { spreadOf } from '../spread.js';
import type { ComparedFigure, Comparison, MachineChange, Side, Verdict } from './comparison.js';
import { halfWidth, LEAST_TRIALS, type LogDifference, logDifference, mean } from './log-difference.js';
import { machineChange } from './machine.js';
import { type CasePair, casePairs } from './pairs.js';
import { dependsOnSpeed, logRatiosOf, valuesOf } from './samples.js';
import { warningsOf } from './warnings.js';

const DEFAULT_CONFIDENCE = 0.95;
/** Smaller changes are none: the code's place in memory and the grain of clocks do as much. */
export const LEAST_CHANGE = 0.02;

export interface CompareOptions {
  /** With what probability none of all verdicts is a mistake where nothing has changed: 0.5 to 0.9999. Default 0.95. */
  readonly confidence?: number;
}

/** A figure of a case, before its verdict. */
interface Candidate {
  readonly pair: CasePair;
  readonly info: FigureInfo;
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly reference: string | null;
  /** Null where a value is not above 0. */
  readonly logChange: number | null;
  /** Null where it is not known how much it scatters. */
  readonly difference: LogDifference | null;
}

/**
 * Tells, of each figure of each case of ours that both results have, whether it changed or is the same but for noise.
 *
 * - **The change** is that of the geometric mean over the valid trials: the mean of their logarithms.
 * - **The noise** is the threshold of the verdict. It is the half width of Welch's t-interval for the difference of those
 *   means, at a confidence that is divided among all figures (Bonferroni), and 2 % at least.
 * - **The machine.** Two runs on one machine differ by more than each of them scatters. A figure whose case has one of
 *   peer or limit for its reference is divided by it, round by round, so that a machine that is slower does not count.
 *   Where there is none, noise is widened by how much the rates of peer and limit themselves have changed. Memory and
 *   numbers of things are neither divided nor widened.
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

function candidatesOf(pair: CasePair): Candidate[] {
  return pair.figures.flatMap((info) => {
    const [before, after] = [valuesOf(pair.before, info.name), valuesOf(pair.after, info.name)];
    if (before.length === 0 || after.length === 0) return [];
    const divided = dependsOnSpeed(info.unit) ? dividedLogs(pair, info.name) : null;
    const { reference, logs } = divided ?? { reference: null, logs: plainLogs(before, after) };
    return {
      ...{ pair, info, before, after, reference },
      logChange: logs === null ? null : mean(logs.after) - mean(logs.before),
      difference: logs === null ? null : logDifference(logs.before, logs.after),
    };
  });
}

interface Logs {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Null where a value has no logarithm. */
function plainLogs(before: readonly number[], after: readonly number[]): Logs | null {
  const all = [...before, ...after];
  // Where there is nothing on either side, nothing has changed.
  if (all.every((value) => value === 0)) return { before, after };
  return all.every((value) => value > 0)
    ? { before: before.map(Math.log), after: after.map(Math.log) }
    : null;
}

/** Null where there is no case of peer or limit to divide by, or it has too few rounds. */
function dividedLogs(pair: CasePair, figure: string): { reference: string; logs: Logs } | null {
  const { reference } = pair.after;
  if (reference === null || pair.before.reference !== reference) return null;
  const of = (side: 'before' | 'after') => {
    const other = pair.scenario[side].cases.find(({ id }) => id === reference);
    // One of ours may have become slower as well, which would hide that both have.
    return other === undefined || other.subject === 'ours' ? [] : logRatiosOf(pair[side], other, figure);
  };
  const logs = { before: of('before'), after: of('after') };
  return Math.min(logs.before.length, logs.after.length) < LEAST_TRIALS ? null : { reference, logs };
}

function compared(candidate: Candidate, errorShare: number, machine: MachineChange | null): ComparedFigure {
  const { pair, info, before, after, reference, logChange, difference } = candidate;
  const isWidened = reference === null && dependsOnSpeed(info.unit);
  const logNoise =
    difference === null
      ? null
      : Math.max(halfWidth(difference, errorShare), Math.log1p(LEAST_CHANGE)) +
        (isWidened ? Math.log1p(machine?.scatter ?? 0) : 0);
  return {
    ...{ scenario: pair.scenario.after.name, case: pair.after.id, figure: info.name, title: info.title },
    ...{ unit: info.unit, before: spreadOf(before), after: spreadOf(after), reference },
    change: logChange === null ? null : Math.expm1(logChange),
    // As a change of the same sign as the one that it is held against.
    noise: logNoise === null ? null : Math.abs(Math.expm1((logChange ?? 0) < 0 ? -logNoise : logNoise)),
    verdict: verdictOf(logChange, logNoise, info.better),
  };
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
