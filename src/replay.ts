import { setTimeout as delay } from 'node:timers/promises';
import { serveControl } from './control/control-server.js';
import { ControlSocket } from './control/control-socket.js';
import { IntervalLog } from './measure/interval-log.js';
import type { ReplayOutcome } from './measure/outcome.js';
import { Tally } from './measure/tally.js';
import type { ReplayOptions } from './options/replay-options.js';
import { type ResolvedOptions, resolveOptions } from './options/resolve-options.js';
import { Pacer } from './pacing/pacer.js';
import { Waiter } from './pacing/waiter.js';
import { PlanNotices } from './playback/plan-notices.js';
import { Playback } from './playback/playback.js';
import { Player } from './playback/player.js';
import { closeOnAbort } from './prepare/close-on-abort.js';
import { DecoderPool } from './prepare/decoder-pool.js';
import { PROGRESS_INTERVAL_MS, systemClock } from './shared/clock.js';
import { TcsReplayError } from './shared/errors.js';
import type { NameOf } from './shared/expect.js';
import { Archive } from './timeline/archive.js';
import { Publisher } from './zmq/publisher.js';

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
export function startReplay(options: ReplayOptions, nameOf: NameOf<keyof ReplayOptions>): Playback;
export function startReplay(
  options: ReplayOptions,
  nameOf: NameOf<keyof ReplayOptions> = (option) => option,
): Playback {
  const resolved = resolveOptions(options, nameOf);
  const pacer = new Pacer(resolved, systemClock, new Waiter(systemClock, resolved));
  const tally = new Tally(systemClock, pacer, resolved);
  const { onNotice } = options;
  const notices = new PlanNotices({ ...resolved, onNotice, maxGapName: nameOf('maxGapS') });
  const player = new Player(pacer, tally, resolved, notices);
  if (resolved.startPaused) player.pause();
  const pool = new DecoderPool(resolved.workers, resolved);
  const control =
    resolved.control === undefined ? undefined : ControlSocket.open(resolved.control, resolved.curve);
  const archive = open(pool, resolved, options, control);
  const outcome = new Performance(player, tally, resolved, options).run(pool, archive);
  const playback = new Playback({ player, tally, archive, outcome, timezone: options.timezone });
  control?.then(
    (socket) => serveControl(socket, playback, options.onNotice),
    () => {}, // It rejects the outcome.
  );
  return playback;
}

async function open(
  pool: DecoderPool,
  resolved: ResolvedOptions,
  options: ReplayOptions,
  control: Promise<ControlSocket> | undefined,
): Promise<Archive> {
  options.signal?.throwIfAborted();
  // The control socket opens first: preparing databases can take minutes.
  await control;
  return Archive.open(pool, resolved, options);
}

/**
 * One replay, from opening to the outcome: recordings are found and opened, threads read and decode batches ahead, the
 * batches of several recordings are merged by time, and a player waits until each event is due, sends it and counts it.
 */
class Performance {
  private readonly _player: Player;
  private readonly _tally: Tally;
  private readonly _resolved: ResolvedOptions;
  private readonly _options: ReplayOptions;
  private _log: IntervalLog | undefined;
  private _reporting: NodeJS.Timeout | undefined;

  constructor(player: Player, tally: Tally, resolved: ResolvedOptions, options: ReplayOptions) {
    this._player = player;
    this._tally = tally;
    this._resolved = resolved;
    this._options = options;
  }

  /** Closes the pool in the end, or as soon as the replay is stopped. */
  async run(pool: DecoderPool, opening: Promise<Archive>): Promise<ReplayOutcome> {
    const { signal } = this._options;
    const stop = () => this._player.stop('abort');
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
    closeOnAbort(pool, this._player.stopped);
    try {
      return this._tally.outcome(await this._play(opening));
    } catch (error) {
      // After a stop, all failures are its consequences.
      if (this._player.stoppedBy !== undefined) return this._tally.outcome(this._player.stoppedBy);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      await this._end(pool);
    }
  }

  private async _play(opening: Promise<Archive>): Promise<ReplayOutcome['endedBy']> {
    const { hlog } = this._resolved;
    if (hlog !== undefined) this._log = await IntervalLog.open(hlog, systemClock);
    const archive = await opening;
    this._tally.begin(archive, this._log);
    const publisher = await Publisher.open(this._resolved);
    this._tally.watch(publisher);
    try {
      return await this._playTo(publisher, archive);
    } finally {
      this._tally.undelivered(await publisher.close());
    }
  }

  private async _playTo(publisher: Publisher, archive: Archive): Promise<ReplayOutcome['endedBy']> {
    const { waitSetupS, delayS } = this._resolved;
    const signal = this._player.stopped;
    // Reading begins before the waits, so that the first events are there when they end.
    const firstPass = archive.pass(this._resolved);
    await delay(1000 * waitSetupS, undefined, { signal });
    await subscribersOf(publisher, this._resolved, signal);
    await delay(1000 * delayS, undefined, { signal });
    const { onProgress } = this._options;
    this._reporting =
      onProgress && setInterval(() => onProgress(this._tally.progress()), PROGRESS_INTERVAL_MS);
    return this._player.play(archive, publisher, firstPass);
  }

  private async _end(pool: DecoderPool): Promise<void> {
    clearInterval(this._reporting);
    if (this._tally.hasPlayed) this._options.onProgress?.(this._tally.progress());
    await pool.close();
    this._tally.end();
    await this._log?.close();
  }
}

/** Waits until there are as many subscribers as `waitSubscribers` says. @throws TcsReplayError `NO_SUBSCRIBERS` */
async function subscribersOf(
  publisher: Publisher,
  { waitSubscribers, waitTimeoutS }: ResolvedOptions,
  signal: AbortSignal,
): Promise<void> {
  if (await publisher.waitForSubscribers(waitSubscribers, { timeoutMs: 1000 * waitTimeoutS, signal })) return;
  throw new TcsReplayError(
    'NO_SUBSCRIBERS',
    `Expected ${waitSubscribers} subscribers within ${waitTimeoutS} s, found ${publisher.subscribers}: ` +
      'start them before, wait longer, or for fewer',
  );
}
