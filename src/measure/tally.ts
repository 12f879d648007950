import { addOddities, noWarnings, type Warnings } from '../batch/warnings.js';
import type { Rate } from '../pacing/even-pace.js';
import type { Pacer } from '../pacing/pacer.js';
import type { Silence } from '../selection/time-ranges.js';
import type { TopicFilter } from '../selection/topic-filter.js';
import type { TopicRenaming } from '../selection/topic-renaming.js';
import type { Clock } from '../shared/clock.js';
import type { RelayFigures } from '../sources/live-source.js';
import type { Archive } from '../timeline/archive.js';
import type { Run } from '../timeline/timeline.js';
import type { FullPolicy } from '../zmq/full-policy.js';
import type { Undelivered } from '../zmq/publisher.js';
import type { PublisherGroup, RouteStanding } from '../zmq/publisher-group.js';
import type { Buckets } from './buckets.js';
import { DamageReport } from './damage-report.js';
import { Drift } from './drift.js';
import type { IntervalLog } from './interval-log.js';
import { Lateness } from './lateness.js';
import type { RelayOutcome, RelayStanding, ReplayCounts, ReplayOutcome, ReplayProgress } from './outcome.js';
import { PassProgress, type Standing } from './pass-progress.js';
import type { PassTimes } from './planned-time.js';
import { RunTopics } from './run-topics.js';
import { SendRates } from './send-rates.js';
import { withSentName } from './sent-name.js';
import { Stalls } from './stalls.js';
import { type Threshold, testThresholds } from './threshold.js';
import { TopicLateness } from './topic-lateness.js';
import { type TopicRate, TopicRates } from './topic-rates.js';
import { type TopicTotal, TopicTotals } from './topic-totals.js';
import { TopicWatch } from './topic-watch.js';
import { UnmatchedTopics } from './unmatched-topics.js';

export interface TallyOptions {
  /** Infinity: no silence is cut. */
  readonly maxGapS: number;
  /** Undefined: the recorded times set the pace. */
  readonly rate?: Rate | undefined;
  /** Number of events after which the replay ends. Default: Infinity, no limit. */
  readonly limit?: number;
  /** Whether lateness is measured topic by topic as well. */
  readonly latenessByTopic: boolean;
  /** Whether events are counted topic by topic. Default false. */
  readonly countsTopics?: boolean;
  readonly failIf: readonly Threshold[];
  /** Whether a database is followed that is being written. Default false. */
  readonly follow?: boolean;
  /** Number of subscribers that are waited for. Default 0. */
  readonly waitSubscribers?: number;
  /** What happens where the queue of a subscriber is full. Default `drop`. */
  readonly onFull?: FullPolicy;
  /** Whether it is watched which events of which topics are sent. Default false. */
  readonly watchesTopics?: boolean;
  /** Topics that were asked for. Default: all. */
  readonly filter?: TopicFilter | undefined;
  /** Default: topics are sent under their own names. */
  readonly renaming?: TopicRenaming | undefined;
}

/** What the tally reads of the plan: a pacer is one. */
export type Plan = Pick<
  Pacer,
  | 'positionS'
  | 'isPaused'
  | 'dueS'
  | 'disorderS'
  | 'stepsBack'
  | 'dueNs'
  | 'nowNs'
  | 'speedup'
  | 'gaps'
  | 'onReplan'
>;

/** What the tally reads of the sockets: a group of publishers is one. */
export type Audience = Pick<
  PublisherGroup,
  'addresses' | 'subscribers' | 'mostSubscribers' | 'peersBehind' | 'routes'
>;

const NOBODY: Audience = {
  ...{ addresses: [], subscribers: 0, mostSubscribers: 0, routes: [] },
  peersBehind: () => [],
};

/** What the tally reads of the recordings: an archive is one. */
export type Recorded = Pick<
  Archive,
  'extent' | 'selected' | 'unreadable' | 'sources' | 'changes' | 'isMock' | 'live'
>;

