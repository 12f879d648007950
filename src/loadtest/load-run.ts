import type { ReplayOutcome } from '../measure/outcome.js';
import type { ReplayOptions } from '../options/replay-options.js';
import type { OwnPace } from '../pacing/own-pace.js';
import type { StagePace } from '../pacing/stage-pace.js';
import { WireNumbers } from '../pacing/wire-numbers.js';
import type { Playback } from '../playback/playback.js';
import type { Playable, Sink } from '../playback/player.js';
import { startReplay } from '../replay.js';
import { messageOf } from '../shared/errors.js';
import type { NameOf } from '../shared/expect.js';
import type { Archive } from '../timeline/archive.js';
import { EndpointSink } from './endpoint-sink.js';
import type { LoadFaults } from './faults/load-faults.js';
import { LatencyLog } from './latency-log.js';
import type { LoadReading } from './load-families.js';
import type { LoadTestOptions } from './load-options.js';
import type { LoadProgress } from './load-progress.js';
import { LOAD_REPORT_SCHEMA, type LoadReport } from './load-report.js';
import { LoadSeries } from './load-series.js';
import { type LoadNotes, LoadSink, type SentAt } from './load-sink.js';
import { LoadSubscribers, type LoadSubscribersOptions } from './load-subscribers.js';
import { machine } from './machine.js';
import { playedNight } from './played-night.js';
import type { ResolvedLoad } from './resolve-load.js';
import { SentBytes } from './sent-bytes.js';
import { SentLog } from './sent-log.js';
import { LoadOnPage } from './shown/load-on-page.js';
import type { StageResult } from './stage-figures.js';
import { StampSink } from './stamp-sink.js';
import type { Findings, Judged } from './verdict.js';

/** Most notices that are kept for the report. */
const MOST_NOTICES = 100;

/** The pace of a load test. */
export type LoadPace = OwnPace & Pick<StagePace, 'amountPerRecordedS' | 'startNs'>;

/** What a kind of load test adds to the report. */
export interface RunFindings
  extends Judged,
    Pick<LoadReport, 'endedBy' | 'durationS' | 'search'>,
    Pick<Findings, 'stages' | 'subscribers'> {}

/** Plays events to subscribers that are looked at. What is sent when, and what is found, is that of each kind of load test. */
export abstract class LoadRun {
  protected readonly options: LoadTestOptions;
  protected readonly load: ResolvedLoad;
  protected readonly subscribers: LoadSubscribers;
  protected readonly series = new LoadSeries();
  /** Undefined before `run`. */
  protected playback: Playback | undefined;
  /** NaN where nobody needs to know. */
  protected eventsPerRecordedS = Number.NaN;
  protected abstract readonly pace: LoadPace;
  protected abstract readonly figures: LoadNotes['figures'];
  private readonly _nameOf: NameOf<keyof LoadTestOptions>;
  private readonly _numbers = new WireNumbers();
  /** What is on the wire. */
  private _log = new SentLog();
  /** Undefined: nothing is sent wrong on purpose. */
  private _faults: LoadFaults | undefined;
  private readonly _bytes: SentBytes;
  private readonly _notices: string[] = [];
  private readonly _startedAt = new Date();
  /** Undefined before the first look at subscribers. */
  private _latest: LoadProgress | undefined;
  /** Undefined before the end. */
  private _report: LoadReport | undefined;
  /** Undefined: no page is served. */
  private readonly _shown: LoadOnPage | undefined;

  constructor(
    options: LoadTestOptions,
    load: ResolvedLoad,
    nameOf: NameOf<keyof LoadTestOptions>,
    looks: Pick<LoadSubscribersOptions, 'reportIntervalMs' | 'checkInIntervalMs' | 'plan'>,
  ) {
    this.options = options;
    this.load = load;
    this._nameOf = nameOf;
    this._bytes = new SentBytes(options.curveKeys !== undefined);
    this.subscribers = new LoadSubscribers({
      ...{ options, load, log: () => this._log, bytes: this._bytes, ...looks },
      reportBindName: nameOf('reportBind'),
      onNotice: (notice) => this.note(notice),
    });
    if (options.web === undefined || options.web === false) return;
    this._shown = new LoadOnPage({
      ...{ load, title: options.title, watch: () => this.subscribers.watch, onQuit: () => this._quit() },
    });
  }

