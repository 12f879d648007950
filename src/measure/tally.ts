import type { Batch } from '../batch/batch.js';
import { addWarnings, noWarnings } from '../batch/warnings.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import type { Gaps } from '../pacing/pacer.js';
import type { Clock } from '../shared/clock.js';
import type { Source } from '../sources/source.js';
import type { Run } from '../timeline/timeline.js';
import type { Undelivered } from '../zmq/publisher.js';
import { DamageReport } from './damage-report.js';
import { Drift } from './drift.js';
import type { IntervalLog } from './interval-log.js';
import { Lateness } from './lateness.js';
import type { ReplayOutcome, ReplayProgress } from './outcome.js';
import { Stalls } from './stalls.js';
import { missedThresholds, type Threshold } from './threshold.js';
import { TopicLateness } from './topic-lateness.js';
import { type TopicRate, TopicRates } from './topic-rates.js';

const RATE_SPAN_NS = 1e9;

/** What of the options says how a replay is counted. */
export type TallyOptions = Pick<ResolvedOptions, 'speedup' | 'maxGapS' | 'latenessByTopic' | 'failIf'>;

/** Counts what a replay sends, and when. */
export class Tally {
  private readonly _clock: Clock;
  private _lastTimeS = Number.NaN;
  private _speedup: number;
  /** Whether the time that is left follows from the recorded one: silences yet to come may be cut. */
  private readonly _hasPlan: boolean;
  private readonly _lateness: Lateness;
  private readonly _topicLateness: TopicLateness | undefined;
  private readonly _drift = new Drift();
  private readonly _stalls: Stalls;
  private readonly _failIf: readonly Threshold[];
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
  private _dropped = 0;
  /** How far the plan was moved since the last event was sent. */
  private _shiftedNs = 0;
  private readonly _shifts = { count: 0, totalS: 0 };
  private readonly _pauses = { count: 0, totalS: 0 };
  private _seeks = 0;
  private _undelivered: Undelivered = { subscribers: 0, mostEvents: 0 };
  private _publisher: { readonly subscribers: number } | undefined;
  private readonly _damage = new DamageReport();
  private _run: { passedBefore: number; count: number; shareBefore: number; shareAtEnd: number } | undefined;
  /** What is known of the recordings. */
  recorded: Pick<ReplayOutcome, 'recordedFromS' | 'recordedToS' | 'unreadable'> = {
    recordedFromS: Number.NaN,
    recordedToS: Number.NaN,
    unreadable: [],
  };
  /** Silences that were cut so far. */
  gaps: Gaps = { count: 0, leftOutS: 0 };
  private _rateMarks: { atNs: number; sent: number; bytes: number }[] = [];

  constructor(clock: Clock, options: TallyOptions) {
    const { speedup, maxGapS, latenessByTopic, failIf } = options;
    this._clock = clock;
    this._hasPlan = maxGapS === Number.POSITIVE_INFINITY;
    this._speedup = speedup;
    this._stalls = new Stalls(this._isFlatOut);
    this._lateness = new Lateness();
    this._topicLateness = latenessByTopic ? new TopicLateness() : undefined;
    this._failIf = failIf;
  }

  /** Is given how late the events of each second were; from before the first event on. */
  set log(log: IntervalLog) {
    this._lateness.log = log;
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
    this.replan(this._passBeganNs);
  }

  /** The events of a run are there; call it at once, so that the time that they were waited for is known as such. */
  beginRun(run: Run): void {
    const { source, batch, first, end, shareAtEnd } = run;
    this._topicRates.begin(run, this._passedOfRun);
    this._stalls.read(this._clock.nowNs());
    if (first === 0) {
      addWarnings(this._warnings, batch.warnings);
      if (this._passes === 1) this._damage.add(source.name, batch.damage);
    }
    const shareBefore = this._run?.shareAtEnd ?? 0;
    this._run = { passedBefore: this._passed, count: end - first, shareBefore, shareAtEnd };
  }