const NOT_RECORDED: Recorded = {
  extent: { firstS: Number.NaN, lastS: Number.NaN },
  selected: undefined,
  unreadable: [],
  sources: [],
  changes: [],
  isMock: false,
  live: undefined,
};

/**
 * Counts what a replay sends, and when. The plan says when the current event is due and what time it is: call `sent` or
 * `dropped` while the event is the plan's current one.
 */
export class Tally {
  private readonly _clock: Clock;
  private readonly _plan: Plan;
  private readonly _progress: PassProgress;
  private readonly _rates = new SendRates();
  private readonly _lateness = new Lateness();
  private readonly _topicLateness: TopicLateness | undefined;
  private readonly _drift = new Drift();
  private readonly _stalls: Stalls;
  private readonly _failIf: readonly Threshold[];
  private readonly _unmatched: UnmatchedTopics;
  private readonly _renaming: TopicRenaming | undefined;
  private readonly _topicRates = new TopicRates();
  /** Events sent by topic; undefined: they are not counted. */
  private readonly _topicTotals: TopicTotals | undefined;
  private readonly _runTopics = new RunTopics((topic, events) => this._topicTotals?.add(topic, events));
  private readonly _topicWatch: TopicWatch | undefined;
  private readonly _warnings = noWarnings();
  private readonly _damage = new DamageReport();
  private _isFlatOut: boolean;
  private _recorded = NOT_RECORDED;
  private _sent = 0;
  private _filtered = 0;
  private _bytes = 0;
  private _passes = 0;
  private _firstNs = Number.NaN;
  private _lastNs = Number.NaN;
  /** Recorded time of the last event that has one, in Unix seconds. */
  private _positionS = Number.NaN;
  private _primed = 0;
  private _dropped = 0;
  /** How far the plan was moved since the last event was sent. */
  private _shiftedNs = 0;
  private readonly _disorder = { count: 0, mostS: 0, strays: 0 };
  private readonly _shifts = { count: 0, totalS: 0 };
  private readonly _pauses = { count: 0, totalS: 0 };
  private readonly _blocked = { count: 0, totalS: 0, longestS: 0 };
  private _blockedBy: readonly string[] = [];
  private _seeks = 0;
  private _undelivered: Undelivered = { subscribers: 0, mostEvents: 0 };
  private readonly _awaitedSubscribers: number;
  private readonly _onFull: FullPolicy;
  private _audience = NOBODY;
  private _subscribersAtStart = 0;

  constructor(clock: Clock, plan: Plan, options: TallyOptions) {
    const { latenessByTopic, failIf } = options;
    this._awaitedSubscribers = options.waitSubscribers ?? 0;
    this._onFull = options.onFull ?? 'drop';
    this._clock = clock;
    this._plan = plan;
    this._isFlatOut = plan.speedup === Number.POSITIVE_INFINITY;
    this._progress = new PassProgress({
      maxGapS: options.maxGapS,
      isEven: options.rate !== undefined,
      limit: options.limit ?? Number.POSITIVE_INFINITY,
      isFollowing: options.follow === true,
    });
    this._stalls = new Stalls(this._isFlatOut);
    this._topicLateness = latenessByTopic ? new TopicLateness() : undefined;
    this._topicTotals = options.countsTopics === true ? new TopicTotals() : undefined;
    this._topicWatch = options.watchesTopics === true ? new TopicWatch() : undefined;
    this._failIf = failIf;
    this._unmatched = new UnmatchedTopics(options.filter);
    this._renaming = options.renaming;
    plan.onReplan(() => this._restart(plan.nowNs));
  }

  get sentEvents(): number {
    return this._sent;
  }

  /** Number of seeks so far. */
  get seeks(): number {
    return this._seeks;
  }

  /** As in the progress. */
  get positionS(): number {
    return this._positionS;
  }

  /** Whether the passes so far had an event. A replay without events ends, even if it is to be repeated forever. */
  get hasPlayed(): boolean {
    return this._sent > 0;
  }

