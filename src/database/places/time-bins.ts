/** Equal parts of a stretch of recorded time. Plain data. */
export interface TimeBins {
  /** Unix seconds; `toS` is above `fromS`. */
  readonly fromS: number;
  readonly toS: number;
  /** Number of parts, 1 or more. */
  readonly bins: number;
}

/** The part that a time is in; -1: it is outside, or no time. The end belongs to the last part. */
export function binOf(timeS: number, { fromS, toS, bins }: TimeBins): number {
  if (!(timeS >= fromS && timeS <= toS)) return -1;
  return Math.min(bins - 1, Math.floor(((timeS - fromS) / (toS - fromS)) * bins));
}
