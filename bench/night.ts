import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { type GenerateProgress, generate } from '../src/generate/generate.js';
import * as text from '../src/shared/text.js';
import { inCache } from './cache.js';

/** The attribute that numbers the events of a night from 1, so that a receiver sees what is missing. */
export const SEQUENCE_KEY = 'bench.number';
/** The attributes that make an event, and the number. */
export const FEWEST_ATTRIBUTES = 7;

/** Of what chance decides in nights. */
export const SEED = 1;
/** To be raised when the same parameters make another night. */
const VERSION = 1;

/** A database to be replayed. */
export interface Night {
  readonly path: string;
  readonly events: number;
  /** Of each event. */
  readonly attributes: number;
  readonly sizeBytes: number;
}

export interface NightOptions {
  readonly events: number;
  /** Of each event, its number included: 7 or more. */
  readonly attributes: number;
  readonly signal: AbortSignal;
  /** Is called when the night is not there yet, and making it takes a while. */
  readonly onMake: (path: string) => void;
  /** Is told how far the making is. */
  readonly onStep?: (step: string) => void;
}

/** Where the night of these parameters is kept. */
export function nightPath({ events, attributes }: Pick<NightOptions, 'events' | 'attributes'>): string {
  return inCache(`night-v${VERSION}-seed${SEED}-${events}x${attributes}.db`);
}

/** The night of these parameters: always the same one. It is made once, and kept in the cache. */
export function seededNight(options: NightOptions): Promise<Night> {
  return keptNight(nightPath(options), options, () => {});
}

/**
 * A night that is made once, and kept at `path`.
 *
 * @param change what is done to its database before it is packed; always the same
 */
export async function keptNight(
  path: string,
  options: NightOptions,
  change: (database: SQLite.Database) => void,
): Promise<Night> {
  const { events, attributes, onMake } = options;
  if (!existsSync(path)) {
    onMake(path);
    await make(path, options, change);
  }
  return { path, events, attributes, sizeBytes: statSync(path).size };
}

async function make(
  path: string,
  { events, attributes, signal, onStep }: NightOptions,
  change: (database: SQLite.Database) => void,
): Promise<void> {
  // Whoever makes the same night at the same time makes the same bytes: the last one stays.
  const rawPath = `${path}.raw-${process.pid}`;
  const partPath = `${path}.part-${process.pid}`;
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
      // In order again, and without the room that the changed rows have left.
      database.prepare('VACUUM INTO ?').run(partPath);
    } finally {
      database.close();
    }
    renameSync(partPath, path);
  } finally {
    for (const rest of [rawPath, `${rawPath}-journal`, partPath]) rmSync(rest, { force: true });
  }
}

/** Turns the last attribute of each event into its number: an attribute more would not lie beside the others. */
function numberEvents(database: SQLite.Database, events: number, attributes: number): void {
  const { changes } = database
    .prepare(
      `UPDATE attribute SET key = ?, value = CAST(event_id AS TEXT), data_type = 'number'
       WHERE rowid % ${attributes} = 0 AND rowid = event_id * ${attributes}`,
    )
    .run(SEQUENCE_KEY);
  if (changes !== events) throw new Error(`Expected to number ${events} events, numbered ${changes}`);
}

/** Tells of each tenth of the events. */
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
