import type { TimeRange } from '../../selection/time-ranges.js';

/** The gaps of a recording: silences, times without an event of any topic. */
export interface Gaps {
  /** Only silences longer than this are included: the length asked for, or more where there were too many to keep. */
  readonly longerThanS: number;
  readonly count: number;
  readonly totalS: number;
  /** The longest silences, longest first: from the last event before one to the first event after it. */
  readonly longest: readonly TimeRange[];
}

/** Most stretches to keep. Beyond it, those with the shortest silences between them are joined. */
const MOST_STRETCHES = 1 << 14;

/** Finds silences in recorded times, which may come in any order. It keeps the stretches between silences. */
export class Silences {
  private _longerThanS: number;
  private readonly _mostStretches: number;
  // The stretches, in ascending order.
  private _startsS: number[] = [];
  private _endsS: number[] = [];
  /** Index of the stretch of the last time. */
  private _at = 0;

  /**
   * @param longerThanS least length of a silence, exclusive: 0 or more
   * @param mostStretches largest number of stretches to keep
   */
  constructor(longerThanS: number, mostStretches = MOST_STRETCHES) {
    this._longerThanS = longerThanS;
    this._mostStretches = mostStretches;
  }

  /** @param timeS Unix seconds, not NaN */
  add(timeS: number): void {
    const at = this._at;
    if (timeS >= this._startsS[at] && timeS <= this._endsS[at]) return;
    const isLast = at === this._startsS.length - 1;
    if (isLast && timeS > this._endsS[at] && timeS - this._endsS[at] <= this._longerThanS) {
      this._endsS[at] = timeS;
      return;
    }
    this._place(timeS);
  }

  /** @param most length of `Gaps.longest` at most */
  gaps(most: number): Gaps {
    const silences: TimeRange[] = [];
    for (let i = 1; i < this._startsS.length; i++)
      silences.push({ startS: this._endsS[i - 1], endS: this._startsS[i] });
    const longest = silences
      .sort((a, b) => b.endS - b.startS - (a.endS - a.startS) || a.startS - b.startS)
      .slice(0, most);
    const totalS = silences.reduce((sum, { startS, endS }) => sum + endS - startS, 0);
    return { longerThanS: this._longerThanS, count: silences.length, totalS, longest };
  }

  private _place(timeS: number): void {
    const [starts, ends] = [this._startsS, this._endsS];
    // `low` becomes the number of stretches that begin at or before this time.
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= timeS) low = middle + 1;
      else high = middle;
    }
    const before = low - 1;
    const joinsBefore = before >= 0 && timeS - ends[before] <= this._longerThanS;
    const joinsAfter = low < starts.length && starts[low] - timeS <= this._longerThanS;
    if (joinsBefore && joinsAfter && timeS > ends[before]) {
      ends[before] = ends[low];
      starts.splice(low, 1);
      ends.splice(low, 1);
    } else if (joinsBefore) {
      ends[before] = Math.max(ends[before], timeS);
    } else if (joinsAfter) {
      starts[low] = timeS;
    } else {
      starts.splice(low, 0, timeS);
      ends.splice(low, 0, timeS);
    }
    this._at = joinsBefore ? before : low;
    if (starts.length > this._mostStretches) this._joinNearest();
  }

  /** Drops the shorter half of the silences. */
  private _joinNearest(): void {
    const lengths = this._startsS
      .slice(1)
      .map((startS, i) => startS - this._endsS[i])
      .sort((a, b) => a - b);
    this._longerThanS = lengths[lengths.length >> 1];
    const [starts, ends] = [this._startsS, this._endsS];
    this._startsS = [starts[0]];
    this._endsS = [ends[0]];
    for (let i = 1; i < starts.length; i++) {
      const last = this._endsS.length - 1;
      if (starts[i] - this._endsS[last] <= this._longerThanS) {
        this._endsS[last] = ends[i];
      } else {
        this._startsS.push(starts[i]);
        this._endsS.push(ends[i]);
      }
    }
    this._at = 0;
  }
}
