import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../generate/random.js';
import type { ReplayOutcome } from '../measure/outcome.js';
import type { ReplayOptions } from '../options/replay-options.js';
import { StagePace } from '../pacing/stage-pace.js';
import { StagePlan } from '../pacing/stage-plan.js';
import { WireNumbers } from '../pacing/wire-numbers.js';
import type { Playback } from '../playback/playback.js';
import type { Sink } from '../playback/player.js';
import { startReplay } from '../replay.js';
import { topicMatcher } from '../selection/topic-pattern.js';
import { systemClock } from '../shared/clock.js';
import { TcsReplayError } from '../shared/errors.js';
import type { NameOf } from '../shared/expect.js';
import { counted } from '../shared/text.js';
import { curveClientOptions } from '../zmq/curve/client-keys.js';
import type { NamedEndpoint } from '../zmq/named-endpoint.js';
import type { Publisher } from '../zmq/publisher.js';
import { agentResults } from './agent-results.js';
import { awaitAgents } from './await-agents.js';
import { EndpointSink } from './endpoint-sink.js';
import type { KernelLevel } from './kernel-level.js';
import { kernelOf } from './kernel-of.js';
import { canBeMissedEarly, type LoadCondition } from './load-condition.js';
import type { LoadTestOptions } from './load-options.js';
import type { LoadProgress } from './load-progress.js';
import { LOAD_REPORT_SCHEMA, type LoadReport } from './load-report.js';
import { LoadSeries } from './load-series.js';
import { LoadSink, type SentAt } from './load-sink.js';
import { LoadSockets } from './load-sockets.js';
import { machine } from './machine.js';
import { playedNight } from './played-night.js';
import { ReceptionTrack } from './reception-track.js';
import { type ResolvedLoad, resolveLoad } from './resolve-load.js';
import { SentBytes } from './sent-bytes.js';
import { SentLog } from './sent-log.js';
import { StageFigures } from './stage-figures.js';
import { StampSink } from './stamp-sink.js';
import { reachable, startFleet } from './subscriber/start-fleet.js';
import type { SubscriberFleet } from './subscriber/subscriber-fleet.js';
import type { SubscriberSpec } from './subscriber/subscriber-spec.js';
import { judge } from './verdict.js';
import { SubscriberWatch } from './watch/subscriber-watch.js';

/** Time between two looks at subscribers. */
const LOOK_MS = 250;
/** Time between two looks after the load, until all have received what is queued. */
const DRAIN_LOOK_MS = 50;
/** How long our own subscribers may take until their subscriptions have arrived. */
const SUBSCRIBED_TIMEOUT_MS = 60_000;
/** Most notices that are kept for the report. */
const MOST_NOTICES = 100;

const SENTINEL: SubscriberSpec = {
  ...{ count: 1, name: 'sentinel', names: ['sentinel'], topics: [], service: { kind: 'none' } },
  // It is to receive what the publisher sends, whatever the machine does meanwhile.
  ...{ highWaterMark: 0, joinS: 0, leaveS: Number.POSITIVE_INFINITY },
};

/**
 * Applies a load to subscribers, proves what each of them got, and judges that by conditions.
 *
 * @param nameOf what the user calls an option, for errors
 * @returns what was found, also if `signal` ended it early
 * @throws TcsReplayError
 */
export function loadTest(
  options: LoadTestOptions,
  nameOf: NameOf<keyof LoadTestOptions> = (option) => option,
): Promise<LoadReport> {
  return new LoadTest(options, resolveLoad(options, nameOf), nameOf).run();
}

class LoadTest {
  private readonly _options: LoadTestOptions;
  private readonly _load: ResolvedLoad;
  private readonly _nameOf: NameOf<keyof LoadTestOptions>;
  private readonly _plan: StagePlan;
  private readonly _pace: StagePace;
  private readonly _numbers = new WireNumbers();
  private readonly _log = new SentLog();
  private readonly _figures: StageFigures;
  private readonly _series = new LoadSeries();
  private readonly _notices: string[] = [];
  private readonly _startedAt = new Date();
  private _playback: Playback | undefined;
  private _fleet: SubscriberFleet | undefined;
  private _watch: SubscriberWatch | undefined;
  private _sockets: LoadSockets | undefined;
  private _endedBy: LoadReport['endedBy'] = 'end';
  private _kernel: KernelLevel | undefined;
  private readonly _bytes: SentBytes;
  private _isSampling = false;
  private _looking: NodeJS.Timeout | undefined;
  private _ending: NodeJS.Timeout | undefined;
  private _playedS = 0;
  private _previous = { atNs: Number.NaN, sent: 0 };

