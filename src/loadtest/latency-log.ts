import { type Histogram, recordedSince } from '../measure/histogram.js';
import { decodeHistogram, encodeHistogram } from '../measure/histogram-text.js';
import type { IntervalLog, TaggedInterval } from '../measure/interval-log.js';
import type { CheckedIn } from './check-in.js';

/** Writes what subscribers tell of their latencies into the histogram log, each under its name. */
export class LatencyLog {
  private readonly _log: IntervalLog;
  /** What checked-in subscribers have told of all their latencies, with the time of that report: as text, which takes little memory. */
  private readonly _told = new Map<string, { readonly reportedUs: number; readonly latency: string }>();

  constructor(log: IntervalLog) {
    this._log = log;
  }

  /** Adds an interval of a subscriber that the load test has started; null: it has none to tell. */
  add(name: string, interval: TaggedInterval | null): void {
    if (interval !== null) this._log.writeTagged(name, interval);
  }

  /** Adds what is new of those that have checked in. They tell of the whole time: an interval is what has come since the report before. */
  addCheckedIn(subscribers: Iterable<CheckedIn>): void {
    for (const { name, reportedUs, latency } of subscribers) {
      const before = this._told.get(name);
      if (before?.reportedUs === reportedUs) continue;
      const now = latency();
      if (now === undefined) continue;
      this._told.set(name, { reportedUs, latency: encodeHistogram(now) });
      // What it tells at first came some time before.
      const fromUnixUs = before?.reportedUs ?? 0;
      const part = before === undefined ? now : newIn(now, decodeHistogram(before.latency));
      if (part.totalCount === 0) continue;
      const [histogram, maxNs] = [encodeHistogram(part), part.maxValue];
      this._log.writeTagged(name, { fromUnixUs, toUnixUs: reportedUs, histogram, maxNs });
    }
  }
}

/** A subscriber that was started again begins with nothing. */
function newIn(now: Histogram, before: Histogram): Histogram {
  return now.totalCount < before.totalCount ? now : recordedSince(now, before);
}
