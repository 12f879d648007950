/** A span of recorded time: from `startS` on, up to and without `endS`; Unix seconds, infinite where it is open. */
export interface TimeRange {
  readonly startS: number;
  readonly endS: number;
}
