import type { Unit } from '../result.js';
import type { Spread } from '../spread.js';

/** The comparison of two results, figure by figure. */
export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  /** Probability that no verdict at all is a mistake if nothing has changed: 0 to 1. */
  readonly confidence: number;
  /** Null if unknown, since no case of peer or limit is in both results. */
  readonly machine: MachineChange | null;
  /** Of the cases of ours that both results have. */
  readonly figures: readonly ComparedFigure[];
  /**
   * Sentences about what makes the results hard to compare: another machine or level, cases that only one
   * has.
   */
  readonly warnings: readonly string[];
}

export interface Side {
  readonly date: string;
  /** The commit, with `+` if files differed from it; null if unknown. */
  readonly commit: string | null;
  readonly runs: number;
}

/**
 * How the rates of peer and limit changed. They are the same programs in both results, so the machine caused
 * it.
 */
export interface MachineChange {
  /** Geometric mean of the ratios after to before, minus 1: -0.15 is a machine that became 15 % slower. */
  readonly change: number;
  /** Distance from no change in either direction: the root mean square of the logarithms, as a change. */
  readonly distance: number;
  /**
   * Differences among the cases: the standard deviation of the logarithms, as a change. 0 for a single case.
   */
  readonly scatter: number;
  /** Number of cases that these figures cover. */
  readonly cases: number;
}

/**
 * `changed` is for figures without a better direction; `unknown` if there are too few trials, or a value is
 * not above 0.
 */
export type Verdict = 'better' | 'worse' | 'changed' | 'no difference' | 'unknown';

/** A figure of a case, in both results. */
export interface ComparedFigure {
  readonly scenario: string;
  readonly case: string;
  /** The figure's name in the trials. */
  readonly figure: string;
  readonly title: string;
  readonly unit: Unit;
  /** As measured, even if the change is the change of a ratio. */
  readonly before: Spread;
  readonly after: Spread;
  /**
   * The case of peer or limit that the figure was divided by, round by round, to compute the change; null:
   * none.
   */
  readonly reference: string | null;
  /**
   * Change of the geometric mean of the trials, after to before, minus 1: -0.2 is a fifth less. Null if a
   * value is not above 0, since then there is no ratio.
   */
  readonly change: number | null;
  /**
   * Threshold of the verdict: a larger change counts. It has the direction of the change, so it is smaller
   * for a decrease: 0.25 more than 4 is as far as 0.2 less than 5. Null if unknown.
   */
  readonly noise: number | null;
  readonly verdict: Verdict;
}
