/** Where the last event of a topic stands. Plain data. */
export interface TopicState {
  readonly topic: string;
  /** Its row id. */
  readonly row: bigint;
}