  /** @throws TcsReplayError */
  async run(): Promise<LoadReport> {
    const { signal } = this.options;
    const stop = () => this.stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      this.playback = startReplay(this._replayOptions(), this._nameOf as NameOf<keyof ReplayOptions>, {
        ownPace: this.pace,
        wireNumbers: this._numbers,
        takeLog: (log) => this.subscribers.log(new LatencyLog(log)),
        playableOf: async (archive) => {
          await this._openFaults();
          return this._playable(archive);
        },
        beforeFirst: async (publisher, stopped) => {
          await this.subscribers.open(publisher, stopped);
          this._faults?.attach(publisher, this.subscribers.endpoints);
          this.attended();
        },
        sinkOf: (publisher, at) => this._sinkOf(publisher, at),
        afterLast: () => this.afterLast(),
        metrics: async () => (await import('./load-families.js')).loadFamilies(this._reading),
        onOutcome: async (outcome) => {
          const failure = await this._faults?.close().then(() => undefined, messageOf);
          this._report = this._reportOf(outcome, failure === undefined ? [] : [failure]);
          this._shown?.judge(this._report);
        },
        load: this._shown,
      });
      await this.playback.outcome;
      return this._report as LoadReport;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.close();
      await Promise.all([this.subscribers.close(), this._faults?.close().catch(() => {})]);
    }
  }

  /** Ends it as it stands. */
  protected abstract stop(): void;

  /** Called when all subscribers are there, before the first event. */
  protected abstract attended(): void;

  /** Called when no more is sent, also after a failure: the sockets are still open. */
  protected abstract afterLast(): Promise<void>;

  /** What was found, when all has ended. */
  protected abstract findings(outcome: ReplayOutcome): RunFindings;

  /** Stops timers. */
  protected abstract close(): void;

  protected note(notice: string): void {
    if (this._notices.length < MOST_NOTICES) this._notices.push(notice);
    this._shown?.notice(notice);
    this.options.onNotice?.(notice);
  }

  /**
   * Takes how the load test stands, for its user, metrics and the page.
   *
   * @param stageResult the figures of a stage, from 0, as of now; absent in a search
   */
  protected tell(progress: LoadProgress, stageResult?: (stage: number) => StageResult): void {
    this._latest = progress;
    this._shown?.note(progress, stageResult);
    this.options.onLoadProgress?.(progress);
  }

  /** Ends it as a signal does, also while it waits for subscribers. */
  private _quit(): void {
    this.stop();
    this.playback?.quit();
  }

  /** What metrics read of it. */
  private get _reading(): LoadReading {
    const { subscribers } = this;
    return {
      progress: () => this._latest,
      latencies: (boundsNs) => subscribers.watch?.latencies(boundsNs) ?? [],
    };
  }

  /** Sends events that faults have held back: they were due, and the sockets are still open. */
  protected async sendHeldBack(): Promise<void> {
    await this._faults?.end();
  }

  /**
   * What besides the load was not as intended, in sentences.
   *
   * @param isOver whether agents have had the time to send their totals
   */
  protected failures(isOver: boolean): string[] {
    const failure = this._faults?.failure;
    const ofAgents = isOver ? this.subscribers.agents?.faults(this.pace.startNs / 1e6) : undefined;
    return [...(failure === undefined ? [] : [failure]), ...(ofAgents ?? [])];
  }

  /** Loads what makes faults, if there are any. */
  private async _openFaults(): Promise<void> {
    const { faults, seed } = this.load;
    if (faults.length === 0) return;
    const { LoadFaults } = await import('./faults/load-faults.js');
    this._faults = await LoadFaults.open({
      ...{ faults, seed, path: this.options.faultLog, pathName: this._nameOf('faultLog') },
      onNotice: (notice) => this.note(notice),
    });
    this._log = this._faults.sentLog;
  }

  private async _playable(archive: Archive): Promise<Playable> {
    const { playable, eventsPerRecordedS } = await playedNight(archive, this.load, this._nameOf('arrival'));
    this.eventsPerRecordedS = eventsPerRecordedS ?? Number.NaN;
    // A rate that keeps the distances of the recording counts events, and a speed recorded seconds.
    if (this.load.unit === 'rate') this.pace.amountPerRecordedS = this.eventsPerRecordedS;
    return playable;
  }

  private _sinkOf(publisher: Sink, at: SentAt): Sink {
    const { endpoints } = this.subscribers;
    const { _faults: faults, _numbers: numbers, figures, pace } = this;
    if (faults !== undefined) {
      const { hasStamp } = this.load;
      const faulty = faults.sinkTo(publisher, { at, pace, numbers, endpoints, hasStamp, bytes: this._bytes });
      // What is on the wire is noted behind the faults.
      return new LoadSink(faulty, at, { figures, pace, numbers });
    }
    const toAll = endpoints.length === 0 ? publisher : new EndpointSink(publisher, endpoints);
    const noted = new LoadSink(toAll, at, {
      ...{ log: this._log, figures, pace, numbers, bytes: this._bytes },
    });
    return this.load.hasStamp ? new StampSink(noted) : noted;
  }

  /** The options of the replay: without those that are the load test's own. */
  private _replayOptions(): ReplayOptions {
    const { stages, profile, arrival, seed, window, amplify, runaway, silence, subscribers, ...rest } =
      this.options;
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
      ...others
    } = rest;
    const {
      title,
      faults,
      faultLog,
      findMax,
      findBurst,
      sweep,
      width,
      trialSumS,
      exceed,
      warmUpS,
      holdS,
      runs,
      ...replay
    } = others;
    return { ...replay, onNotice: (notice) => this.note(notice) };
  }

  /** @param failures why files of the load test's own are not complete */
  private _reportOf(outcome: ReplayOutcome, failures: readonly string[]): LoadReport {
    const { unit, arrival, seed, telescopes } = this.load;
    const { stages, subscribers, ...found } = this.findings(outcome);
    const { databases = [] } = this.options;
    return {
      schema: LOAD_REPORT_SCHEMA,
      title: this.options.title ?? null,
      startedAt: this._startedAt.toISOString(),
      ...found,
      load: {
        databases: typeof databases === 'string' ? [databases] : databases,
        ...{ unit, arrival, seed, telescopes, sent: outcome.sent, bytes: outcome.bytes, stages },
        ...{ damage: outcome.damage, changes: outcome.changes, unreadable: outcome.unreadable },
        faults: this._faults?.results ?? [],
      },
      cost: this.subscribers.cost,
      subscribers,
      ...this.subscribers.agentResults(subscribers),
      series: this.series.points,
      notices: this._notices,
      writeFailures: [...outcome.writeFailures, ...failures],
      machine: machine(),
    };
  }
}