  constructor(options: LoadTestOptions, load: ResolvedLoad, nameOf: NameOf<keyof LoadTestOptions>) {
    this._options = options;
    this._load = load;
    this._nameOf = nameOf;
    this._plan = new StagePlan(load.stages);
    const random = new Random(load.seed, 'arrivals');
    this._pace = new StagePace(this._plan, {
      arrival: load.arrival,
      random: () => random.uniform(),
      onStart: () => this._begin(),
    });
    this._bytes = new SentBytes(options.curveKeys !== undefined);
    this._figures = new StageFigures(this._plan, load.unit === 'rate');
  }

  async run(): Promise<LoadReport> {
    const { signal } = this._options;
    const stop = () => this._end('signal');
    signal?.addEventListener('abort', stop, { once: true });
    try {
      this._playback = startReplay(this._replayOptions(), this._nameOf as NameOf<keyof ReplayOptions>, {
        ownPace: this._pace,
        wireNumbers: this._numbers,
        playableOf: (archive) => playedNight(archive, this._load, this._pace, this._nameOf('arrival')),
        beforeFirst: (publisher, stopped) => this._beforeFirst(publisher, stopped),
        sinkOf: (publisher, at) => this._sinkOf(publisher, at),
        afterLast: () => this._afterLast(),
      });
      const outcome = await this._playback.outcome;
      return this._report(outcome);
    } finally {
      signal?.removeEventListener('abort', stop);
      clearInterval(this._looking);
      clearTimeout(this._ending);
      this._kernel?.close();
      await Promise.all([this._fleet?.kill(), this._sockets?.close()]);
    }
  }

  private get _endpoints(): readonly NamedEndpoint[] {
    return this._sockets?.endpoints ?? [];
  }

  private _sinkOf(publisher: Sink, at: SentAt): Sink {
    const toAll = this._endpoints.length === 0 ? publisher : new EndpointSink(publisher, this._endpoints);
    const noted = new LoadSink(toAll, at, this._notes);
    return this._load.hasStamp ? new StampSink(noted) : noted;
  }

  private get _notes() {
    return {
      ...{ log: this._log, figures: this._figures, pace: this._pace, numbers: this._numbers },
      bytes: this._bytes,
    };
  }

  /** The options of the replay: without those that are the load test's own. */
  private _replayOptions(): ReplayOptions {
    const { stages, profile, arrival, seed, window, amplify, runaway, silence, subscribers, ...rest } =
      this._options;
    const {
      sentinel,
      endpoints,
      reportBind,
      agents,
      stamp,
      failIf,
      abortOnFail,
      drainS,
      onLoadProgress,
      ...replay
    } = rest;
    return { ...replay, onNotice: (notice) => this._note(notice) };
  }

  private _note(notice: string): void {
    if (this._notices.length < MOST_NOTICES) this._notices.push(notice);
    this._options.onNotice?.(notice);
  }

  /** Starts subscribers, and waits until the subscriptions of all have arrived. */
  private async _beforeFirst(publisher: Publisher, signal: AbortSignal): Promise<void> {
    const { specs, hasSentinel } = this._load;
    const all = hasSentinel ? [SENTINEL, ...specs] : specs;
    this._sockets = await LoadSockets.open({
      load: this._load,
      reportBindName: this._nameOf('reportBind'),
      onNotice: (notice) => this._note(notice),
      signal,
    });
    await this._awaitAgents(publisher, signal);
    const foreign = publisher.subscribers;
    this._fleet = await startFleet({
      specs: all,
      connect: publisher.addresses.slice(0, 1).map(reachable),
      curve: curveClientOptions({ curveServer: this._options.curveKeys }),
      seed: this._load.seed,
      onNotice: (notice) => this._note(notice),
      signal,
    });
    const own = all.filter(({ joinS }) => joinS === 0).reduce((sum, { count }) => sum + count, 0);
    if (!(await publisher.waitForSubscribers(foreign + own, { timeoutMs: SUBSCRIBED_TIMEOUT_MS, signal })))
      throw new TcsReplayError(
        'NO_SUBSCRIBERS',
        `Expected the subscriptions of ${counted(own, 'subscriber')} of the load test within a minute, found ${publisher.subscribers - foreign}`,
      );
    this._watch = new SubscriberWatch({
      members: this._fleet.members,
      hasSentinel,
      trackOf: ({ spec }) => this._trackOf(spec),
      endpoints: this._endpoints,
      checkIn: this._sockets?.checkIn,
      foreignTrackOf: (prefixes, isFromStart) =>
        new ReceptionTrack(
          this._log,
          prefixes.length === 0 ? undefined : (topic) => prefixes.some((prefix) => topic.startsWith(prefix)),
          isFromStart,
        ),
    });
    this._kernel = kernelOf({
      publisher,
      endpoints: this._endpoints,
      members: this._fleet.members,
      sent: this._bytes,
      isEncrypted: this._options.curveKeys !== undefined,
      highWaterMark: this._load.highWaterMark,
    });
    await this._kernel.baseline();
    this._looking = setInterval(() => this._look(), LOOK_MS);
  }

