/** What a load must do to hold, and how closely it is searched for (RFC 9971). */
export interface SearchGoal {
  /** Largest distance of the two bounds, as a share of the lower one. Default 0.05. */
  readonly width: number;
  /** Measured time of all trials of a load that decides on it, in seconds. Default 20. */
  readonly trialSumS: number;
  /** Share of that time that may be in trials that are bad, if the load still holds. Lost events have no such share. Default 0.5. */
  readonly exceedRatio: number;
  /** Measured time of the one long trial of the lower bound, in seconds. Default 30; 0: none, its short trials decide. */
  readonly holdS: number;
}

export const DEFAULT_GOAL: SearchGoal = { width: 0.05, trialSumS: 20, exceedRatio: 0.5, holdS: 30 };
