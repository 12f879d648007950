import { performance } from 'node:perf_hooks';
import type { DatabaseSource } from '../../src/sources/database-source.js';
import type { SqliteLook } from './sqlite-look.js';

/** Enough for hundreds of pairs, where there are so many. */
const LONGEST_MS = 1000;

/**
 * How many times as long decoding takes as SQLite alone does for the same events. Batch by batch they take turns, in one
 * thread: whatever makes the machine slower for some milliseconds or some minutes makes both slower.
 *
 * @param source of a pool without threads
 * @param look at a night with the same events
 * @param warmUpEvents come before it is measured
 * @returns null where there are not more events than these
 */
export async function pairedCost(
  source: DatabaseSource,
  look: Pick<SqliteLook, 'at'>,
  warmUpEvents: number,
): Promise<number | null> {
  let events = 0;
  let began: { readonly ms: number } | undefined;
  let endMs = 0;
  let lookMs = 0;
  for await (const { batch } of source.batches()) {
    const first = events + 1;
    events += batch.count;
    const beforeMs = performance.now();
    look.at(first, events);
    endMs = performance.now();
    if (began !== undefined) lookMs += endMs - beforeMs;
    // All that is decoded from then on is waited for above.
    else if (events >= warmUpEvents) began = { ms: endMs };
    if (began !== undefined && endMs - began.ms > LONGEST_MS) break;
  }
  return began === undefined || lookMs === 0 ? null : (endMs - began.ms - lookMs) / lookMs;
}
