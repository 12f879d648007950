/**
 * Numbers events by their wire times, which ascend strictly: each is at least a microsecond after the one before. So a
 * subscriber sees what is doubled or out of order, and two programs can speak of the same event.
 */
export class WireNumbers {
  private _lastUs = Number.NEGATIVE_INFINITY;

  /** The last wire time, in microseconds since 1970; -Infinity: there was none. */
  get lastUs(): number {
    return this._lastUs;
  }

  /** @param dueUs when the event is due, in microseconds since 1970 @returns its wire time, in whole microseconds */
  next(dueUs: number): number {
    const wholeUs = Math.round(dueUs);
    this._lastUs = wholeUs > this._lastUs ? wholeUs : this._lastUs + 1;
    return this._lastUs;
  }
}
