import { setTimeout as delay } from 'node:timers/promises';
import { serveControl } from './control/control-server.js';
import type { ControlSocket } from './control/control-socket.js';
import { LedgerSink } from './ledger/ledger-sink.js';
import type { LedgerWriter } from './ledger/ledger-writer.js';
import type { IntervalLog } from './measure/interval-log.js';
import type { ReplayOutcome } from './measure/outcome.js';
import { Tally } from './measure/tally.js';
import type { MetricsServer, MetricsServerOptions } from './metrics/metrics-server.js';
import type { ReplayReading } from './metrics/replay-families.js';
import type { ReplayOptions } from './options/replay-options.js';
import { type ResolvedOptions, resolveOptions } from './options/resolve-options.js';
import { Pacer } from './pacing/pacer.js';
import { RelayPace } from './pacing/relay-pace.js';
import { Waiter } from './pacing/waiter.js';
import { Blocking } from './playback/blocking.js';
import type { ClockTopic } from './playback/clock-topic.js';
import { PlanNotices } from './playback/plan-notices.js';
import { Playback, type PlaybackStanding, REPLAY_STATES } from './playback/playback.js';
import { Player, type Sink } from './playback/player.js';
import type { ReplayAdditions } from './playback/replay-additions.js';
import { TopicFrames } from './playback/topic-frames.js';
import { closeOnAbort } from './prepare/close-on-abort.js';
import { DecoderPool } from './prepare/decoder-pool.js';
import { topicMatcher } from './selection/topic-pattern.js';
import { withSafeCallbacks } from './shared/callbacks.js';
import { PROGRESS_INTERVAL_MS, systemClock } from './shared/clock.js';
import { messageOf, TcsReplayError } from './shared/errors.js';
import type { NameOf } from './shared/expect.js';
import { counted, givenSpan } from './shared/text.js';
import { firstLook } from './sources/first-look.js';
import type { OpenSourcesOptions } from './sources/open-sources.js';
import { Archive } from './timeline/archive.js';
import type { ShownReplay } from './web/shown-replay.js';
import type { WebServer, WebServerOptions } from './web/web-server.js';
import type { Part } from './zmq/publisher.js';
import type { PublisherGroup } from './zmq/publisher-group.js';
import type { RaisedPriority } from './zmq/raised-priority.js';

/** How long a wait for subscribers takes before it is told. */
const WAITING_TOLD_MS = 3000;

/**
 * Plays recorded nights over a ZeroMQ PUB socket, each event when it is due.
 *
 * @returns what happened, also if `signal` ended it early
 * @throws TcsReplayError
 */
export async function replay(options: ReplayOptions): Promise<ReplayOutcome> {
  return startReplay(options).outcome;
}

/**
 * Starts a replay, and returns a handle that controls it: pause, step, speed, seek.
 *
 * @throws TcsReplayError `BAD_OPTION`; all other errors reject the outcome
 */
