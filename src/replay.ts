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
import { Playback } from './playback/playback.js';
import { Player } from './playback/player.js';
import { DecoderPool } from './prepare/decoder-pool.js';
import { systemClock } from './shared/clock.js';
import { TcsReplayError } from './shared/errors.js';
import { Archive } from './timeline/archive.js';
import { Publisher } from './zmq/publisher.js';

const PROGRESS_INTERVAL_MS = 100;

/**
 * Plays recorded nights over a ZeroMQ PUB socket, each event at its moment.
 *
 * @returns what happened, also when `signal` ended it early
 * @throws TcsReplayError
 */
export async function replay(options: ReplayOptions): Promise<ReplayOutcome> {
  return startReplay(options).outcome;
}

/**
 * As `replay`, with a handle to drive it by while it plays: pause, step, change of speed, jumps.
 *
 * @throws TcsReplayError `BAD_OPTION`; all else rejects the outcome
 */
export function startReplay(options: ReplayOptions): Playback {
  const resolved = resolveOptions(options);
  const pacer = new Pacer(resolved, systemClock, new Waiter(systemClock, resolved));
  const tally = new Tally(systemClock, pacer, resolved);
  const player = new Player(pacer, tally, resolved);
  if (resolved.startPaused) player.pause();
  const pool = new DecoderPool(resolved.workers, resolved);
  const control =
    resolved.control === undefined ? undefined : ControlSocket.open(resolved.control, resolved.curve);
  const archive = open(pool, resolved, options, control);
  const outcome = perform({ player, tally, pool, archive, resolved, options });
  const playback = new Playback({ player, tally, archive, outcome, timezone: options.timezone });
  control?.then(
    (socket) => serveControl(socket, playback, options.onNotice),
    () => {}, // The outcome says so.
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
  // Whoever asks while databases are opened, which can take minutes, is answered.
  await control;
  return Archive.open(pool, resolved, options);
}

interface Performance {
  readonly player: Player;
  readonly tally: Tally;
  readonly pool: DecoderPool;
  readonly archive: Promise<Archive>;
  readonly resolved: ResolvedOptions;
  readonly options: ReplayOptions;
}

/**
 * The story: recordings are found and opened, threads read and decode batches ahead, those of several recordings are merged
 * by time, and a player has each event wait until it is due, sends it, and has it counted.
 */
async function perform({
  player,
  tally,
  pool,
  archive: opening,
  resolved,
  options,
}: Performance): Promise<ReplayOutcome> {
  const { signal, onProgress } = options;
  const { stopped } = player;
  const stop = () => player.stop('abort');
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop);
  // What is being read or sorted is given up at once: it could take minutes.
  const giveUp = () => void pool.close();
  stopped.addEventListener('abort', giveUp);
  let log: IntervalLog | undefined;
  let reporting: NodeJS.Timeout | undefined;
  try {
    if (resolved.hlog !== undefined) log = await IntervalLog.open(resolved.hlog, systemClock);
    const archive = await opening;
    tally.begin(archive, log);
    const publisher = await Publisher.open(resolved);
    tally.watch(publisher);
    let endedBy: ReplayOutcome['endedBy'];
    try {
      // Reading begins before the waits, so that the first events are there when they end.
      const firstPass = archive.pass(resolved);
      await delay(1000 * resolved.waitSetupS, undefined, { signal: stopped });
      await subscribersOf(publisher, resolved, stopped);
      await delay(1000 * resolved.delayS, undefined, { signal: stopped });
      reporting = onProgress && setInterval(() => onProgress(tally.progress()), PROGRESS_INTERVAL_MS);
      endedBy = await player.play(archive, publisher, firstPass);
    } finally {
      tally.undelivered(await publisher.close());
    }
    return tally.outcome(endedBy);
  } catch (error) {
    // Whatever fails once it was told to stop fails because of that.
    if (player.stoppedBy !== undefined) return tally.outcome(player.stoppedBy);
    throw error;
  } finally {
    clearInterval(reporting);
    if (tally.hasPlayed) onProgress?.(tally.progress());
    signal?.removeEventListener('abort', stop);
    await pool.close();
    tally.end();
    await log?.close();
  }
}

/** Waits until there are as many subscribers as were asked for. @throws TcsReplayError `NO_SUBSCRIBERS` */
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
