/**
 * Decodes a night with one worker, as fast as possible, and prints a `Decoded` as JSON. It uses the threads,
 * tasks and read-ahead of a replay, and sends nothing.
 */

import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Batch } from '../../src/batch/batch.js';
import type { EventReader } from '../../src/database/event-reader.js';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import { databaseOptions, RecordingSource } from '../../src/sources/recording-source.js';
import { digestOfBatches } from './content-digest.js';
import { pairedCost } from './paired-cost.js';
import { SqliteReader } from './sqlite-reader.js';

/** The figures of decoding a night. */
export interface Decoded extends Taken {
  /** All events, the warm-up included. */
  readonly allEvents: number;
  /** Digest of all events. */
  readonly digest: string;
  /** See `pairedCost`. */
  readonly toSqlite: number | null;
}

/** Figures of the time after the warm-up. */
export interface Taken {
  readonly events: number;
  /** Bytes of payloads. */
  readonly bytes: number;
  readonly seconds: number;
  /** CPU seconds of all threads, user and system. */
  readonly cpuS: number;
}

const { values } = parseArgs({
  options: {
    night: { type: 'string' },
    /** The same night with an index. */
    indexed: { type: 'string' },
    'warm-up': { type: 'string' },
    convert: { type: 'boolean', default: false },
    reader: { type: 'string' },
    /** File that runs as the decoding thread. Default: the one of a replay. */
    worker: { type: 'string' },
  },
});

async function decode(night: string, warmUpEvents: number): Promise<Omit<Decoded, 'toSqlite'>> {
  const { worker } = values;
  const options = optionsOf(night, 1);
  const workerFile = worker === undefined ? {} : { workerFile: pathToFileURL(worker) };
  const pool = new DecoderPool(options.workers, workerFile);
  try {
    const budget = new ReadAheadBudget(options.readAheadBytes);
    const source = await RecordingSource.open(pool, night, databaseOptions(options, budget));
    const batches: Batch[] = [];
    let events = 0;
    let warm: { count: number; ms: number; cpu: NodeJS.CpuUsage } | undefined;
    // Keep all batches: the digest is made after the clock has stopped.
    for await (const { batch } of source.batches()) {
      batches.push(batch);
      events += batch.count;
      if (events >= warmUpEvents) {
        warm ??= { count: batches.length, ms: performance.now(), cpu: process.cpuUsage() };
      }
    }
    if (warm === undefined) throw new Error(`Expected more than ${warmUpEvents} events, got ${events}`);
    const seconds = (performance.now() - warm.ms) / 1000;
    const { user, system } = process.cpuUsage(warm.cpu);
    const measured = batches.slice(warm.count);
    const sum = (of: (batch: Batch) => number) => measured.reduce((total, batch) => total + of(batch), 0);
    return {
      events: sum(({ count }) => count),
      bytes: sum(({ payloads }) => payloads.length),
      ...{ seconds, cpuS: (user + system) / 1e6, allEvents: events, digest: digestOfBatches(batches) },
    };
  } finally {
    await pool.close();
  }
}

/** Decodes in the main thread, alternating with SQLite alone. */
async function compareWithSqlite(
  night: string,
  indexed: string,
  warmUpEvents: number,
): Promise<number | null> {
  const options = optionsOf(night, 0);
  const pool = new DecoderPool(options.workers);
  const reader = new SqliteReader(indexed);
  try {
    const budget = new ReadAheadBudget(options.readAheadBytes);
    const source = await RecordingSource.open(pool, night, databaseOptions(options, budget));
    return await pairedCost(source, reader, warmUpEvents);
  } finally {
    reader.close();
    await pool.close();
  }
}

function optionsOf(night: string, workers: number) {
  const { convert, reader } = values;
  return resolveOptions({
    ...{ databases: [night], speedup: 'max', workers },
    ...{ convertNumber: convert, convertBool: convert, reader: reader as EventReader },
  });
}

const [night, indexed, warmUpEvents] = [values.night, values.indexed, Number(values['warm-up'])];
const decoded = await decode(String(night), warmUpEvents);
const toSqlite = await compareWithSqlite(String(night), String(indexed), warmUpEvents);
process.stdout.write(JSON.stringify({ ...decoded, toSqlite } satisfies Decoded));
