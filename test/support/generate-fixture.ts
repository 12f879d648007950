import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { type GenerateOptions, generate } from '../../src/generate/generate.js';

/** An event as it stands in a database. */
export interface StoredEvent {
  readonly eventId: number;
  readonly topic: string;
  readonly dataTimeS: number;
  readonly keys: readonly string[];
  readonly values: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, string>;
}

/** A folder that lasts as long as the test. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tcs-replay-generate-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** By their options: the same options give the same events. */
const generated = new Map<string, readonly StoredEvent[]>();

/** Generates a recording and reads it back, in the order of its events; once for all tests of a file. */
export async function generateEvents(
  context: TestContext,
  options: Omit<GenerateOptions, 'path'>,
): Promise<readonly StoredEvent[]> {
  const key = JSON.stringify(options);
  const known = generated.get(key);
  if (known !== undefined) return known;
  const path = join(temporaryFolder(context), 'night.db');
  await generate({ ...options, path });
  const events = readEvents(path);
  generated.set(key, events);
  return events;
}

function readEvents(path: string): StoredEvent[] {
  const db = new Database(path, { readonly: true });
  const attributesOf = db.prepare('SELECT * FROM attribute WHERE event_id = ? ORDER BY rowid');
  const events = (db.prepare('SELECT * FROM event ORDER BY event_id').all() as EventRow[]).map((event) => {
    const rows = attributesOf.all(event.event_id) as AttributeRow[];
    return {
      eventId: event.event_id,
      topic: event.topic,
      dataTimeS: event.data_time,
      keys: rows.map(({ key }) => key),
      values: new Map(rows.map(({ key, value }) => [key, value])),
      types: new Map(rows.map(({ key, data_type }) => [key, data_type])),
    };
  });
  db.close();
  return events;
}

interface EventRow {
  event_id: number;
  topic: string;
  data_time: number;
}

interface AttributeRow {
  key: string;
  value: string;
  data_type: string;
}
