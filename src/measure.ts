import { build, type Histogram } from 'hdr-histogram-js';

/** Percentiles of how late events were sent, in microseconds after they were due. */
export interface LatenessSummary {
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

/** Three digits resolve a part in a thousand. */
const SIGNIFICANT_DIGITS = 3;
/** Later than an hour counts as an hour. */
const LARGEST_NS = 3.6e12;

/**
 * Records lateness, the time from when an event was due until it was sent, in a High Dynamic Range histogram
 * (http://hdrhistogram.org). The plan says when each event is due, so that nothing is left out where a stall delays
 * many: no correction for coordinated omission is needed, or made.
 */
export class Lateness {
  private readonly _histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LARGEST_NS,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
  });
  private _lastNs = 0;

  /** @param latenessNs sent minus due, in nanoseconds; an event is never early, and less than 0 counts as 0 */
  record(latenessNs: number): void {
    const value = latenessNs > LARGEST_NS ? LARGEST_NS : latenessNs > 0 ? Math.round(latenessNs) : 0;
    this._lastNs = value;
    this._histogram.recordValue(value);
  }

  /** Lateness of the event recorded last, in microseconds. */
  get lastUs(): number {
    return this._lastNs / 1000;
  }

  /** Undefined where nothing was recorded. */
  summary(): LatenessSummary | undefined {
    const histogram = this._histogram;
    if (histogram.totalCount === 0) return undefined;
    // A percentile is the upper end of its bucket, which may lie above all that was recorded.
    const at = (percentile: number) =>
      Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue) / 1000;
    return {
      p50Us: at(50),
      p90Us: at(90),
      p99Us: at(99),
      p999Us: at(99.9),
      maxUs: histogram.maxValue / 1000,
    };
  }
}