export function startReplay(options: ReplayOptions): Playback;
/** @internal `nameOf`: what the user calls an option, for errors */
export function startReplay(
  options: ReplayOptions,
  nameOf: NameOf<keyof ReplayOptions>,
  additions?: ReplayAdditions,
): Playback;
export function startReplay(
  given: ReplayOptions,
  nameOf: NameOf<keyof ReplayOptions> = (option) => option,
  additions: ReplayAdditions = {},
): Playback {
  const options = withSafeCallbacks(given);
  const resolved = withRoutes(resolveOptions(options, nameOf), additions);
  const { relay } = resolved;
  const relayPace = relay && new RelayPace(relay.behindS, systemClock);
  const pacer = new Pacer(
    { ...resolved, ownPace: relayPace, ...additions },
    systemClock,
    new Waiter(systemClock, resolved),
  );
  const tally = new Tally(systemClock, pacer, {
    ...resolved,
    countsTopics: resolved.metrics !== undefined,
    watchesTopics: resolved.web !== undefined,
  });
  const { onNotice } = options;
  // A pace of its own has no silence, and ends with an event that is never due.
  const told = additions.ownPace === undefined ? onNotice : undefined;
  const notices = new PlanNotices({ ...resolved, onNotice: told, maxGapName: nameOf('maxGapS') });
  const highWaterMarkName = nameOf('highWaterMark');
  const blocking = new Blocking(tally, { ...resolved, onNotice, highWaterMarkName });
  const { renaming, routes } = resolved;
  const frames = renaming === undefined && routes.length === 1 ? undefined : new TopicFrames(renaming);
  const staysAtEnd = additions.isView === true;
  const player = new Player(pacer, tally, { ...resolved, frames, staysAtEnd }, notices, blocking);
  if (resolved.startPaused) player.pause();
  const pool = new DecoderPool(resolved.workers, {
    ...resolved,
    schemaOption: nameOf?.('schema'),
    onNotice: options.onNotice,
  });
  const control = resolved.control === undefined ? undefined : openControl(resolved.control, resolved.curve);
  const metrics =
    resolved.metrics === undefined
      ? undefined
      : serveMetrics(
          {
            tally,
            status: () => playback.status(),
            states: REPLAY_STATES,
            readAhead: () => playback.readAhead,
            lateAfterMs: resolved.lateAfterMs,
          },
          { address: resolved.metrics, optionName: nameOf('metrics'), onNotice },
          additions,
        );
  metrics?.catch(() => {}); // It rejects the outcome.
  const web =
    resolved.web === undefined
      ? undefined
      : serveWeb(
          { address: resolved.web, optionName: nameOf('web'), onNotice },
          () => ({ mode: additions.isView === true ? 'view' : 'play', playback, tally, archive }),
          options.onWeb,
        );
  web?.catch(() => {}); // It rejects the outcome.
  const archive = open(
    pool,
    { ...resolved, livePublishers: relay && relayPace && { ...relay, pace: relayPace } },
    options,
    [control, metrics, web],
  );
  const outcome = new Performance({
    player,
    tally,
    pacer,
    frames,
    standing: () => playback.standing,
    resolved,
    options,
    nameOf,
    additions,
  })
    .run(pool, archive)
    .finally(async () => (await metrics?.catch(() => undefined))?.close())
    .then(
      async (ended) => {
        await (await web)?.end(ended);
        return ended;
      },
      async (error: unknown) => {
        await (await web?.catch(() => undefined))?.end(undefined);
        throw error;
      },
    );
  const playback = new Playback({
    ...{ player, tally, archive, outcome, timezone: options.timezone },
    isRelay: relay !== undefined,
  });
  control?.then(
    (socket) => serveControl(socket, playback, options.onNotice),
    () => {}, // It rejects the outcome.
  );
  return playback;
}

async function open(
  pool: DecoderPool,
  resolved: ResolvedOptions & Pick<OpenSourcesOptions, 'livePublishers'>,
  options: ReplayOptions,
  sockets: readonly (Promise<unknown> | undefined)[],
): Promise<Archive> {
  options.signal?.throwIfAborted();
  // The sockets for control, metrics and the page open first: preparing databases can take minutes.
  for (const socket of sockets) await socket;
  return Archive.open(pool, { ...resolved, mayAssumeAscent: true }, options);
}

/** Opens the control socket. Its code is loaded only then. @throws TcsReplayError as `ControlSocket.open` */
async function openControl(...args: Parameters<typeof ControlSocket.open>): Promise<ControlSocket> {
  const loaded = await import('./control/control-socket.js');
  return loaded.ControlSocket.open(...args);
}

/** Serves the metrics of a replay. Its code is loaded only then. @throws TcsReplayError as `MetricsServer.open` */
async function serveMetrics(
  reading: ReplayReading,
  options: Omit<MetricsServerOptions, 'families'>,
  { metrics }: ReplayAdditions,
): Promise<MetricsServer> {
  const [{ MetricsServer }, { replayFamilies }, more = []] = await Promise.all([
    import('./metrics/metrics-server.js'),
    import('./metrics/replay-families.js'),
    metrics?.(),
  ]);
  return MetricsServer.open({ ...options, families: [...replayFamilies(reading), ...more] });
}

/** Serves the page in the browser. Its code is loaded only then. @throws TcsReplayError as `WebServer.open` */
async function serveWeb(
  options: Omit<WebServerOptions, 'replay'>,
  replay: () => ShownReplay,
  onWeb: ReplayOptions['onWeb'],
): Promise<WebServer> {
  const { WebServer } = await import('./web/web-server.js');
  const server = await WebServer.open({ ...options, replay: replay() });
  onWeb?.({ page: server.pageUrl, foxglove: server.foxgloveUrl });
  return server;
}

/** A view has no socket. */
function withRoutes(resolved: ResolvedOptions, { isView = false }: ReplayAdditions): ResolvedOptions {
  return isView ? { ...resolved, routes: [] } : resolved;
}

interface PerformanceParts {
  readonly player: Player;
  readonly tally: Tally;
  readonly pacer: Pacer;
  /** Undefined: topics are sent as they are recorded, over one socket. */
  readonly frames: TopicFrames | undefined;
  readonly standing: () => PlaybackStanding;
  readonly resolved: ResolvedOptions;
  readonly options: ReplayOptions;
  readonly nameOf: NameOf<keyof ReplayOptions>;
  readonly additions: ReplayAdditions;
}

/**
 * One replay, from opening to the outcome: recordings are found and opened, threads read and decode batches ahead, the
 * batches of several recordings are merged by time, and a player waits until each event is due, sends it and counts it.
 */
