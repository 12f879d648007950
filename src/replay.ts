import { setTimeout as delay } from 'node:timers/promises';
import { Archive } from './archive.js';
import { systemClock } from './clock.js';
import { DecoderPool } from './decoder-pool.js';
import { type ReplayOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { Pacer } from './pacer.js';
import { Publisher } from './publish.js';
import { type ReplayOutcome, Tally } from './tally.js';
import type { Timeline } from './timeline.js';
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
  const tally = new Tally(systemClock, resolved.speedup);
  const pool = new DecoderPool(resolved.workers);
  // What is being read or sorted is given up at once: it could take minutes.
  const giveUp = () => void pool.close();
  signal?.addEventListener('abort', giveUp);
  let reporting: NodeJS.Timeout | undefined;
  try {
    signal?.throwIfAborted();
    const archive = await Archive.open(pool, resolved);
    const publisher = await Publisher.open(resolved);
    try {
      // Reading begins before the wait, so that the first events are there when it ends.
      const timeline = archive.timeline();
      await delay(1000 * resolved.waitSetupS, undefined, { signal });
      reporting = onProgress && setInterval(() => onProgress(tally.progress()), PROGRESS_INTERVAL_MS);
      const player = { archive, publisher, tally, options: resolved, signal };
      return tally.outcome(await play(timeline, player));
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
async function play(firstPass: Timeline, player: Player): Promise<ReplayOutcome['endedBy']> {
  const { archive, tally, options, signal } = player;
  const pacer = new Pacer(options, systemClock, new Waiter(systemClock));
  for (let pass = 1, timeline = firstPass; ; pass++, timeline = archive.timeline()) {
    pacer.reset();
    tally.beginPass(archive.lastTimeS);
    const ending = await playPass(timeline, pacer, player);
    tally.gaps = pacer.gaps;
    if (ending !== 'end') return ending;
    if (pass >= options.loop || !tally.hasPlayed) return 'end';
    await delay(1000 * options.loopDelayS, undefined, { signal });
  }
}

/** Sends the events, each at its moment. */
async function playPass(
  timeline: Timeline,
  pacer: Pacer,
  { publisher, tally, options: { limit }, signal }: Player,
): Promise<ReplayOutcome['endedBy']> {
  for await (const run of timeline) {
    tally.beginRun(run);
    const { batch } = run;
    for (let i = run.first; i < run.end; i++) {
      const dueS = batch.dueS[i];
      if (pacer.mustWait(dueS)) {
        tally.waitFor(pacer.dueNs);
        await pacer.wait(signal);
        if (signal?.aborted === true) return 'abort';
      }
      const topic = batch.topicBytes[batch.topicIdOf(i)];
      const payload = pacer.stamp(batch, i);
      publisher.send([topic, payload]);
      const sizeBytes = topic.length + payload.length;
      tally.sent(batch.skippedBefore(i), sizeBytes, dueS, pacer.nowNs, pacer.latenessNs);
      if (tally.sentEvents >= limit) return 'limit';
    }
    tally.endRun(run);
  }
  return 'end';
}
