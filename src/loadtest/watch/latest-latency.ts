import type { Histogram } from '../../measure/histogram.js';
import type { Latency } from '../load-report.js';
import { latencyOf } from './latency-of.js';

/** The latency of a subscriber that tells it again and again: figures are made once of each report. */
export class LatestLatency {
  private _report: unknown;
  private _latency: Latency | null = null;

  /**
   * @param report the latest one: the figures are made anew where it is another one than before
   * @param histogram decodes what it tells; undefined: nothing
   * @param errorUs of the difference of clocks
   * @returns null: nothing was measured
   */
  of(report: unknown, histogram: () => Histogram | undefined, errorUs?: number): Latency | null {
    if (report !== this._report) {
      this._report = report;
      this._latency = latencyOf(histogram(), errorUs);
    }
    return this._latency;
  }
}
