/** When events are due, whatever was recorded: a rate is one, the stages of a load test are another. */
export interface OwnPace {
  readonly isAnchored: boolean;
  /** When the current event is due on the steady clock, in nanoseconds; NaN without an anchor. */
  readonly dueNs: number;
  /** Makes the current event due at `nowNs` on the steady clock. */
  anchor(nowNs: number): void;
  /** The recorded time that the current event has reached, in Unix seconds; it can be called several times for one. */
  reach?(frontS: number): void;
  /** Counts the current event as sent. @param sizeBytes of its topic and payload */
  sent(sizeBytes: number): void;
  /** Moves the plan: all later events are due `byNs` later. */
  delay(byNs: number): void;
  /** Continues at `factor` times the pace, from `nowNs` on. */
  changeSpeed(factor: number, nowNs: number): void;
}
