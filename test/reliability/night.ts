import { join } from 'node:path';
import Database from 'better-sqlite3';
import { generate } from '../../src/generate/generate.js';
import type { Random } from '../../src/generate/random.js';

/** An event as the reference sends it with the times as they were recorded. */
export interface ExpectedEvent {
  readonly topic: string;
  /** Keys in the order of their rows, the last value of each, all as texts. */
  readonly payload: Readonly<Record<string, string>>;
}

export interface Night {
  readonly path: string;
  /** In the order of the event table. */
  readonly events: readonly ExpectedEvent[];
}

/** Generates a night of random size, and reads it in the plainest way: one statement for each event. */
export async function makeNight(random: Random, folder: string, mostEvents = 3000): Promise<Night> {
  const path = join(folder, 'night.db');
  await generate({
    path,
    events: 200 + random.below(mostEvents - 200),
    durationS: 60 + random.below(600),
    topics: 1 + random.below(60),
    attributes: 6 + random.below(20),
    seed: random.below(2 ** 31),
  });
  return { path, events: readEvents(path) };
}

/** Drops the indexes of a night: a replay then makes one in the cache. */
export function dropIndexes(path: string): void {
  const db = new Database(path);
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").pluck();
  for (const name of names.all() as string[]) db.exec(`DROP INDEX "${name}"`);
  db.close();
}

function readEvents(path: string): ExpectedEvent[] {
  const db = new Database(path, { readonly: true });
  try {
    const events = db.prepare('SELECT event_id, topic FROM event ORDER BY rowid').raw().all();
    const attributes = db
      .prepare('SELECT key, CAST(value AS TEXT) FROM attribute WHERE event_id = ? ORDER BY rowid')
      .raw();
    return (events as [number, string][]).map(([id, topic]) => ({
      topic,
      payload: Object.fromEntries(attributes.all(id) as [string, string][]),
    }));
  } finally {
    db.close();
  }
}
