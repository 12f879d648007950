import type { FigureInfo } from '../result.js';
import { dependsOnSpeed } from './depends-on-speed.js';
import { LEAST_TRIALS, type LogDifference, logDifference } from './log-difference.js';
import { mean } from './moments.js';
import type { CasePair, Pair } from './pairs.js';
import { logRatiosOf, valuesOf } from './trial-values.js';

/** A figure of a case, before it has a verdict. */
export interface Candidate {
  readonly pair: CasePair;
  readonly info: FigureInfo;
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly reference: string | null;
  /** Null if a value is not above 0. */
  readonly logChange: number | null;
  /** Null if the scatter is unknown. */
  readonly difference: LogDifference | null;
}

/** The compared figures of a case, except those without a valid value in one of the results. */
export function candidatesOf(pair: CasePair): Candidate[] {
  return pair.figures.flatMap((info) => {
    const [before, after] = [valuesOf(pair.before, info.name), valuesOf(pair.after, info.name)];
    if (before.length === 0 || after.length === 0) return [];
    const plain = plainLogs(before, after);
    // A round without a logarithm is not left out: that would select among the measurements.
    const divided = plain !== null && dependsOnSpeed(info.unit) ? dividedLogs(pair, info.name) : null;
    const { reference, logs } = divided ?? { reference: null, logs: plain };
    return {
      ...{ pair, info, before, after, reference },
      logChange: logs === null ? null : mean(logs.after) - mean(logs.before),
      difference: logs === null ? null : logDifference(logs.before, logs.after),
    };
  });
}

type Logs = Pair<readonly number[]>;

/** Null if a value has no logarithm. */
function plainLogs(before: readonly number[], after: readonly number[]): Logs | null {
  const all = [...before, ...after];
  // If all values on both sides are 0, nothing has changed.
  if (all.every((value) => value === 0)) return { before, after };
  return all.every((value) => value > 0)
    ? { before: before.map(Math.log), after: after.map(Math.log) }
    : null;
}

/** Null if there is no case of peer or limit to divide by, or too few rounds have both. */
function dividedLogs(pair: CasePair, figure: string): { reference: string; logs: Logs } | null {
  const { reference } = pair.after;
  if (reference === null || pair.before.reference !== reference) return null;
  const of = (side: 'before' | 'after') => {
    const other = pair.scenario[side].cases.find(({ id }) => id === reference);
    // Never divide by a case of ours: it may have become slower too, which would hide both changes.
    return other === undefined || other.subject === 'ours' ? [] : logRatiosOf(pair[side], other, figure);
  };
  const logs = { before: of('before'), after: of('after') };
  return Math.min(logs.before.length, logs.after.length) < LEAST_TRIALS ? null : { reference, logs };
}
