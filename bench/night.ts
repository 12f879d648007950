import { rmSync, statSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { type GenerateProgress, generate } from '../src/generate/generate.js';
import * as text from '../src/shared/text.js';
import { inCache } from './cache.js';
import { madeOnce } from './made-once.js';

/** Attribute that numbers a night's events from 1, so that a receiver can tell which ones are missing. */
export const SEQUENCE_KEY = 'bench.number';
/** The attributes that `generate` always gives an event, and its number. */
export const FEWEST_ATTRIBUTES = 7;

/** Seed of everything random in these nights. */
export const SEED = 1;
/** Raise this when the same parameters produce another night. */
const VERSION = 1;

/** A database to replay. */
export interface Night {
  readonly path: string;
  readonly events: number;
  /** Attributes of each event. */
  readonly attributes: number;
  readonly sizeBytes: number;
}

export interface NightOptions {
  readonly events: number;
  /** Attributes of each event, its number included: 7 or more. */
  readonly attributes: number;
  readonly signal: AbortSignal;
  /** Called before a missing night is made, which can take a while. */
  readonly onMake: (path: string) => void;
  /** Called with the progress of making a night. */
  readonly onStep?: (step: string) => void;
}

/** The path at which the night of these parameters is kept. */
export function nightPath({ events, attributes }: Pick<NightOptions, 'events' | 'attributes'>): string {
  return inCache(`night-v${VERSION}-seed${SEED}-${events}x${attributes}.db`);
}

/** The night of these parameters. It is deterministic, made once, and kept in the cache. */
export function seededNight(options: NightOptions): Promise<Night> {
  return keptNight(nightPath(options), options, () => {});
}

/**
 * A night that is made once and kept at `path`.
 *
 * @param change changes the generated database before it is packed; must be deterministic
 */
export async function keptNight(
  path: string,
  options: NightOptions,
  change: (database: SQLite.Database) => void,
): Promise<Night> {
  const { events, attributes, onMake } = options;
  await madeOnce(path, async (partPath) => {
    onMake(path);
    await make(partPath, options, change);
  });
  return { path, events, attributes, sizeBytes: statSync(path).size };
}

async function make(
  path: string,
  { events, attributes, signal, onStep }: NightOptions,
  change: (database: SQLite.Database) => void,
): Promise<void> {
  const rawPath = `${path}.raw`;
  try {
    await generate({
      ...{ path: rawPath, seed: SEED, events, attributes, signal, overwrite: true },
      onProgress: onStep && tenths(events, onStep),
    });
    const database = new SQLite(rawPath);
    try {
      onStep?.('numbering the events');
      numberEvents(database, events, attributes);
      change(database);
      onStep?.('packing the file');
      // Packing restores the order of pages and frees the room that changed rows left behind.
      database.prepare('VACUUM INTO ?').run(path);
    } finally {
      database.close();
    }
  } finally {
    for (const rest of [rawPath, `${rawPath}-journal`]) rmSync(rest, { force: true });
  }
}

/**
 * Replaces the last attribute of each event by the event's number. An additional row would not lie beside the
 * event's others.
 */
function numberEvents(database: SQLite.Database, events: number, attributes: number): void {
  const { changes } = database
    .prepare(
      `UPDATE attribute SET key = ?, value = CAST(event_id AS TEXT), data_type = 'number'
       WHERE rowid % ${attributes} = 0 AND rowid = event_id * ${attributes}`,
    )
    .run(SEQUENCE_KEY);
  if (changes !== events) throw new Error(`Expected to number ${events} events, numbered ${changes}`);
}

/** A progress callback that reports each tenth of the events once. */
export function tenths(
  total: number,
  onStep: (step: string) => void,
): (progress: Pick<GenerateProgress, 'events'>) => void {
  let told = 0;
  return ({ events }) => {
    const done = Math.floor((10 * events) / total);
    if (done === told) return;
    told = done;
    onStep(`${10 * done} % of ${text.count(total)} events`);
  };
}
