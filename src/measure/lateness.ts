import type { Histogram } from 'hdr-histogram-js';
import { type Buckets, bucketsOf } from './buckets.js';
import { LARGEST_NS, latenessHistogram, percentile } from './histogram.js';
import type { IntervalLog } from './interval-log.js';

/** Lateness of events, in microseconds: the time from when they were due until they were sent, or until a subscriber had them. */
export interface LatenessSummary {
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly p9999Us: number;
  readonly maxUs: number;
  readonly meanUs: number;
}

/** The same of about the last second. */
export type RecentLateness = Pick<LatenessSummary, 'p50Us' | 'p99Us' | 'maxUs'>;

const SECOND_NS = 1e9;

/**
 * Records lateness, the time from when an event was due until it was sent, in High Dynamic Range histograms. The plan
 * gives the due time of each event, also of those that a stall delays: no correction for coordinated omission is needed, or
 * made.
 *
 * Each event is recorded once, in the histogram of its second. Seconds are counted from the first event. When a second is
 * over, its histogram is added to that of all events, which takes less than a tenth of a millisecond, and written to the log.
 */
export class Lateness {
  /** Receives each second. Set it before the first event. */
  log: IntervalLog | undefined;
  private readonly _all = latenessHistogram();
  /** Histogram of the current second. */
  private _second = latenessHistogram();
  /** Histogram of the last second before it that had events. */
  private _secondBefore = latenessHistogram();
  private _originNs = Number.NaN;
  private _secondBeganNs = Number.NaN;
  private _secondEndsNs = Number.NEGATIVE_INFINITY;
  private _recent: RecentLateness | undefined;
  private _recentEndedNs = Number.NEGATIVE_INFINITY;
  // NaN before the first event. Where a fraction took the place of a whole number, V8 would compile anew what reads this object.
  private _lastNs = Number.NaN;
  private _sumNs = Number.NaN;

  /**
   * Records an event that is sent.
   *
   * @param latenessNs sent minus due, in nanoseconds; events are never early, so a value below 0 counts as 0
   * @param nowNs the steady clock when it is sent
   */
  record(latenessNs: number, nowNs: number): void {
    if (nowNs >= this._secondEndsNs) this._beginSecond(nowNs);
    const value = latenessNs > LARGEST_NS ? LARGEST_NS : latenessNs > 0 ? Math.round(latenessNs) : 0;
    this._lastNs = value;
    this._sumNs += value;
    this._second.recordValue(value);
  }

  /** Lateness of the last event, in microseconds; 0 before the first one. */
  get lastUs(): number {
    return Number.isNaN(this._originNs) ? 0 : this._lastNs / 1000;
  }

  /**
   * The lateness of the last second that is over, or of the first one so far. Undefined if that second ended two seconds ago
   * or earlier. Changes nothing that is recorded or logged.
   */
  recent(nowNs: number): RecentLateness | undefined {
    const isOver = nowNs >= this._secondEndsNs && this._second.totalCount > 0;
    const endedNs = isOver ? this._secondEndsNs : this._recentEndedNs;
    if (nowNs - endedNs >= 2 * SECOND_NS) {
      return isOver || this._second.totalCount === 0 ? undefined : recentOf(this._second);
    }
    if (isOver) return recentOf(this._second);
    this._recent ??= recentOf(this._secondBefore);
    return this._recent;
  }

  /** Lateness of all events; undefined if there were none. */
  summary(): LatenessSummary | undefined {
    const all = latenessHistogram();
    all.add(this._all);
    all.add(this._second);
    return all.totalCount === 0 ? undefined : summaryOf(all, this._sumNs / all.totalCount);
  }

  /** Lateness of all events so far in buckets. @param boundsNs ascending */
  buckets(boundsNs: readonly number[]): Buckets {
    return bucketsOf([this._all, this._second], boundsNs);
  }

  /** Ends the current second, which may be incomplete, and writes it to the log. Call it after the last event. */
  end(nowNs: number): void {
    this._endSecond(Math.min(nowNs, this._secondEndsNs));
  }

  private _beginSecond(nowNs: number): void {
    this._endSecond();
    if (Number.isNaN(this._originNs)) {
      this._originNs = nowNs;
      this._sumNs = 0;
      this.log?.begin();
    }
    this._secondBeganNs = nowNs - ((nowNs - this._originNs) % SECOND_NS);
    this._secondEndsNs = this._secondBeganNs + SECOND_NS;
  }

  private _endSecond(endNs = this._secondEndsNs): void {
    const second = this._second;
    if (second.totalCount === 0) return;
    this._all.add(second);
    this.log?.write(second, this._secondBeganNs - this._originNs, endNs - this._originNs);
    this._second = this._secondBefore;
    this._second.reset();
    this._secondBefore = second;
    this._recent = undefined;
    this._recentEndedNs = endNs;
  }
}

/** @param histogram of nanoseconds, not empty @param meanNs of what was recorded. Default: as exact as its buckets */
export function summaryOf(histogram: Histogram, meanNs = histogram.mean): LatenessSummary {
  const at = (percent: number) => percentile(histogram, percent) / 1000;
  return {
    ...{ p50Us: at(50), p90Us: at(90), p99Us: at(99), p999Us: at(99.9), p9999Us: at(99.99) },
    ...{ maxUs: histogram.maxValue / 1000, meanUs: meanNs / 1000 },
  };
}

function recentOf(histogram: Histogram): RecentLateness {
  return {
    p50Us: percentile(histogram, 50) / 1000,
    p99Us: percentile(histogram, 99) / 1000,
    maxUs: histogram.maxValue / 1000,
  };
}