  /**
   * Notes what is known once the recordings are open. Call it before the first pass, if at all.
   *
   * @param log receives how late the events of each second are
   */
  begin(recorded: Recorded, log: IntervalLog | undefined): void {
    this._recorded = recorded;
    for (const { name, damage } of recorded.sources) this._damage.add(name, damage);
    this._lateness.log = log;
  }

  /** Sets where addresses and numbers of subscribers come from. */
  watch(audience: Audience): void {
    this._audience = audience;
  }

  /** Sets the silences that are cut, in order of time; undefined: not known. */
  planCuts(silences: readonly Silence[] | undefined): void {
    this._progress.silences = silences;
  }

  beginPass({ firstTimeS, lastTimeS }: PassTimes): void {
    const nowNs = this._clock.nowNs();
    if (this._passes === 0) this._subscribersAtStart = this._audience.subscribers;
    this._passes += 1;
    this._addOddities(this._warnings);
    this._progress.begin({ firstTimeS, lastTimeS }, this._standing, nowNs);
    this._restart(nowNs);
  }

  /** Begins a run. Call it as soon as the run has been read: the time until then counts as waiting for it. */
  beginRun(run: Run): void {
    const { source, batch, first } = run;
    const passedOfRun = this._progress.passedOfRun(this._passed);
    this._topicRates.begin(run, passedOfRun);
    this._topicWatch?.begin(run, passedOfRun);
    if (this._topicTotals !== undefined) this._runTopics.begin(run, passedOfRun);
    this._addOddities(this._warnings);
    this._stalls.read(this._clock.nowNs());
    if (first === 0) {
      this._unmatched.see(batch);
      if (this._passes === 1) this._damage.add(source.name, batch.damage);
    }
    this._progress.beginRun(run, this._passed);
  }

  endRun({ batch, end }: Run): void {
    if (end === batch.count) this._filtered += batch.skippedAtEnd;
  }

  /** Counts an event of the past, sent to give the state at the start. @param event the run's first one */
  primed(event: Run): void {
    this._primed += 1;
    this._topicWatch?.primed(event);
  }

  /** The replay has waited for the current event, or let the event loop turn before it. */
  waited(): void {
    this._stalls.waited();
  }

  /**
   * Counts the plan's current event, which was sent.
   *
   * @param i its index in the batch of the run
   * @param sizeBytes of its topic and payload
   */
  sent(run: Run, i: number, sizeBytes: number): void {
    const { nowNs } = this._plan;
    if (this._sent === 0) {
      this._firstNs = nowNs;
      this._rates.begin(nowNs, sizeBytes);
    } else this._rates.reach(nowNs, this._sent, this._bytes);
    this._sent += 1;
    this._bytes += sizeBytes;
    this._lastNs = nowNs;
    const latenessNs = this._pass(run, i, nowNs);
    if (this._isFlatOut) return;
    this._lateness.record(latenessNs, nowNs);
    this._drift.record(latenessNs, nowNs);
    const { batch } = run;
    this._topicLateness?.record(batch.topics[batch.topicIdOf(i)], latenessNs);
  }

  /** Counts the plan's current event, which is dropped because it is too late. @param i its index in the batch of the run */
  dropped(run: Run, i: number): void {
    this._dropped += 1;
    // It is counted among those of its run.
    this._topicTotals?.add(run.batch.topics[run.batch.topicIdOf(i)], -1);
    this._pass(run, i, this._plan.nowNs);
  }

  /**
   * The plan was moved because it could not be kept. Call it before `sent` of the current event, which is as late as it was
   * before; later events are measured by the new plan.
   */
  shifted(byNs: number): void {
    this._shifts.count += 1;
    this._shifts.totalS += byNs / 1e9;
    this._shiftedNs += byNs;
  }

  /** Counts a pause that is over. */
  paused(forNs: number): void {
    this._pauses.count += 1;
    this._pauses.totalS += forNs / 1e9;
  }

  /** Counts a wait for room that is over. Call it before `sent` of the event that waited. */
  blocked(forNs: number): void {
    const forS = forNs / 1e9;
    this._blocked.count += 1;
    this._blocked.totalS += forS;
    this._blocked.longestS = Math.max(this._blocked.longestS, forS);
    this._stalls.blocked();
  }

