import type { Unit } from '../result.js';
import type { Spread } from '../spread.js';

/** Two results, figure by figure. */
export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  /** With what probability none of all verdicts is a mistake where nothing has changed: 0 to 1. */
  readonly confidence: number;
  /** Null where nothing tells: no case of peer or limit is in both. */
  readonly machine: MachineChange | null;
  /** Of the cases of ours that are in both. */
  readonly figures: readonly ComparedFigure[];
  /** Sentences on what makes the two hard to compare: other machine, other level, cases that only one has. */
  readonly warnings: readonly string[];
}

export interface Side {
  readonly date: string;
  /** The commit, `+` where files differed from it; null where that is not known. */
  readonly commit: string | null;
  readonly runs: number;
}

/** How the rates of peer and limit differ, which are the same programs in both: that is the machine's doing. */
export interface MachineChange {
  /** Their geometric mean, after to before, less one: -0.15 is a machine that has become slower by so much. */
  readonly change: number;
  /** How far they are from no change, whichever way: the root of the mean square of their logarithms, as a change. */
  readonly distance: number;
  /** How far they are from each other: the standard deviation of their logarithms, as a change. 0 where there is one. */
  readonly scatter: number;
  /** How many cases that is of. */
  readonly cases: number;
}

/** `changed` is said of figures of which neither way is better; `unknown` where there are too few trials to know. */
export type Verdict = 'better' | 'worse' | 'changed' | 'no difference' | 'unknown';

/** A figure of a case, in both. */
export interface ComparedFigure {
  readonly scenario: string;
  readonly case: string;
  /** Its name in the trials. */
  readonly figure: string;
  readonly title: string;
  readonly unit: Unit;
  /** As measured, also where the change is of a ratio. */
  readonly before: Spread;
  readonly after: Spread;
  /** The case of peer or limit that it was divided by, round by round, to tell the change; null: by none. */
  readonly reference: string | null;
  /**
   * Of the geometric mean of its trials, after to before, less one: -0.2 is a fifth less. Null where a value is not
   * above 0, which has no ratio.
   */
  readonly change: number | null;
  /**
   * The change has a verdict when it is larger than that, seen from either side: 0.25 more than 4 is as far as 0.2 less
   * than 5, so that it is smaller for a change that is less. Null where it is not known.
   */
  readonly noise: number | null;
  readonly verdict: Verdict;
}
