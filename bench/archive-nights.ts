import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Index } from './archive-trial.js';
import { requireRoom } from './disk-room.js';
import { type Night, type NightOptions, nightPath, seededNight } from './night.js';
import { withoutIndex } from './unindexed-night.js';

export interface ArchiveNights {
  /** With an index; each ten times as large as the one before. */
  readonly sizes: readonly Night[];
  /** The largest, as it was asked for. */
  readonly largest: readonly { readonly index: Index; readonly night: Night }[];
}

/** Parts of the largest night that the nights have events. */
const SHARES = [1 / 100, 1 / 10, 1];
/** The fewest events of the largest night, so that the smallest has two. */
export const FEWEST_EVENTS = 200;

/** About: of a row in the event table, or in the attribute table with its entry in the index. */
const ROW_BYTES = 55;
/** Room for making the largest night: the file as generated, what SQLite needs to number its events, and the packed one. */
const MAKING_ROOM = 3;
/** Room besides the night: a copy without the index, and what ours may build to read it. */
const TRIALS_ROOM = 1.75;

/**
 * The nights of this scenario, made where they are not there yet.
 *
 * @throws Error where the disk has no room for them
 */
export async function archiveNights(
  indices: readonly Index[],
  options: NightOptions,
): Promise<ArchiveNights> {
  const { events, attributes } = options;
  const nightBytes = ROW_BYTES * (1 + attributes) * events;
  const path = nightPath(options);
  requireRoom(dirname(path), nightBytes * (existsSync(path) ? TRIALS_ROOM : MAKING_ROOM));
  const sizes: Night[] = [];
  for (const share of SHARES) {
    sizes.push(await seededNight({ ...options, events: Math.round(share * events) }));
    options.signal.throwIfAborted();
  }
  const indexed = sizes[sizes.length - 1];
  const largest: { index: Index; night: Night }[] = [];
  for (const index of indices) {
    largest.push({ index, night: index === 'index' ? indexed : await withoutIndex(indexed, options) });
  }
  return { sizes, largest };
}