class Performance {
  private readonly _player: Player;
  private readonly _tally: Tally;
  private readonly _pacer: Pacer;
  private readonly _frames: TopicFrames | undefined;
  private readonly _standing: () => PlaybackStanding;
  private readonly _resolved: ResolvedOptions;
  private readonly _options: ReplayOptions;
  private readonly _nameOf: NameOf<keyof ReplayOptions>;
  private readonly _additions: ReplayAdditions;
  private _log: IntervalLog | undefined;
  private _ledger: LedgerWriter | undefined;
  private _reporting: NodeJS.Timeout | undefined;

  constructor(parts: PerformanceParts) {
    const { player, tally, pacer, frames, standing, resolved, options, nameOf, additions } = parts;
    this._player = player;
    this._tally = tally;
    this._pacer = pacer;
    this._frames = frames;
    this._standing = standing;
    this._resolved = resolved;
    this._options = options;
    this._nameOf = nameOf;
    this._additions = additions;
  }

  /** Closes the pool in the end, or as soon as the replay is stopped. */
  async run(pool: DecoderPool, opening: Promise<Archive>): Promise<ReplayOutcome> {
    const { signal } = this._options;
    const stop = () => this._player.stop('abort');
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
    closeOnAbort(pool, this._player.stopped);
    // So that the player does not wait for an event any more.
    const closeLive = () => void opening.then(({ live }) => live?.close()).catch(() => {});
    this._player.stopped.addEventListener('abort', closeLive);
    let outcome: ReplayOutcome;
    let writeFailures: readonly string[];
    try {
      outcome = this._tally.outcome(await this._playUntilStop(opening));
    } finally {
      signal?.removeEventListener('abort', stop);
      closeLive();
      writeFailures = await this._end(pool);
    }
    return { ...outcome, writeFailures };
  }

  /** After a stop, all failures are its consequences. */
  private async _playUntilStop(opening: Promise<Archive>): Promise<ReplayOutcome['endedBy']> {
    try {
      return await this._play(opening);
    } catch (error) {
      if (this._player.stoppedBy !== undefined) return this._player.stoppedBy;
      throw error;
    }
  }

  private async _play(opening: Promise<Archive>): Promise<ReplayOutcome['endedBy']> {
    const { hlog, ledger } = this._resolved;
    if (hlog !== undefined) {
      const { IntervalLog } = await import('./measure/interval-log.js');
      this._log = await IntervalLog.open(hlog, systemClock, this._nameOf('hlog'));
    }
    if (this._log !== undefined) this._additions.takeLog?.(this._log);
    if (ledger !== undefined) {
      const { LedgerWriter } = await import('./ledger/ledger-writer.js');
      this._ledger = await LedgerWriter.open(ledger, this._nameOf('ledger'));
    }
    // ZeroMQ is loaded while the first thread starts and opens the databases.
    const [archive, { PublisherGroup }] = await Promise.all([opening, import('./zmq/publisher-group.js')]);
    this._tally.begin(archive, this._log);
    const { onNotice } = this._options;
    const { routes, ...socketOptions } = this._resolved;
    const publishers = await PublisherGroup.open({
      ...socketOptions,
      routes: routes.map((route) => ({ ...route, wants: topicMatcher(route.topics) })),
      topicOf: (frame) => this._frames?.topicOf(frame) as string,
      onNotice,
    });
    this._tally.watch(publishers);
    const clock = await this._clockOn(publishers);
    const priority = this._resolved.priority ? await this._raisedPriority() : undefined;
    const followSpeed = () => {
      const { isFlatOut } = this._pacer;
      publishers.isFlatOut = isFlatOut;
      if (archive.readAhead !== undefined) archive.readAhead.mayRest = !isFlatOut;
      if (priority !== undefined) priority.isRaised = !isFlatOut;
    };
    followSpeed();
    this._pacer.onReplan(followSpeed);
    try {
      return await this._playTo(publishers, archive);
    } finally {
      await priority?.end();
      await this._additions.afterLast?.(publishers.first);
      clock?.end();
      this._tally.undelivered(await publishers.close());
    }
  }

  private async _clockOn(publishers: PublisherGroup): Promise<ClockTopic | undefined> {
    const { clockIntervalS, clockTopic, format } = this._resolved;
    if (clockIntervalS === undefined) return undefined;
    const loaded = await import('./playback/clock-topic.js');
    return new loaded.ClockTopic(
      { clockIntervalS, clockTopic, format },
      systemClock,
      this._standing,
      (parts) => publishers.sendAside(parts),
    );
  }