  /** Looks for whom the replay waits, and notes it for the outcome. @returns names; empty: not known */
  blockedBy(): readonly string[] {
    this._blockedBy = this._audience.peersBehind();
    return this._blockedBy;
  }

  /** Counts a seek. */
  sought(): void {
    this._seeks += 1;
  }

  /** Notes what could not be delivered before the end. Call it before `outcome`. */
  undelivered(found: Undelivered): void {
    this._undelivered = found;
  }

  /** Ends the current second, and with it the log: nothing is sent any more. */
  end(): void {
    this._lateness.end(this._clock.nowNs());
  }

  /** The current progress. Changes nothing: how often it is read makes no difference. */
  progress(): ReplayProgress {
    const nowNs = this._clock.nowNs();
    const standing = this._standing;
    const { speedup, isPaused, dueNs } = this._plan;
    return {
      sent: this._sent,
      bytes: this._bytes,
      elapsedS: this._sent === 0 ? 0 : (nowNs - this._firstNs) / 1e9,
      ...this._rates.at(nowNs, this._sent, this._bytes),
      positionS: this._positionS,
      share: this._progress.share(standing),
      latenessUs: this._lateness.lastUs,
      lateness: this._lateness.recent(nowNs),
      nextInS: isPaused ? 0 : Math.max(0, (dueNs - nowNs) / 1e9),
      leftS: this._progress.leftS(standing, speedup, isPaused ? Number.NaN : nowNs),
      pass: this._passes,
      subscribers: this._audience.subscribers,
      awaitedSubscribers: this._awaitedSubscribers,
      addresses: this._audience.addresses,
      relay: this._relayStanding(),
    };
  }

  /** The topics that send most, the busiest first. Their events are counted from the first call on. */
  busiestTopics(most: number): TopicRate[] {
    const passedOfRun = this._progress.passedOfRun(this._passed);
    return this._topicRates
      .busiest(most, passedOfRun, this._clock.nowNs())
      .map((rate) => withSentName(rate, this._renaming));
  }

  /** Number of events sent by topic, as `TopicTotals` has them; none unless `countsTopics` was set. */
  topicTotals(): readonly TopicTotal[] {
    if (this._topicTotals === undefined) return [];
    this._runTopics.count(this._progress.passedOfRun(this._passed));
    return this._topicTotals.entries.map(([topic, events]) =>
      withSentName({ topic, events }, this._renaming),
    );
  }

  /** Which topics were sent, up to now; undefined: they are not watched. */
  watchedTopics(): TopicWatch | undefined {
    this._topicWatch?.look(this._progress.passedOfRun(this._passed));
    return this._topicWatch;
  }

  /** What each socket has sent; empty where there is one. */
  get routes(): readonly RouteStanding[] {
    return this._audience.routes;
  }

  /** What was relayed so far of live publishers; undefined: none are. */
  get relayed(): RelayFigures | undefined {
    return this._recorded.live?.figures();
  }

  /** Lateness of all events so far in buckets; none flat out. @param boundsNs ascending */
  latenessBuckets(boundsNs: readonly number[]): Buckets {
    return this._lateness.buckets(boundsNs);
  }

  /** What has been counted so far. */
  get counts(): ReplayCounts {
    return {
      sent: this._sent,
      filtered: this._filtered,
      bytes: this._bytes,
      primed: this._primed,
      dropped: this._dropped,
      shifts: { ...this._shifts },
      blocked: { ...this._blocked, by: this._blockedBy },
      seeks: this._seeks,
      pauses: { ...this._pauses },
      gaps: { ...this._plan.gaps },
      disorder: { ...this._disorder, stepsBack: this._plan.stepsBack.count },
      passes: this._passes,
      stalls: this._stalls.summary(),
      warnings: this._addOddities({ ...this._warnings }),
    };
  }

