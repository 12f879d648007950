/** How much the order of play differs from the order of time. */
export interface Disorder {
  /** Number of events due before an earlier one in play: at the recorded pace they are sent at once. */
  readonly events: number;
  /** Longest time that one of them is due before the latest due time so far, in seconds; 0 if there are none. */
  readonly largestStepS: number;
  /** Due time of that event in Unix seconds; NaN if there are none. */
  readonly atS: number;
}

/** Counts events that are due before an earlier one. */
export class DisorderCount {
  private _latestS = Number.NEGATIVE_INFINITY;
  private _events = 0;
  private _largestStepS = 0;
  private _atS = Number.NaN;

  /** @param dueS Unix seconds, not NaN */
  add(dueS: number): void {
    const stepS = this._latestS - dueS;
    if (stepS <= 0) {
      this._latestS = dueS;
      return;
    }
    this._events += 1;
    if (stepS > this._largestStepS) {
      this._largestStepS = stepS;
      this._atS = dueS;
    }
  }

  get disorder(): Disorder {
    return { events: this._events, largestStepS: this._largestStepS, atS: this._atS };
  }
}