  private async _raisedPriority(): Promise<RaisedPriority> {
    const loaded = await import('./zmq/raised-priority.js');
    return new loaded.RaisedPriority(() =>
      this._options.onNotice?.(
        `${this._nameOf('priority')}: the system does not allow real-time priority, so the threads that send have a normal one. ` +
          'It takes Linux with chrt (util-linux), and root, CAP_SYS_NICE, or a limit of 1 on it (ulimit -r 1)',
      ),
    );
  }

  private async _playTo(publishers: PublisherGroup, archive: Archive): Promise<ReplayOutcome['endedBy']> {
    const { waitSetupS, delayS } = this._resolved;
    const { onProgress, onStart, onNotice } = this._options;
    const signal = this._player.stopped;
    const look = this._lookAt(archive);
    void this._planCuts(archive);
    // Reading begins before the waits, so that the first events are there when they end.
    const playable = (await this._additions.playableOf?.(archive)) ?? archive;
    const firstPass = playable.pass(this._resolved);
    await delay(1000 * waitSetupS, undefined, { signal });
    await subscribersOf(publishers, this._resolved, { signal, onNotice });
    await delay(1000 * delayS, undefined, { signal });
    await look;
    await this._additions.beforeFirst?.(publishers.first, signal);
    this._reporting =
      onProgress && setInterval(() => onProgress(this._tally.progress()), PROGRESS_INTERVAL_MS);
    archive.live?.begin();
    onStart?.({ addresses: publishers.addresses, subscribers: publishers.subscribers });
    return this._player.play(playable, this._sinkTo(publishers), firstPass);
  }

  private _sinkTo(publishers: PublisherGroup): Sink {
    const publisher = publishers.isOne ? publishers.first : publishers;
    const socket =
      this._resolved.onFull === 'block'
        ? { send: (parts: Part[]) => publisher.sendIfRoom(parts) }
        : publisher;
    const sink = this._additions.sinkOf?.(socket, this._pacer) ?? socket;
    return this._ledger === undefined ? sink : new LedgerSink(sink, this._ledger);
  }

  /** Tells what will surprise about the recordings. A replay does not depend on it: what fails here fails in reading too. */
  private async _lookAt({ recordings }: Archive): Promise<void> {
    const { onNotice } = this._options;
    if (onNotice === undefined || recordings.length === 0) return;
    const notices = await firstLook(recordings, this._resolved, this._nameOf).catch(() => []);
    if (this._player.stoppedBy === undefined) for (const notice of notices) onNotice(notice);
  }

  /** Finds the silences that will be cut, so that the time left is known. Without them it is not shown. */
  private async _planCuts(archive: Archive): Promise<void> {
    const { maxGapS, sortBy, rate } = this._resolved;
    const isCut = maxGapS > 0 && maxGapS < Number.POSITIVE_INFINITY && rate === undefined;
    // Sorted by data time, silences are found by that time, but cut by the due time.
    if (!isCut || archive.isMock || archive.followed !== undefined || sortBy === '__data_time') return;
    this._tally.planCuts(await archive.silences(maxGapS).catch(() => undefined));
  }

  /** @returns why files that were to be written are not complete */
  private async _end(pool: DecoderPool): Promise<string[]> {
    clearInterval(this._reporting);
    if (this._tally.hasPlayed) this._options.onProgress?.(this._tally.progress());
    await pool.close();
    this._tally.end();
    const failures: string[] = [];
    for (const file of [this._log, this._ledger]) {
      try {
        await file?.close();
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
    return failures;
  }
}

/** Waits until there are as many subscribers as `waitSubscribers` says. @throws TcsReplayError `NO_SUBSCRIBERS` */
async function subscribersOf(
  publishers: PublisherGroup,
  { waitSubscribers, waitTimeoutS }: ResolvedOptions,
  { signal, onNotice }: { signal: AbortSignal; onNotice: ReplayOptions['onNotice'] },
): Promise<void> {
  const addresses = publishers.addresses.join(', ');
  let told: number | undefined;
  // Told again whenever the number is another one.
  const telling = setInterval(() => {
    const { subscribers } = publishers;
    if (subscribers === told) return;
    told = subscribers;
    onNotice?.(
      `Waiting for subscribers: ${subscribers} of ${waitSubscribers} at ${addresses}; ` +
        `one to try: tcs-replay listen ${publishers.addresses.join(' ')}`,
    );
  }, WAITING_TOLD_MS);
  try {
    if (await publishers.waitForSubscribers(waitSubscribers, { timeoutMs: 1000 * waitTimeoutS, signal }))
      return;
  } finally {
    clearInterval(telling);
  }
  throw new TcsReplayError(
    'NO_SUBSCRIBERS',
    `Expected ${counted(waitSubscribers, 'subscriber')} within ${givenSpan(waitTimeoutS)}, found ` +
      `${publishers.subscribers} at ${addresses}: start them before, wait longer, or for fewer`,
  );
}
