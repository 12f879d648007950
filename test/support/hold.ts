/** Holds up the reading of batches, as a slow disk or a thread that gets no time does. */
export interface Hold {
  /** Milliseconds that each read takes longer. */
  readonly eachMs: number;
  /** Milliseconds that one of them takes longer, and which one, from 0. */
  readonly onceMs: number;
  readonly once: number;
}

/** The environment variable that has a `Hold`, as JSON. */
export const HOLD = 'TCS_REPLAY_TEST_HOLD';
