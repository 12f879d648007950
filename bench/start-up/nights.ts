import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { requireRoom } from '../disk-room.js';
import { type Night, type NightOptions, nightPath, seededNight } from '../night.js';
import { withoutIndex } from '../unindexed-night.js';

/** A night with the index on `attribute.event_id`, and the same one without. */
export interface NightPair {
  readonly indexed: Night;
  readonly unindexed: Night;
}

/** With these, a million events make half a GB. */
export const ATTRIBUTES = 9;

/** About: of a row in the event table, or in the attribute table with its entry in the index. */
const ROW_BYTES = 55;
/** Room for making a night: the file as generated, what SQLite needs to number its events, and the packed one. */
const MAKING_ROOM = 3;
/** Room besides the night: a copy without the index, and what ours may build to read it. */
const TRIALS_ROOM = 1.75;

/**
 * Nights of these numbers of events, made where they are not there yet.
 *
 * @throws Error where the disk has no room for them
 */
export async function nightPairs(
  sizes: readonly number[],
  options: Omit<NightOptions, 'events' | 'attributes'>,
): Promise<ReadonlyMap<number, NightPair>> {
  const pairs = new Map<number, NightPair>();
  for (const events of sizes) {
    const shape = { ...options, events, attributes: ATTRIBUTES };
    const path = nightPath(shape);
    const nightBytes = ROW_BYTES * (1 + ATTRIBUTES) * events;
    requireRoom(dirname(path), nightBytes * (existsSync(path) ? TRIALS_ROOM : MAKING_ROOM));
    const indexed = await seededNight(shape);
    options.signal.throwIfAborted();
    pairs.set(events, { indexed, unindexed: await withoutIndex(indexed, shape) });
    options.signal.throwIfAborted();
  }
  return pairs;
}
