import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { requireRoom } from '../disk-room.js';
import { type Night, type NightOptions, nightPath, seededNight } from '../night.js';
import { withoutIndex, withTextIds } from '../night-copy.js';

/** A night with the index on `attribute.event_id`, and the same night in other forms. */
export interface NightForms {
  readonly indexed: Night;
  readonly unindexed: Night;
  /** With texts for ids; undefined: it is not wanted. */
  readonly textIds: Night | undefined;
}

/** With this many, a million events take half a GB. */
export const ATTRIBUTES = 9;

/**
 * Approximate size of a row in the event table, or of one in the attribute table with its entry in the index.
 */
const ROW_BYTES = 55;
/**
 * Room needed to make a night, in sizes of a night: the generated file, what SQLite needs to number its
 * events, and the packed file.
 */
const MAKING_ROOM = 3;
/**
 * Room needed besides an existing night: copies without the index and with texts for ids, and what tcs-replay may build to read it.
 */
const TRIALS_ROOM = 3.5;

/** The nights of these sizes in their forms, made or found in the cache. @throws Error if the disk has no room for them */
export async function nightForms(
  sizes: readonly number[],
  hasTextIds: (events: number) => boolean,
  options: Omit<NightOptions, 'events' | 'attributes'>,
): Promise<ReadonlyMap<number, NightForms>> {
  const forms = new Map<number, NightForms>();
  for (const events of sizes) {
    const shape = { ...options, events, attributes: ATTRIBUTES };
    const path = nightPath(shape);
    const nightBytes = ROW_BYTES * (1 + ATTRIBUTES) * events;
    requireRoom(dirname(path), nightBytes * (existsSync(path) ? TRIALS_ROOM : MAKING_ROOM));
    const indexed = await seededNight(shape);
    options.signal.throwIfAborted();
    const unindexed = await withoutIndex(indexed, shape);
    const textIds = hasTextIds(events) ? await withTextIds(indexed, shape) : undefined;
    forms.set(events, { indexed, unindexed, textIds });
    options.signal.throwIfAborted();
  }
  return forms;
}
