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
  const pool = new DecoderPool(resolved.workers);
  try {
    const source = await openSource(pool, resolved);
    try {
      const publisher = await Publisher.open(resolved);
      try {
        // Reading begins before the wait, so that the first events are there when it ends.
        const batches = source.batches();
        await delay(1000 * resolved.waitSetupS, undefined, { signal }).catch(ignoreAbort);
        return await play(source, batches, publisher, resolved, options);
      } finally {
        publisher.close();
      }
    } finally {
      await source.close();
    }
  } finally {
    await pool.close();
  }
}

async function openSource(pool: DecoderPool, options: ResolvedOptions): Promise<Source> {
  if (options.databases.length === 0) return new MockSource(options.sleepS);
  const sources: Source[] = [];
  try {
    for (const path of options.databases) {
      sources.push(await DatabaseSource.open(pool, path, databaseOptions(options)));
    }
  } catch (error) {
    for (const source of sources) await source.close();
    throw error;
  }
  return sources.length === 1 ? sources[0] : new ChainSource(sources);
}

async function play(
  source: Source,
  firstPass: AsyncGenerator<PlacedBatch>,
  publisher: Publisher,
  { speedup, times, limit, serveForever }: ResolvedOptions,
  { signal, onProgress }: ReplayOptions,
): Promise<ReplayOutcome> {
  const pacer = new Pacer(speedup, times, systemClock, new Waiter(systemClock));
  const tally = new Tally(systemClock, source.lastTimeS, speedup);
  const timer =
    onProgress === undefined
      ? undefined
      : setInterval(() => onProgress(tally.progress()), PROGRESS_INTERVAL_MS);
  const isAborted = () => signal?.aborted === true;

  try {
    for (let batches = firstPass; ; batches = source.batches()) {
      pacer.reset();
      tally.beginPass();
      for await (const { batch, shareAtEnd } of batches) {
        if (isAborted()) return tally.outcome('abort');
        tally.beginBatch(batch, shareAtEnd);
        const topics = batch.topics.map((topic) => Buffer.from(topic));
        for (let i = 0; i < batch.count; i++) {
          const dueS = batch.dueS[i];
          if (pacer.mustWait(dueS)) {
            tally.waitFor(pacer.dueNs);
            await pacer.wait(signal);
            if (isAborted()) return tally.outcome('abort');
          }
          const topic = topics[batch.topicIdOf(i)];
          const payload = pacer.stamp(batch, i);
          publisher.send([topic, payload]);
          tally.sent(
            batch.skippedBefore(i),
            topic.length + payload.length,
            dueS,
            pacer.nowNs,
            pacer.latenessNs,
          );
          if (tally.sentEvents >= limit) return tally.outcome('limit');
        }
        tally.endBatch(batch);
      }
      if (isAborted()) return tally.outcome('abort');
      if (!serveForever || !tally.hasPlayed) return tally.outcome('end');
    }
  } finally {
    clearInterval(timer);
    onProgress?.(tally.progress());
  }
}

function ignoreAbort(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}
