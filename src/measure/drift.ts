const SECOND_NS = 1e9;
/** A line through two points says nothing about how far it can be trusted. */
const LEAST_FREEDOM = 2;

/**
 * How lateness grows in the course of a run: what a plan that is followed has none of, and summed sleeps do.
 *
 * Of each second the smallest lateness counts, which a stall does not reach: it delays the events of a moment, not all
 * of a second. Through these points goes the line of least squares; its slope is
 *
 *     Σ (x - mean x) (y - mean y) / Σ (x - mean x)²
 *
 * with both sums kept up to date from point to point by B. P. Welford's recurrences ("Note on a Method for Calculating
 * Corrected Sums of Squares and Products", Technometrics 4, 1962), so that no point is kept. Where the plan is
 * changed, lateness begins anew: each stretch has its own means, and the sums go on, which gives the one slope that fits
 * lines of different heights best (the "within" estimator of the analysis of covariance).
 */
export class Drift {
  private _secondEndsNs = Number.NEGATIVE_INFINITY;
  private _leastNs = Number.POSITIVE_INFINITY;
  private _leastAtNs = 0;
  /** Points of the stretch at hand. */
  private _points = 0;
  private _meanAtNs = 0;
  private _meanLeastNs = 0;
  private _sumOfSquares = 0;
  private _sumOfProducts = 0;
  /** Points of all stretches, but for the first of each. */
  private _freedom = 0;

  /** Takes the lateness of an event that is sent now, both in nanoseconds. */
  record(latenessNs: number, nowNs: number): void {
    if (nowNs >= this._secondEndsNs) this._beginSecond(nowNs);
    if (latenessNs < this._leastNs) {
      this._leastNs = latenessNs;
      this._leastAtNs = nowNs;
    }
  }

  /** The plan was changed: what follows is not compared with what was. A second that was not full does not count. */
  restart(): void {
    this._points = 0;
    this._leastNs = Number.POSITIVE_INFINITY;
    this._secondEndsNs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Growth of lateness in parts per million, which are microseconds a second; below 0 it shrinks. Undefined where there
   * are fewer than three full seconds with events.
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
