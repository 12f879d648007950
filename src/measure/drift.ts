const SECOND_NS = 1e9;
/** Least number of degrees of freedom: a line through two points has no measure of its error. */
const LEAST_FREEDOM = 2;

/**
 * Slope of lateness over time: 0 for a schedule that is kept, above 0 if sleeps are summed up.
 *
 * Each second gives one point, its smallest lateness. Stalls do not affect it: they delay the events of a moment, not those of
 * a whole second. The slope of the least-squares line through these points is
 *
 *     Σ (x - mean x) (y - mean y) / Σ (x - mean x)²
 *
 * Both sums are updated at each point by B. P. Welford's recurrences ("Note on a Method for Calculating Corrected Sums of
 * Squares and Products", Technometrics 4, 1962), so that no point is kept. A change of the plan begins a new stretch: each
 * stretch has its own means, and the sums continue. This gives the one slope that best fits lines of different heights (the
 * "within" estimator of the analysis of covariance).
 */
export class Drift {
  private _secondEndsNs = Number.NEGATIVE_INFINITY;
  private _leastNs = Number.POSITIVE_INFINITY;
  private _leastAtNs = Number.NaN;
  /** Number of points in the current stretch. */
  private _points = 0;
  // NaN before the first point. Where a fraction took the place of a whole number, V8 would compile anew what reads these objects.
  private _meanAtNs = Number.NaN;
  private _meanLeastNs = Number.NaN;
  private _sumOfSquares = Number.NaN;
  private _sumOfProducts = Number.NaN;
  /** Number of points in all stretches, without the first point of each. */
  private _freedom = 0;

  /** Records the lateness of an event that is sent now. Both are in nanoseconds. */
  record(latenessNs: number, nowNs: number): void {
    if (nowNs >= this._secondEndsNs) this._beginSecond(nowNs);
    if (latenessNs < this._leastNs) {
      this._leastNs = latenessNs;
      this._leastAtNs = nowNs;
    }
  }

  /** Begins a new stretch after a change of the plan. The current second, which is not full, does not count. */
  restart(): void {
    this._points = 0;
    this._leastNs = Number.POSITIVE_INFINITY;
    this._secondEndsNs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Growth of lateness in parts per million, that is microseconds per second; below 0 it decreases. Undefined if there were
   * fewer than three full seconds with events.
   */
  get ppm(): number | undefined {
    if (this._freedom < LEAST_FREEDOM || this._sumOfSquares === 0) return undefined;
    return (1e6 * this._sumOfProducts) / this._sumOfSquares;
  }

  private _beginSecond(nowNs: number): void {
    if (this._leastNs !== Number.POSITIVE_INFINITY) this._add(this._leastAtNs, this._leastNs);
    this._leastNs = Number.POSITIVE_INFINITY;
    this._secondEndsNs = nowNs + SECOND_NS;
  }

  private _add(atNs: number, leastNs: number): void {
    if (this._freedom === 0) {
      this._sumOfSquares = 0;
      this._sumOfProducts = 0;
    }
    if (this._points === 0) {
      this._points = 1;
      this._meanAtNs = atNs;
      this._meanLeastNs = leastNs;
      return;
    }
    this._points += 1;
    this._freedom += 1;
    const fromMeanNs = atNs - this._meanAtNs;
    this._meanAtNs += fromMeanNs / this._points;
    this._meanLeastNs += (leastNs - this._meanLeastNs) / this._points;
    this._sumOfSquares += fromMeanNs * (atNs - this._meanAtNs);
    this._sumOfProducts += fromMeanNs * (leastNs - this._meanLeastNs);
  }
}
