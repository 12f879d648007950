import type { Unit } from '../result.js';
import type { Spread } from '../spread.js';

/** Two results, figure by figure. */
export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  /** With what probability none of all verdicts is a mistake where nothing has changed: 0 to 1. */
  readonly confidence: number;
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

export type Verdict = 'better' | 'worse' | 'changed' | 'no difference' | 'unknown';

/** A figure of a case, in both. */
export interface ComparedFigure {
  readonly scenario: string;
  readonly case: string;
  /** Its name in the trials. */
  readonly figure: string;
  readonly title: string;
  readonly unit: Unit;
  readonly before: Spread;
  readonly after: Spread;
  /** After to before, less one: -0.2 is a fifth less. */
  readonly change: number;
  /** A change must be larger than that to be told from noise; null where there are too few trials to know. */
  readonly noise: number | null;
  /** `unknown`: too few trials. `changed`: for figures of which neither way is better. */
  readonly verdict: Verdict;
}
