import type { ReplayOutcome } from '../measure/outcome.js';
import type { ReplayOptions } from '../options/replay-options.js';
import type { OwnPace } from '../pacing/own-pace.js';
import type { StagePace } from '../pacing/stage-pace.js';
import { WireNumbers } from '../pacing/wire-numbers.js';
import type { Playback } from '../playback/playback.js';
import type { Sink } from '../playback/player.js';
import { startReplay } from '../replay.js';
import type { NameOf } from '../shared/expect.js';
import { EndpointSink } from './endpoint-sink.js';
import { LatencyLog } from './latency-log.js';
import type { LoadTestOptions } from './load-options.js';
import { LOAD_REPORT_SCHEMA, type LoadReport } from './load-report.js';
import { LoadSeries } from './load-series.js';
import { type LoadNotes, LoadSink, type SentAt } from './load-sink.js';
import { LoadSubscribers, type LoadSubscribersOptions } from './load-subscribers.js';
import { machine } from './machine.js';
import { playedNight } from './played-night.js';
import type { ResolvedLoad } from './resolve-load.js';
import { SentBytes } from './sent-bytes.js';
import { SentLog } from './sent-log.js';
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
  protected abstract readonly pace: LoadPace;
  protected abstract readonly figures: LoadNotes['figures'];
  private readonly _nameOf: NameOf<keyof LoadTestOptions>;
  private readonly _numbers = new WireNumbers();
  private readonly _log = new SentLog();
  private readonly _bytes: SentBytes;
  private readonly _notices: string[] = [];
  private readonly _startedAt = new Date();

  constructor(
    options: LoadTestOptions,
    load: ResolvedLoad,
    nameOf: NameOf<keyof LoadTestOptions>,
    looks: Pick<LoadSubscribersOptions, 'reportIntervalMs' | 'plan'>,
  ) {
    this.options = options;
    this.load = load;
    this._nameOf = nameOf;
    this._bytes = new SentBytes(options.curveKeys !== undefined);
    this.subscribers = new LoadSubscribers({
      ...{ options, load, log: this._log, bytes: this._bytes, ...looks },
      checkInName: nameOf('checkIn'),
      onNotice: (notice) => this.note(notice),
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
        playableOf: (archive) => playedNight(archive, this.load, this.pace, this._nameOf('arrival')),
        beforeFirst: async (publisher, stopped) => {
          await this.subscribers.open(publisher, stopped);
          this.attended();
        },
        sinkOf: (publisher, at) => this._sinkOf(publisher, at),
        afterLast: () => this.afterLast(),
      });
      const outcome = await this.playback.outcome;
      return this._report(outcome);
    } finally {
      signal?.removeEventListener('abort', stop);
      this.close();
      await this.subscribers.close();
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
    this.options.onNotice?.(notice);
  }

  private _sinkOf(publisher: Sink, at: SentAt): Sink {
    const { endpoints } = this.subscribers;
    const toAll = endpoints.length === 0 ? publisher : new EndpointSink(publisher, endpoints);
    const noted = new LoadSink(toAll, at, {
      ...{ log: this._log, figures: this.figures, pace: this.pace, numbers: this._numbers },
      bytes: this._bytes,
    });
    return this.load.hasStamp ? new StampSink(noted) : noted;
  }

  /** The options of the replay: without those that are the load test's own. */
  private _replayOptions(): ReplayOptions {
    const { stages, profile, arrival, seed, window, amplify, runaway, silence, subscribers, ...rest } =
      this.options;
    const { sentinel, endpoints, checkIn, stamp, failIf, abortOnFail, drainS, onLoadProgress, ...others } =
      rest;
    const { title, findMax, findBurst, sweep, width, trialSumS, exceed, warmUpS, holdS, runs, ...replay } =
      others;
    return { ...replay, onNotice: (notice) => this.note(notice) };
  }

  private _report(outcome: ReplayOutcome): LoadReport {
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
      },
      cost: this.subscribers.cost,
      subscribers,
      series: this.series.points,
      notices: this._notices,
      writeFailures: outcome.writeFailures,
      machine: machine(),
    };
  }
}