  private async _awaitAgents(publisher: Publisher, signal: AbortSignal): Promise<void> {
    const roster = this._sockets?.checkIn?.agents;
    if (roster === undefined) return;
    const sockets = [publisher, ...this._endpoints];
    await awaitAgents({
      ...{ roster, count: this._load.agents, timeoutS: this._load.waitTimeoutS, signal },
      subscriptions: () => new Set(sockets.flatMap(({ subscriptions }) => [...subscriptions.keys()])),
      onNotice: (notice) => this._note(notice),
    });
  }

  /** The stages begin with the first event. */
  private _begin(): void {
    this._previous = { atNs: systemClock.nowNs(), sent: 0 };
    this._fleet?.beginLoad();
    this._endInTime();
  }

  /** Ends the load when its stages are over. A timer can come a millisecond early. */
  private _endInTime(): void {
    const leftS = this._plan.durationS - this._atS();
    if (leftS <= 0) this._end('end');
    else this._ending = setTimeout(() => this._endInTime(), Math.ceil(1000 * leftS));
  }

  private _trackOf({ topics, joinS }: SubscriberSpec): ReceptionTrack {
    const isWanted = topics.length === 0 ? undefined : topicMatcher(topics);
    return new ReceptionTrack(this._log, isWanted, joinS === 0);
  }

  private _end(by: LoadReport['endedBy']): void {
    if (this._playedS > 0) return;
    this._endedBy = by;
    this._playedS = this._atS();
    this._playback?.quit();
  }

  /** Seconds since the first stage began; 0: it has not. */
  private _atS(): number {
    const { startNs } = this._pace;
    return Number.isNaN(startNs) ? 0 : (systemClock.nowNs() - startNs) / 1e9;
  }

  private _look(): void {
    const watch = this._watch;
    if (watch === undefined || !this._pace.isAnchored) return;
    void this._sample();
    this._add(watch.look());
    for (const notice of this._sockets?.checkIn?.agents.takeNotices() ?? []) this._note(notice);
    if (!this._load.abortOnFail || this._playedS > 0) return;
    const early = this._load.conditions.filter(canBeMissedEarly);
    if (this._judged(this._atS(), early).conditions.some(({ outcome }) => outcome === 'missed'))
      this._end('condition');
  }

  private _add(points: LoadProgress['subscribers']): void {
    const progress = this._progress(points);
    this._series.add({
      atS: progress.atS,
      intendedPerS: this._load.unit === 'rate' ? this._plan.rateAt(progress.atS) : progress.offeredPerS,
      offeredPerS: progress.offeredPerS,
      lateP99Us: progress.lateP99Us,
      subscribers: points,
    });
    this._options.onLoadProgress?.(progress);
  }

  /** Looks at the connections, if the look before is over. */
  private async _sample(): Promise<void> {
    if (this._isSampling || this._kernel === undefined) return;
    this._isSampling = true;
    try {
      this._watch?.see(await this._kernel.sample());
    } finally {
      this._isSampling = false;
    }
  }

  private _progress(points: LoadProgress['subscribers']): LoadProgress {
    const nowNs = systemClock.nowNs();
    const { sent } = this._figures;
    const elapsedS = (nowNs - this._previous.atNs) / 1e9;
    const offeredPerS = elapsedS > 0 ? (sent - this._previous.sent) / elapsedS : 0;
    this._previous = { atNs: nowNs, sent };
    const atS = this._atS();
    return {
      phase: this._playedS > 0 ? 'drain' : 'load',
      ...{ atS, durationS: this._plan.durationS },
      stage: this._plan.stageAt(atS) + 1,
      stages: this._plan.stages.length,
      unit: this._load.unit,
      intended: this._plan.rateAt(atS),
      offeredPerS,
      lateP99Us: this._figures.takeRecentP99Us(),
      sent,
      subscribers: points,
    };
  }

