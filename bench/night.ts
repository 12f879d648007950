import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { generate } from '../src/generate/generate.js';
import { inCache } from './cache.js';

/** The attribute that numbers the events of a night from 1, so that a receiver sees what is missing. */
export const SEQUENCE_KEY = 'bench.number';
/** The attributes that make an event, and the number. */
export const FEWEST_ATTRIBUTES = 7;

const SEED = 1;
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
}

/** The night of these parameters: always the same one. It is made once, and kept in the cache. */
export async function seededNight({ events, attributes, signal, onMake }: NightOptions): Promise<Night> {
  const path = inCache(`night-v${VERSION}-seed${SEED}-${events}x${attributes}.db`);
  if (!existsSync(path)) {
    onMake(path);
    await make(path, events, attributes, signal);
  }
  return { path, events, attributes, sizeBytes: statSync(path).size };
}

async function make(path: string, events: number, attributes: number, signal: AbortSignal): Promise<void> {
  // Whoever makes the same night at the same time makes the same bytes: the last one stays.
  const rawPath = `${path}.raw-${process.pid}`;
  const partPath = `${path}.part-${process.pid}`;
  try {
    await generate({ path: rawPath, seed: SEED, events, attributes, signal, overwrite: true });
    const database = new SQLite(rawPath);
    try {
      numberEvents(database, events, attributes);
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