  /** The outcome, before files were closed: its `writeFailures` are empty. */
  outcome(endedBy: ReplayOutcome['endedBy']): ReplayOutcome {
    const durationS = this._sent === 0 ? 0 : (this._lastNs - this._firstNs) / 1e9;
    const perSecond = (amount: number) => (durationS > 0 ? amount / durationS : 0);
    const { changes } = this._recorded;
    const measured = {
      endedBy,
      addresses: this._audience.addresses,
      routes: this._audience.routes.map(({ subscribers: _, ...figures }) => figures),
      subscribers: { atStart: this._subscribersAtStart, most: this._audience.mostSubscribers },
      ...this.counts,
      relay: this._relayed(),
      onFull: this._onFull,
      undelivered: this._undelivered,
      recordedFromS: this._recorded.extent.firstS,
      recordedToS: this._recorded.extent.lastS,
      selected: this._recorded.selected,
      unreadable: this._recorded.unreadable,
      changes,
      // What a seek left out, or what would have come after an earlier end, is not known.
      unmatchedTopics: endedBy === 'end' && this._seeks === 0 ? this._unmatched.unmatched : [],
      damage: this._damage.summary(changes),
      durationS,
      eventsPerS: perSecond(this._sent),
      bytesPerS: perSecond(this._bytes),
      lateness: this._lateness.summary(),
      driftPpm: this._drift.ppm,
      latenessByTopic: this._topicLateness?.summary().map((row) => withSentName(row, this._renaming)),
    };
    return { ...measured, ...testThresholds(this._failIf, measured), writeFailures: [] };
  }

  private _relayStanding(): RelayStanding | undefined {
    const queue = this._recorded.live?.queue;
    if (queue === undefined) return undefined;
    const { accepted, dropped, sizeBytes } = queue;
    return { queuedEvents: accepted - this._passed, queuedBytes: sizeBytes, dropped };
  }

  private _relayed(): RelayOutcome | undefined {
    const figures = this._recorded.live?.figures();
    if (figures === undefined) return undefined;
    const { received, leftOut, dropped } = figures;
    return { ...figures, unsent: received - leftOut - dropped - this._passed };
  }

  /** Adds the oddities of the events of the current run that were passed. @returns `total` */
  private _addOddities(total: Warnings): Warnings {
    const { run } = this._progress;
    if (run === undefined) return total;
    const { batch, first } = run;
    addOddities(total, batch.oddities, first, first + this._progress.passedOfRun(this._passed));
    return total;
  }

  private get _standing(): Standing {
    const { positionS, stepsBack } = this._plan;
    return { passed: this._passed, sent: this._sent, positionS, stepsBack: stepsBack.count };
  }

  private get _passed(): number {
    return this._sent + this._dropped;
  }

  /** The plan is a new one: the time until now holds no event up, and lateness is not comparable with what it was. */
  private _restart(nowNs: number): void {
    this._isFlatOut = this._plan.speedup === Number.POSITIVE_INFINITY;
    this._shiftedNs = 0;
    this._progress.rebase(this._standing, nowNs);
    this._stalls.isFlatOut = this._isFlatOut;
    this._stalls.restart(nowNs);
    this._drift.restart();
  }

  /** Counts what is the same for an event that is sent and one that is dropped. @returns its lateness */
  private _pass({ batch, strays }: Run, i: number, nowNs: number): number {
    const { dueS, dueNs, disorderS } = this._plan;
    if (disorderS > 0) {
      this._disorder.count += 1;
      if (disorderS > this._disorder.mostS) this._disorder.mostS = disorderS;
    }
    if (strays?.has(i) === true) this._disorder.strays += 1;
    this._filtered += batch.skippedBefore(i);
    if (this._recorded.isMock) this._positionS = this._clock.unixUs() / 1e6;
    else if (!Number.isNaN(dueS)) this._positionS = dueS;
    const wasDueNs = dueNs - this._shiftedNs;
    this._stalls.reach(nowNs, wasDueNs, this._positionS);
    if (this._shiftedNs !== 0) {
      this._shiftedNs = 0;
      this._drift.restart();
    }
    return nowNs - wasDueNs;
  }
}
