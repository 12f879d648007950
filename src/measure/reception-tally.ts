import type { Histogram } from 'hdr-histogram-js';
import { LARGEST_NS, latenessHistogram, percentile } from './histogram.js';

/** An event that comes again is recognized while it is among this number of last ones. */
const REMEMBERED = 4096;

/** Latency of the events of an interval, in microseconds. */
export interface RecentLatency {
  readonly events: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/**
 * Counts what a subscriber receives. The wire times of a load test ascend strictly, so they number its events: one that
 * comes again or too late shows. Latency is the time from an event's wire time until it was received.
 */
export class ReceptionTally {
  received = 0;
  /** Of topics and payloads. */
  bytes = 0;
  /** Events without a wire time, which are in none of the figures below. */
  unnumbered = 0;
  /** Events with the topic and wire time of one of the last 4096. */
  duplicated = 0;
  /** Events with an earlier wire time than one before them, and which are not duplicated. */
  reordered = 0;
  /** Events received before their wire time. Their latency counts as 0. */
  early = 0;
  /** The wire time of the first event, and the latest of all, in microseconds since 1970; null before any. */
  firstWireUs: number | null = null;
  lastWireUs: number | null = null;
  /** Latencies in nanoseconds, of all intervals that `endInterval` has ended. */
  readonly latency: Histogram = latenessHistogram();
  private readonly _interval = latenessHistogram();
  private readonly _wireTimesUs = new Float64Array(REMEMBERED).fill(Number.NaN);
  private readonly _topics = new Array<string>(REMEMBERED).fill('');
  private _next = 0;

  /**
   * @param bytes of topic and payload
   * @param wireUs microseconds since 1970; NaN where the event has no wire time
   * @param receivedUs microseconds since 1970
   */
  add(topic: string, bytes: number, wireUs: number, receivedUs: number): void {
    this.received += 1;
    this.bytes += bytes;
    if (Number.isNaN(wireUs)) {
      this.unnumbered += 1;
      return;
    }
    this.firstWireUs ??= wireUs;
    if (this.lastWireUs === null || wireUs > this.lastWireUs) this.lastWireUs = wireUs;
    else if (this._remembers(topic, wireUs)) this.duplicated += 1;
    else if (wireUs < this.lastWireUs) this.reordered += 1;
    this._wireTimesUs[this._next] = wireUs;
    this._topics[this._next] = topic;
    this._next = (this._next + 1) % REMEMBERED;
    if (receivedUs < wireUs) this.early += 1;
    this._interval.recordValue(latencyNs(wireUs, receivedUs));
  }

  /**
   * Ends an interval, and begins the next.
   *
   * @param also another histogram to which its latencies are added
   * @returns the latency of its events; null where none came
   */
  endInterval(also?: Histogram): RecentLatency | null {
    const events = this._interval.totalCount;
    if (events === 0) return null;
    const at = (percent: number) => percentile(this._interval, percent) / 1000;
    const recent = { events, p50Us: at(50), p99Us: at(99), maxUs: at(100) };
    this.latency.add(this._interval);
    also?.add(this._interval);
    this._interval.reset();
    return recent;
  }

  private _remembers(topic: string, wireUs: number): boolean {
    for (
      let at = this._wireTimesUs.indexOf(wireUs);
      at !== -1;
      at = this._wireTimesUs.indexOf(wireUs, at + 1)
    ) {
      if (this._topics[at] === topic) return true;
    }
    return false;
  }
}

/** The time from `wireUs` to `untilUs`, as a histogram of `latenessHistogram` takes it. */
export function latencyNs(wireUs: number, untilUs: number): number {
  return Math.min(LARGEST_NS, Math.max(0, 1000 * (untilUs - wireUs)));
}