  /** Gives subscribers time to receive what is queued, and takes the last figures of each. */
  private async _afterLast(): Promise<void> {
    clearTimeout(this._ending);
    if (this._playedS === 0) this._playedS = this._atS();
    const [fleet, watch] = [this._fleet, this._watch];
    if (fleet === undefined || watch === undefined) return;
    const endedMs = performance.now();
    const untilMs = endedMs + 1000 * (this._endedBy === 'signal' ? 0 : this._load.drainS);
    const drainS = () => (performance.now() - endedMs) / 1000;
    clearInterval(this._looking);
    for (;;) {
      await fleet.requestReports();
      const atS = drainS();
      if (this._kernel !== undefined) watch.see(await this._kernel.sample());
      this._add(watch.look(atS));
      if (watch.isDrained || performance.now() >= untilMs) break;
      await delay(DRAIN_LOOK_MS);
    }
    await this._lastLook(fleet, watch);
    watch.look(drainS());
  }

  /** Takes the last figures of all. The sentinel says whether bytes count: it knows what it received. */
  private async _lastLook(fleet: SubscriberFleet, watch: SubscriberWatch): Promise<void> {
    const { sentinel } = watch;
    if (this._kernel !== undefined) {
      await this._kernel.sample();
      const pid = sentinel?.process?.pid;
      const received = sentinel?.process?.latest?.received;
      if (pid !== undefined && received !== undefined) this._kernel.calibrate(pid, received);
      watch.see(await this._kernel.final());
    }
    await Promise.all([fleet.end(), this._endAgents()]);
  }

  /** Takes the totals of all agents, but of those that are missing. */
  private async _endAgents(): Promise<void> {
    const roster = this._sockets?.checkIn?.agents;
    roster?.requestEnd();
    while (roster?.isOver === false) await delay(DRAIN_LOOK_MS);
  }

  private _judged(playedS: number, conditions: readonly LoadCondition[], outcome?: ReplayOutcome) {
    const { unit, blockTimeoutS } = this._load;
    return judge({
      unit,
      conditions,
      faults: this._faults(outcome),
      blocked:
        outcome?.endedBy === 'blocked' ? { by: outcome.blocked.by, timeoutS: blockTimeoutS } : undefined,
      stages: this._figures.results(playedS),
      subscribers: this._watch?.results() ?? [],
    });
  }

  /** @param outcome undefined: the load is still applied */
  private _faults(outcome: ReplayOutcome | undefined): string[] {
    if (this._endedBy === 'signal') return ['It was stopped before the end of the load'];
    if (outcome === undefined) return [];
    const ofAgents = this._sockets?.checkIn?.agents.faults(this._pace.startNs / 1e6) ?? [];
    if (outcome.sent > 0) return ofAgents;
    const { filtered } = outcome;
    const others =
      filtered === 0
        ? ''
        : `; ${counted(filtered, 'event')} looked at, all of other topics than those asked for`;
    return [`Nothing to play: there is no event of those asked for${others}`];
  }

  private _report(outcome: ReplayOutcome): LoadReport {
    const { unit, arrival, seed, telescopes } = this._load;
    const stages = this._figures.results(this._playedS);
    const { databases = [] } = this._options;
    const subscribers = this._watch?.results() ?? [];
    return {
      schema: LOAD_REPORT_SCHEMA,
      startedAt: this._startedAt.toISOString(),
      durationS: this._playedS,
      endedBy: outcome.endedBy === 'blocked' ? 'blocked' : this._endedBy,
      ...this._judged(this._playedS, this._load.conditions, outcome),
      load: {
        databases: typeof databases === 'string' ? [databases] : databases,
        ...{ unit, arrival, seed, telescopes, sent: outcome.sent, bytes: outcome.bytes, stages },
      },
      cost: this._watch?.cost ?? { sentinelCpuShare: null, looks: 0, looksMs: 0 },
      subscribers,
      ...agentResults(this._sockets?.checkIn, subscribers),
      series: this._series.points,
      notices: this._notices,
      writeFailures: outcome.writeFailures,
      machine: machine(),
    };
  }
}
