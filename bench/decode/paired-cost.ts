import { performance } from 'node:perf_hooks';
import type { RecordingSource } from '../../src/sources/recording-source.js';
import type { SqliteReader } from './sqlite-reader.js';

/** Enough for hundreds of pairs, if the night has that many batches. */
const LONGEST_MS = 1000;

/**
 * The time that decoding takes, as a multiple of SQLite's own time for the same events. The two alternate
 * batch by batch in one thread, so that whatever slows the machine for milliseconds or minutes slows both.
 *
 * @param source from a pool without threads
 * @param reader of a night with the same events
 * @param warmUpEvents number of events before the measurement starts
 * @returns null if the night has no more events than that
 */
export async function pairedCost(
  source: RecordingSource,
  reader: Pick<SqliteReader, 'read'>,
  warmUpEvents: number,
): Promise<number | null> {
  let events = 0;
  let began: { readonly ms: number } | undefined;
  let endMs = 0;
  let sqliteMs = 0;
  for await (const { batch } of source.batches()) {
    const first = events + 1;
    events += batch.count;
    const beforeMs = performance.now();
    reader.read(first, events);
    endMs = performance.now();
    if (began !== undefined) sqliteMs += endMs - beforeMs;
    // From here on, the loop waits for every batch that is decoded.
    else if (events >= warmUpEvents) began = { ms: endMs };
    if (began !== undefined && endMs - began.ms > LONGEST_MS) break;
  }
  return began === undefined || sqliteMs === 0 ? null : (endMs - began.ms - sqliteMs) / sqliteMs;
}
