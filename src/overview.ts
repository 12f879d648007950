/** How many events there are, by recorded time. */
export interface Overview {
  /** When the first and the last event are due, within what was selected, in Unix seconds; NaN where none has a time. */
  readonly fromS: number;
  readonly toS: number;
  /** Of equal parts of the time between them: estimates. */
  readonly counts: readonly number[];
}
