import type { Batch } from './batch.js';
import type { Clock } from './clock.js';
import { addWarnings, noWarnings, type Warnings } from './decode/warnings.js';
import { Lateness, type LatenessSummary } from './measure.js';

/** Where a replay stands. */
export interface ReplayProgress {
  /** Events sent so far. */
  readonly sent: number;
  /** Topics and payloads sent so far, in bytes. */
  readonly bytes: number;
  /** Seconds since the first event. */
  readonly elapsedS: number;
  /** Rates of about the last second. */
  readonly eventsPerS: number;
  readonly bytesPerS: number;
  /** Recorded time of the event sent last, in Unix seconds; NaN where there is none. */
  readonly positionS: number;
  /** How much of the pass is done: 0 to 1. */
  readonly share: number;
  /** Lateness of the event sent last, in microseconds. */
  readonly latenessUs: number;
  /** Seconds until the next event is due, where it is waited for; else 0. */
  readonly nextInS: number;
  /** Seconds until the pass ends, as far as can be told; NaN where it cannot. */
  readonly leftS: number;
  /** The pass at hand, from 1. */
  readonly pass: number;
}

/** What a replay did. */
export interface ReplayOutcome {
  /** Why it ended: the events did, `limit` was reached, or `signal` was aborted. */
  readonly endedBy: 'end' | 'limit' | 'abort';
  /** Events sent. */
  readonly sent: number;
  /** Events not sent because their topic was not wanted. */
  readonly filtered: number;
  /** Topics and payloads, in bytes, without ZeroMQ's framing. */
  readonly bytes: number;
  /** Passes begun: 1, or more with `serveForever`. */
  readonly passes: number;
  /** From the first event sent to the last, in seconds. */
  readonly durationS: number;
  /** Events and bytes sent in that time, a second; 0 where there is no time. */
  readonly eventsPerS: number;
  readonly bytesPerS: number;
  /** How late events were sent; undefined flat out, where an event is due when it is sent. */
  readonly lateness: LatenessSummary | undefined;
  /** What was odd about the events that were read, by kind. */
  readonly warnings: Warnings;
}

const RATE_SPAN_NS = 1e9;

/** Counts what a replay sends, and when. */
export class Tally {
  readonly #clock: Clock;
  readonly #lastTimeS: number;
  readonly #speedup: number;
  readonly #lateness = new Lateness();
  readonly #warnings = noWarnings();
  #sent = 0;
  #filtered = 0;
  #bytes = 0;
  #passes = 0;
  #firstNs = Number.NaN;
  #lastNs = Number.NaN;
  #dueS = Number.NaN;
  #nextDueNs = 0;
  #passBeganNs = 0;
  #batch: { sentBefore: number; count: number; shareBefore: number; shareAtEnd: number } | undefined;
  #rateMarks: { atNs: number; sent: number; bytes: number }[] = [];

  /** @param lastTimeS recorded time of the source's last event, in Unix seconds; NaN where it is not known */
  constructor(clock: Clock, lastTimeS: number, speedup: number) {
    this.#clock = clock;
    this.#lastTimeS = lastTimeS;
    this.#speedup = speedup;
  }

  get sentEvents(): number {
    return this.#sent;
  }

  /** Whether the passes so far had any event: a source without one ends even where it is to be served forever. */
  get hasPlayed(): boolean {
    return this.#sent > 0;
  }

  beginPass(): void {
    this.#passes += 1;
    this.#passBeganNs = this.#clock.nowNs();
    this.#batch = undefined;
  }

  beginBatch(batch: Batch, shareAtEnd: number): void {
    addWarnings(this.#warnings, batch.warnings);
    const shareBefore = this.#batch?.shareAtEnd ?? 0;
    this.#batch = { sentBefore: this.#sent, count: batch.count, shareBefore, shareAtEnd };
  }

  endBatch(batch: Batch): void {
    this.#filtered += batch.skipped;
  }

  waitFor(dueNs: number): void {
    this.#nextDueNs = dueNs;
  }

  sent(bytes: number, dueS: number, nowNs: number, latenessNs: number): void {
    if (this.#sent === 0) this.#firstNs = nowNs;
    this.#sent += 1;
    this.#bytes += bytes;
    this.#lastNs = nowNs;
    if (!Number.isNaN(dueS)) this.#dueS = dueS;
    this.#lateness.record(latenessNs);
  }

  progress(): ReplayProgress {
    const nowNs = this.#clock.nowNs();
    const share = this.#share();
    const { eventsPerS, bytesPerS } = this.#rates(nowNs);
    return {
      sent: this.#sent,
      bytes: this.#bytes,
      elapsedS: this.#sent === 0 ? 0 : (nowNs - this.#firstNs) / 1e9,
      eventsPerS,
      bytesPerS,
      positionS: this.#dueS,
      share,
      latenessUs: this.#lateness.lastUs,
      nextInS: Math.max(0, (this.#nextDueNs - nowNs) / 1e9),
      leftS: this.#leftS(nowNs, share),
      pass: this.#passes,
    };
  }

  outcome(endedBy: ReplayOutcome['endedBy']): ReplayOutcome {
    const durationS = this.#sent === 0 ? 0 : (this.#lastNs - this.#firstNs) / 1e9;
    const perSecond = (amount: number) => (durationS > 0 ? amount / durationS : 0);
    return {
      endedBy,
      sent: this.#sent,
      filtered: this.#filtered,
      bytes: this.#bytes,
      passes: this.#passes,
      durationS,
      eventsPerS: perSecond(this.#sent),
      bytesPerS: perSecond(this.#bytes),
      lateness: this.#speedup === Number.POSITIVE_INFINITY ? undefined : this.#lateness.summary(),
      warnings: { ...this.#warnings },
    };
  }

  #share(): number {
    if (this.#batch === undefined) return 0;
    const { sentBefore, count, shareBefore, shareAtEnd } = this.#batch;
    const part = count === 0 ? 1 : (this.#sent - sentBefore) / count;
    return shareBefore + part * (shareAtEnd - shareBefore);
  }

  #leftS(nowNs: number, share: number): number {
    const leftOfPlanS = (this.#lastTimeS - this.#dueS) / this.#speedup;
    if (leftOfPlanS > 0) return leftOfPlanS;
    return share === 0 ? Number.NaN : (((nowNs - this.#passBeganNs) / 1e9) * (1 - share)) / share;
  }

  #rates(nowNs: number): { eventsPerS: number; bytesPerS: number } {
    const marks = this.#rateMarks;
    marks.push({ atNs: nowNs, sent: this.#sent, bytes: this.#bytes });
    while (marks.length > 2 && nowNs - marks[1].atNs >= RATE_SPAN_NS) marks.shift();
    const [oldest] = marks;
    const spanS = (nowNs - oldest.atNs) / 1e9;
    const perSecond = (amount: number) => (spanS > 0 ? amount / spanS : 0);
    return {
      eventsPerS: perSecond(this.#sent - oldest.sent),
      bytesPerS: perSecond(this.#bytes - oldest.bytes),
    };
  }
}