  /** Has progress tell how many subscribers there are. */
  watch(publisher: { readonly subscribers: number }): void {
    this._publisher = publisher;
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

  /** A moment was waited for, or the event loop was let turn, before the next event. */
  waited(): void {
    this._stalls.waited();
  }

  /**
   * Counts an event that was sent.
   *
   * @param i its index in the batch of the run
   * @param sizeBytes of its topic and payload
   * @param dueS recorded time that it was due by, in Unix seconds; NaN: at once
   * @param nowNs the steady clock when it was looked at to be sent, after all waiting
   * @param dueNs when it was due, by the plan as it is now
   */
  sent({ batch }: Run, i: number, sizeBytes: number, dueS: number, nowNs: number, dueNs: number): void {
    if (this._sent === 0) this._firstNs = nowNs;
    this._sent += 1;
    this._bytes += sizeBytes;
    this._lastNs = nowNs;
    const latenessNs = this._pass(batch, i, dueS, nowNs, dueNs);
    if (this._isFlatOut) return;
    this._lateness.record(latenessNs, nowNs);
    this._drift.record(latenessNs, nowNs);
    this._topicLateness?.record(batch.topics[batch.topicIdOf(i)], latenessNs);
  }

  /** Counts an event that is not sent, because it is too late; arguments as for `sent`. */
  dropped({ batch }: Run, i: number, dueS: number, nowNs: number, dueNs: number): void {
    this._dropped += 1;
    this._pass(batch, i, dueS, nowNs, dueNs);
  }

  /**
   * The plan was moved because it could not be kept; call it before `sent` of the event that is next. That event is as
   * late as it was before; those after it are measured by the new plan.
   */
  shifted(byNs: number): void {
    this._shifts.count += 1;
    this._shifts.totalS += byNs / 1e9;
    this._shiftedNs += byNs;
  }

  /**
   * The plan was changed by a pause, a seek or another speed: the time until now holds no event up, and lateness is not
   * compared with what it was.
   *
   * @param speedup as it is from now on; Infinity: flat out
   */
  replan(nowNs: number, speedup = this._speedup): void {
    this._speedup = speedup;
    this._shiftedNs = 0;
    this._stalls.isFlatOut = this._isFlatOut;
    this._stalls.restart(nowNs);
    this._drift.restart();
  }

  /** Counts a pause that is over. */
  paused(forNs: number): void {
    this._pauses.count += 1;
    this._pauses.totalS += forNs / 1e9;
  }

  /** Counts a seek. */
  sought(): void {
    this._seeks += 1;
  }

  /** Notes what could not be delivered before the end, before `outcome`. */
  undelivered(found: Undelivered): void {
    this._undelivered = found;
  }

  /** Nothing is sent any more: ends what is written a second at a time. */
  end(): void {
    this._lateness.end(this._clock.nowNs());
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
      lateness: this._lateness.recent(nowNs),
      nextInS: Math.max(0, (this._nextDueNs - nowNs) / 1e9),
      leftS: this._leftS(nowNs, share),
      pass: this._passes,
      subscribers: this._publisher?.subscribers ?? 0,
    };
  }

  /** The topics that send most, those with most first; of events since it was asked for the first time. */
  busiestTopics(most: number): TopicRate[] {
    return this._topicRates.busiest(most, this._passedOfRun, this._clock.nowNs());
  }

  outcome(endedBy: ReplayOutcome['endedBy']): ReplayOutcome {
    const durationS = this._sent === 0 ? 0 : (this._lastNs - this._firstNs) / 1e9;
    const perSecond = (amount: number) => (durationS > 0 ? amount / durationS : 0);
    const measured = {
      endedBy,
      sent: this._sent,
      filtered: this._filtered,
      bytes: this._bytes,
      primed: this._primed,
      dropped: this._dropped,
      shifts: { ...this._shifts },
      undelivered: this._undelivered,
      seeks: this._seeks,
      pauses: { ...this._pauses },
      gaps: { ...this.gaps },
      ...this.recorded,
      damage: this._damage.summary(),
      passes: this._passes,
      durationS,
      eventsPerS: perSecond(this._sent),
      bytesPerS: perSecond(this._bytes),
      lateness: this._lateness.summary(),
      driftPpm: this._drift.ppm,
      stalls: this._stalls.summary(),
      latenessByTopic: this._topicLateness?.summary(),
      warnings: { ...this._warnings },
    };
    return { ...measured, failed: missedThresholds(this._failIf, measured) };
  }

  private get _isFlatOut(): boolean {
    return this._speedup === Number.POSITIVE_INFINITY;
  }

  private get _passed(): number {
    return this._sent + this._dropped;
  }

  /** Counts what is the same for an event that is sent and one that is not. @returns how late it is */
  private _pass(batch: Batch, i: number, dueS: number, nowNs: number, dueNs: number): number {
    this._filtered += batch.skippedBefore(i);
    if (!Number.isNaN(dueS)) this._dueS = dueS;
    const wasDueNs = dueNs - this._shiftedNs;
    this._stalls.reach(nowNs, wasDueNs, this._dueS);
    if (this._shiftedNs !== 0) {
      this._shiftedNs = 0;
      this._drift.restart();
    }
    return nowNs - wasDueNs;
  }

  /** Events of the run at hand that are done with. */
  private get _passedOfRun(): number {
    return this._run === undefined ? 0 : this._passed - this._run.passedBefore;
  }

  private _share(): number {
    if (this._run === undefined) return 0;
    const { passedBefore, count, shareBefore, shareAtEnd } = this._run;
    const part = count === 0 ? 1 : (this._passed - passedBefore) / count;
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
