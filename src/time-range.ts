/** A span of recorded time: from `startS` on, up to and without `endS`; Unix seconds, infinite where it is open. */
export interface TimeRange {
  readonly startS: number;
  readonly endS: number;
}

/** Whether a time lies in one of some ranges, which are sorted and apart. NaN lies in none. */
export function isWithin(ranges: readonly TimeRange[], timeS: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle].endS > timeS) high = middle;
    else low = middle + 1;
  }
  return low < ranges.length && timeS >= ranges[low].startS;
}
