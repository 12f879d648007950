/** How far the order of play is from that of time. */
export interface Disorder {
  /** Events due before one that came earlier: at the recorded pace they are sent at once. */
  readonly events: number;
  /** The farthest that one was behind the latest before it, in seconds; 0: there is none. */
  readonly largestStepS: number;
  /** When that one was due, in Unix seconds; NaN: there is none. */
  readonly atS: number;
}

/** Counts events that are due before one that came earlier. */
export class DisorderCount {
  private _latestS = Number.NEGATIVE_INFINITY;
  private _events = 0;
  private _largestStepS = 0;
  private _atS = Number.NaN;

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
