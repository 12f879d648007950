import type { Clock } from './clock.js';
import { DamageReport, type DamageSummary } from './damage-report.js';
import { addWarnings, noWarnings, type Warnings } from './decode/warnings.js';
import { Lateness, type LatenessSummary } from './measure.js';
import type { Gaps, Pace } from './pacer.js';
import type { PassedOver } from './recording-files.js';
import type { Source } from './source.js';
import type { Run } from './timeline.js';
import { type TopicRate, TopicRates } from './topic-rates.js';

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
  readonly endedBy: 'end' | 'limit' | 'abort' | 'quit' | 'late';
  /** Events sent. */
  readonly sent: number;
  /** Events not sent because their topic was not wanted. */
  readonly filtered: number;
  /** Topics and payloads, in bytes, without ZeroMQ's framing. */
  readonly bytes: number;
  /** Events sent before the first one, to tell the state at the start. They are not among `sent`. */
  readonly primed: number;
  /** Silences that were cut by `maxGapS`. */
  readonly gaps: Gaps;
  /** When the first and the last event of the recordings are due, selected or not, in Unix seconds; NaN: not known. */
  readonly recordedFromS: number;
  readonly recordedToS: number;
  /** Files that were found in folders, or by patterns, and could not be read. */
  readonly unreadable: readonly PassedOver[];
  /** What could not be read: counted, and located by row ids, in the first hundred stretches. */
  readonly damage: DamageSummary;
  /** Passes begun: 1, or more with `loop` or `serveForever`. */
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
  private readonly _clock: Clock;
  private _lastTimeS = Number.NaN;
  private readonly _speedup: number;
  private readonly _isFlatOut: boolean;
  /** Whether the time that is left follows from the recorded one: silences yet to come may be cut. */
  private readonly _hasPlan: boolean;
  private readonly _lateness = new Lateness();
  private readonly _topicRates = new TopicRates();
  private readonly _warnings = noWarnings();
  private _sent = 0;
  private _filtered = 0;
  private _bytes = 0;
  private _passes = 0;
  private _firstNs = Number.NaN;
  private _lastNs = Number.NaN;
  private _dueS = Number.NaN;
  private _nextDueNs = 0;
  private _passBeganNs = 0;
  private _primed = 0;
  private readonly _damage = new DamageReport();
  private _run: { sentBefore: number; count: number; shareBefore: number; shareAtEnd: number } | undefined;
  /** What is known of the recordings. */
  recorded: Pick<ReplayOutcome, 'recordedFromS' | 'recordedToS' | 'unreadable'> = {
    recordedFromS: Number.NaN,
    recordedToS: Number.NaN,
    unreadable: [],
  };
  /** Silences that were cut so far. */
  gaps: Gaps = { count: 0, leftOutS: 0 };
  private _rateMarks: { atNs: number; sent: number; bytes: number }[] = [];

  /** @param maxGapS longest silence that is played, in recorded seconds; Infinity: each is played */
  constructor(clock: Clock, { speedup, maxGapS }: Pick<Pace, 'speedup' | 'maxGapS'>) {
    this._clock = clock;
    this._hasPlan = maxGapS === Number.POSITIVE_INFINITY;
    this._speedup = speedup;
    this._isFlatOut = speedup === Number.POSITIVE_INFINITY;
  }

  get sentEvents(): number {
    return this._sent;
  }

  /** Whether the passes so far had any event: a source without one ends even where it is to be served forever. */
  get hasPlayed(): boolean {
    return this._sent > 0;
  }

  /** @param lastTimeS recorded time of the source's last event, in Unix seconds; NaN where it is not known */
  beginPass(lastTimeS: number): void {
    this._lastTimeS = lastTimeS;
    this._passes += 1;
    this._passBeganNs = this._clock.nowNs();
    this._run = undefined;
  }

  beginRun(run: Run): void {
    this._topicRates.begin(run, this._passedOfRun);
    const { source, batch, first, end, shareAtEnd } = run;
    if (first === 0) {
      addWarnings(this._warnings, batch.warnings);
      if (this._passes === 1) this._damage.add(source.name, batch.damage);
    }
    const shareBefore = this._run?.shareAtEnd ?? 0;
    this._run = { sentBefore: this._sent, count: end - first, shareBefore, shareAtEnd };
  }

  /** Counts what is known beforehand not to be readable of a source. */
  damaged({ name, damage }: Source): void {
    this._damage.add(name, damage);
  }

  endRun({ batch, end }: Run): void {
    if (end === batch.count) this._filtered += batch.skippedAtEnd;
  }

  /** Counts an event that was sent to tell the state at the start. */
  primed(): void {
    this._primed += 1;
  }

  waitFor(dueNs: number): void {
    this._nextDueNs = dueNs;
  }

  /** A wait was made, or the loop turned. */
  waited(): void {}

  /** The plan was changed by a person. */
  replan(_nowNs: number): void {}

  /** Counts an event that was too late to be sent. @param skipped events passed over before it */
  dropped(skipped: number): void {
    this._filtered += skipped;
  }

  shifted(_byNs: number): void {}

  paused(_forNs: number): void {}

  sought(): void {}

  /** Counts an event that was sent. */
  sent(run: Run, i: number, bytes: number, dueS: number, nowNs: number, dueNs: number): void {
    if (this._sent === 0) this._firstNs = nowNs;
    this._sent += 1;
    this._filtered += run.batch.skippedBefore(i);
    this._bytes += bytes;
    this._lastNs = nowNs;
    if (!Number.isNaN(dueS)) this._dueS = dueS;
    if (!this._isFlatOut) this._lateness.record(nowNs - dueNs);
  }

  progress(): ReplayProgress {
    const nowNs = this._clock.nowNs();
    const share = this._share();
    const { eventsPerS, bytesPerS } = this._rates(nowNs);
    return {
      sent: this._sent,
      bytes: this._bytes,
      elapsedS: this._sent === 0 ? 0 : (nowNs - this._firstNs) / 1e9,
      eventsPerS,
      bytesPerS,
      positionS: this._dueS,
      share,
      latenessUs: this._lateness.lastUs,
      nextInS: Math.max(0, (this._nextDueNs - nowNs) / 1e9),
      leftS: this._leftS(nowNs, share),
      pass: this._passes,
    };
  }

  /** The topics that send most, those with most first; of events since it was asked for the first time. */
  busiestTopics(most: number): TopicRate[] {
    return this._topicRates.busiest(most, this._passedOfRun, this._clock.nowNs());
  }

  outcome(endedBy: ReplayOutcome['endedBy']): ReplayOutcome {
    const durationS = this._sent === 0 ? 0 : (this._lastNs - this._firstNs) / 1e9;
    const perSecond = (amount: number) => (durationS > 0 ? amount / durationS : 0);
    return {
      endedBy,
      sent: this._sent,
      filtered: this._filtered,
      bytes: this._bytes,
      primed: this._primed,
      gaps: { ...this.gaps },
      ...this.recorded,
      damage: this._damage.summary(),
      passes: this._passes,
      durationS,
      eventsPerS: perSecond(this._sent),
      bytesPerS: perSecond(this._bytes),
      lateness: this._lateness.summary(),
      warnings: { ...this._warnings },
    };
  }

  /** Events of the run at hand that are done with. */
  private get _passedOfRun(): number {
    return this._run === undefined ? 0 : this._sent - this._run.sentBefore;
  }

  private _share(): number {
    if (this._run === undefined) return 0;
    const { sentBefore, count, shareBefore, shareAtEnd } = this._run;
    const part = count === 0 ? 1 : (this._sent - sentBefore) / count;
    return shareBefore + part * (shareAtEnd - shareBefore);
  }

  private _leftS(nowNs: number, share: number): number {
    const leftOfPlanS = (this._lastTimeS - this._dueS) / this._speedup;
    if (this._hasPlan && leftOfPlanS > 0) return leftOfPlanS;
    return share === 0 ? Number.NaN : (((nowNs - this._passBeganNs) / 1e9) * (1 - share)) / share;
  }

  private _rates(nowNs: number): { eventsPerS: number; bytesPerS: number } {
    const marks = this._rateMarks;
    marks.push({ atNs: nowNs, sent: this._sent, bytes: this._bytes });
    while (marks.length > 2 && nowNs - marks[1].atNs >= RATE_SPAN_NS) marks.shift();
    const [oldest] = marks;
    const spanS = (nowNs - oldest.atNs) / 1e9;
    const perSecond = (amount: number) => (spanS > 0 ? amount / spanS : 0);
    return {
      eventsPerS: perSecond(this._sent - oldest.sent),
      bytesPerS: perSecond(this._bytes - oldest.bytes),
    };
  }
}
