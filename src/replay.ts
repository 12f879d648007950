import { setTimeout as delay } from 'node:timers/promises';
import { ChainSource } from './chain-source.js';
import { systemClock } from './clock.js';
import { DatabaseSource, databaseOptions } from './database-source.js';
import { DecoderPool } from './decoder-pool.js';
import { MockSource } from './mock-event.js';
import { type ReplayOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { Pacer } from './pacer.js';
import { Publisher } from './publish.js';
import type { PlacedBatch, Source } from './source.js';
import { type ReplayOutcome, Tally } from './tally.js';
import { Waiter } from './wait.js';

const PROGRESS_INTERVAL_MS = 100;

/**
 * Plays recorded nights over a ZeroMQ PUB socket, each event at its moment.
 *
 * The story: threads read and decode batches ahead; each event waits until it is due, has its times written, is sent,
 * and is counted.
 *
 * @returns what happened, also when `signal` ended it early
 * @throws TcsReplayError
 */
export async function replay(options: ReplayOptions): Promise<ReplayOutcome> {
  const resolved = resolveOptions(options);
  const { signal } = options;
  const tally = new Tally(systemClock, resolved.speedup);
  const pool = new DecoderPool(resolved.workers);
  // What is being read or sorted is given up at once: it could take minutes.
  const giveUp = () => void pool.close();
  signal?.addEventListener('abort', giveUp);
  try {
    signal?.throwIfAborted();
    const source = await openSource(pool, resolved);
    const publisher = await Publisher.open(resolved);
    try {
      // Reading begins before the wait, so that the first events are there when it ends.
      const batches = source.batches();
      await delay(1000 * resolved.waitSetupS, undefined, { signal });
      return tally.outcome(await play(source, batches, publisher, tally, resolved, options));
    } finally {
      publisher.close();
    }
  } catch (error) {
    if (signal?.aborted === true) return tally.outcome('abort');
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
    await pool.close();
  }
}

async function openSource(pool: DecoderPool, options: ResolvedOptions): Promise<Source> {
  if (options.databases.length === 0) return new MockSource(options.sleepS);
  const sources: Source[] = [];
  for (const path of options.databases) {
    sources.push(await DatabaseSource.open(pool, path, databaseOptions(options)));
  }
  return sources.length === 1 ? sources[0] : new ChainSource(sources);
}

/** Sends the events, each at its moment. @returns why it ended */
async function play(
  source: Source,
  firstPass: AsyncGenerator<PlacedBatch>,
  publisher: Publisher,
  tally: Tally,
  { speedup, times, limit, serveForever }: ResolvedOptions,
  { signal, onProgress }: ReplayOptions,
): Promise<ReplayOutcome['endedBy']> {
  const pacer = new Pacer(speedup, times, systemClock, new Waiter(systemClock));
  const report = onProgress && (() => onProgress(tally.progress()));
  const timer = report && setInterval(report, PROGRESS_INTERVAL_MS);
  try {
    for (let batches = firstPass; ; batches = source.batches()) {
      pacer.reset();
      tally.beginPass(source.lastTimeS);
      for await (const { batch, shareAtEnd } of batches) {
        tally.beginBatch(batch, shareAtEnd);
        const topics = batch.topics.map((topic) => Buffer.from(topic));
        for (let i = 0; i < batch.count; i++) {
          const dueS = batch.dueS[i];
          if (pacer.mustWait(dueS)) {
            tally.waitFor(pacer.dueNs);
            await pacer.wait(signal);
            if (signal?.aborted === true) return 'abort';
          }
          const topic = topics[batch.topicIdOf(i)];
          const payload = pacer.stamp(batch, i);
          publisher.send([topic, payload]);
          const sizeBytes = topic.length + payload.length;
          tally.sent(batch.skippedBefore(i), sizeBytes, dueS, pacer.nowNs, pacer.latenessNs);
          if (tally.sentEvents >= limit) return 'limit';
        }
        tally.endBatch(batch);
      }
      if (!serveForever || !tally.hasPlayed) return 'end';
    }
  } finally {
    clearInterval(timer);
    report?.();
  }
}
