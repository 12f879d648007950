/** A range of recorded time, from `startS` up to but excluding `endS`; Unix seconds, infinite where open. */
export interface TimeRange {
  readonly startS: number;
  readonly endS: number;
}

/**
 * A stretch of recorded time between two events that follow each other in the order of play, in Unix seconds. `toS` is
 * Infinity where no event follows.
 */
export interface Silence {
  readonly fromS: number;
  readonly toS: number;
}

/** The union of ranges, as ranges that are sorted, disjoint and not empty. */
export function mergeRanges(ranges: readonly TimeRange[]): TimeRange[] {
  const merged: TimeRange[] = [];
  const sorted = ranges.filter(({ startS, endS }) => startS < endS).sort((a, b) => a.startS - b.startS);
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last === undefined || range.startS > last.endS) merged.push(range);
    else if (range.endS > last.endS) merged[merged.length - 1] = { startS: last.startS, endS: range.endS };
  }
  return merged;
}

/** The intersection of sorted, disjoint ranges with another range. */
export function clipRanges(ranges: readonly TimeRange[], { startS, endS }: TimeRange): TimeRange[] {
  return ranges
    .map((range) => ({ startS: Math.max(range.startS, startS), endS: Math.min(range.endS, endS) }))
    .filter((range) => range.startS < range.endS);
}

/** Tests whether times lie in ranges. It keeps its position, so that ascending times cost little. */
export class RangeCursor {
  /** Starts and ends alternating, in ascending order. A time is within if the number of bounds up to it is odd. */
  private readonly _boundsS: Float64Array;
  /** Number of bounds up to the last time. */
  private _passed = 0;

  /** @param ranges sorted and disjoint, as `resolveSelection` gives them */
  constructor(ranges: readonly TimeRange[]) {
    this._boundsS = Float64Array.from(ranges.flatMap(({ startS, endS }) => [startS, endS]));
  }

  /** @param timeS Unix seconds; NaN is in no range */
  isWithin(timeS: number): boolean {
    if (Number.isNaN(timeS)) return false;
    if (!this._isCurrent(timeS)) {
      this._passed += 1;
      if (!this._isCurrent(timeS)) this._seek(timeS);
    }
    return (this._passed & 1) === 1;
  }

  /** Whether `_passed` is right for a time. */
  private _isCurrent(timeS: number): boolean {
    const bounds = this._boundsS;
    const passed = this._passed;
    return (
      passed <= bounds.length &&
      (passed === 0 || bounds[passed - 1] <= timeS) &&
      (passed === bounds.length || timeS < bounds[passed])
    );
  }

  private _seek(timeS: number): void {
    let [low, high] = [0, this._boundsS.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this._boundsS[middle] <= timeS) low = middle + 1;
      else high = middle;
    }
    this._passed = low;
  }
}
