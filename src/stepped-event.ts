/** An event that was sent while the replay is paused. */
export interface SteppedEvent {
  readonly topic: string;
  /** Recorded time that it is due by, in Unix seconds; NaN: none. */
  readonly dueS: number;
}
