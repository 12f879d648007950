import { setTimeout as delay } from 'node:timers/promises';
import { Archive, type Pass } from './archive.js';
import { systemClock } from './clock.js';
import { DecoderPool } from './decoder-pool.js';
import { IntervalLog } from './measure/interval-log.js';
import { type ReplayOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { Pacer } from './pacer.js';
import { Publisher } from './publish.js';
import { type ReplayOutcome, Tally } from './tally.js';
import type { Run } from './timeline.js';
import { Waiter } from './wait.js';

const PROGRESS_INTERVAL_MS = 100;

/**
 * Plays recorded nights over a ZeroMQ PUB socket, each event at its moment.
 *
 * The story: threads read and decode batches ahead; those of several recordings are merged by time; each event waits
 * until it is due, has its times written, is sent, and is counted.
 *
 * @returns what happened, also when `signal` ended it early
 * @throws TcsReplayError
 */
export async function replay(options: ReplayOptions): Promise<ReplayOutcome> {
  const resolved = resolveOptions(options);
  const { signal, onProgress } = options;
  const log = resolved.hlog === undefined ? undefined : await IntervalLog.open(resolved.hlog, systemClock);
  const tally = new Tally(systemClock, resolved, log);
  const pool = new DecoderPool(resolved.workers, resolved);
  // What is being read or sorted is given up at once: it could take minutes.
  const giveUp = () => void pool.close();
  signal?.addEventListener('abort', giveUp);
  let reporting: NodeJS.Timeout | undefined;
  try {
    signal?.throwIfAborted();
    const archive = await Archive.open(pool, resolved, options);
    tally.recorded = {
      recordedFromS: archive.extent.firstS,
      recordedToS: archive.extent.lastS,
      unreadable: archive.unreadable,
    };
    for (const source of archive.sources) tally.damaged(source);
    const publisher = await Publisher.open(resolved);
    try {
      // Reading begins before the wait, so that the first events are there when it ends.
      const firstPass = archive.pass(resolved);
      await delay(1000 * resolved.waitSetupS, undefined, { signal });
      reporting = onProgress && setInterval(() => onProgress(tally.progress()), PROGRESS_INTERVAL_MS);
      const player = { archive, publisher, tally, options: resolved, signal };
      return tally.outcome(await play(firstPass, player));
    } finally {
      publisher.close();
    }
  } catch (error) {
    if (signal?.aborted === true) return tally.outcome('abort');
    throw error;
  } finally {
    clearInterval(reporting);
    if (tally.hasPlayed) onProgress?.(tally.progress());
    signal?.removeEventListener('abort', giveUp);
    await pool.close();
    tally.end();
    await log?.close();
  }
}

/** What a replay plays, and with what. */
interface Player {
  readonly archive: Archive;
  readonly publisher: Publisher;
  readonly tally: Tally;
  readonly options: ResolvedOptions;
  readonly signal: AbortSignal | undefined;
}

/** Plays all passes. @returns why it ended */
async function play(firstPass: Pass, player: Player): Promise<ReplayOutcome['endedBy']> {
  const { archive, tally, options, signal } = player;
  const pacer = new Pacer(options, systemClock, new Waiter(systemClock));
  for (let number = 1, pass = firstPass; ; number++, pass = archive.pass(options)) {
    pacer.reset();
    tally.beginPass(archive.lastTimeS);
    const ending = await playPass(pass, pacer, player);
    tally.gaps = pacer.gaps;
    if (ending !== 'end') return ending;
    if (number >= options.loop || !tally.hasPlayed) return 'end';
    await delay(1000 * options.loopDelayS, undefined, { signal });
  }
}

/** Sends the events, each at its moment, and before the first of them those of the past. */
async function playPass(pass: Pass, pacer: Pacer, player: Player): Promise<ReplayOutcome['endedBy']> {
  const { publisher, tally, options, signal } = player;
  const past = await pass.past;
  for await (const run of pass.timeline) {
    tally.beginRun(run);
    const { batch } = run;
    for (let i = run.first; i < run.end; i++) {
      const dueS = batch.dueS[i];
      if (past.length > 0 && !pacer.hasBegun) sendPast(past, dueS, pacer, player);
      if (pacer.mustWait(dueS)) {
        tally.waitFor(pacer.dueNs);
        await pacer.wait(signal);
        if (signal?.aborted === true) return 'abort';
        tally.waited();
      }
      const topic = batch.topicBytes[batch.topicIdOf(i)];
      const payload = pacer.stamp(batch, i);
      publisher.send([topic, payload]);
      const sizeBytes = topic.length + payload.length;
      tally.sent(run, i, sizeBytes, dueS, pacer.nowNs, pacer.dueNs);
      if (tally.sentEvents >= options.limit) return 'limit';
    }
    tally.endRun(run);
  }
  return 'end';
}

/** Sends what a subscriber would know already, at once, with times that lie before those of the first event. */
function sendPast(past: readonly Run[], firstDueS: number, pacer: Pacer, { publisher, tally }: Player): void {
  pacer.begin(firstDueS);
  for (const { batch, first } of past) {
    publisher.send([batch.topicBytes[batch.topicIdOf(first)], pacer.stampPast(batch, first)]);
    tally.primed();
  }
}
