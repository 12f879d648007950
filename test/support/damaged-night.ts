import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SqlitePages } from './sqlite-pages.js';
import { createDatabase } from './stored-event.js';

export interface NightShape {
  readonly name: string;
  readonly pageSize: number;
  readonly events: number;
  /** From one row id to the next. */
  readonly rowStep?: bigint;
  readonly index?: boolean;
  readonly textIds?: boolean;
  /** Length of a value that some events have. */
  readonly longValue?: number;
}

/** An event of a sound night, and the pages that hold it. */
export interface NightEvent {
  readonly row: bigint;
  readonly payload: string;
  readonly wireTime: number;
  /** Pages of the event table, and of the attribute table, without those of an index. */
  readonly pages: ReadonlySet<number>;
}

export interface Night {
  readonly shape: NightShape;
  readonly bytes: Buffer;
  readonly pageSize: number;
  readonly events: readonly NightEvent[];
  /** Pages that only hold a part of a long value, which nothing tells from zeros. */
  readonly overflowPages: ReadonlySet<number>;
  /** Root pages by name. */
  readonly roots: ReadonlyMap<string, number>;
}

/** Writes a small night, and finds out where its events lie. Times are those of the events in another order. */
export function makeNight(folder: string, shape: NightShape): Night {
  const { pageSize, rowStep = 1n, index = true, textIds = false, longValue = 0 } = shape;
  const path = join(folder, `${shape.name.replaceAll(' ', '-')}.db`);
  const db = createDatabase(path);
  db.pragma(`page_size = ${pageSize}`);
  const idType = textIds ? 'TEXT' : 'INTEGER';
  db.exec(`CREATE TABLE event (event_id ${textIds ? 'TEXT' : 'INTEGER PRIMARY KEY'}, topic TEXT, data_time);
    CREATE TABLE attribute (event_id ${idType}, key TEXT, value, data_type TEXT)`);
  if (index) db.exec('CREATE INDEX a ON attribute (event_id)');
  const insertEvent = db.prepare(
    'INSERT INTO event (rowid, event_id, topic, data_time) VALUES (?, ?, ?, NULL)',
  );
  const insert = db.prepare('INSERT INTO attribute VALUES (?, ?, ?, ?)');
  const contents: { row: bigint; payload: string; wireTime: number; attributeRows: bigint[] }[] = [];
  db.transaction(() => {
    for (let i = 0; i < shape.events; i++) {
      const row = BigInt(i + 1) * rowStep;
      const id = textIds ? `event-${String(i + 1).padStart(6, '0')}` : row;
      const wireTime = 1_521_854_100 + ((i * 37) % shape.events);
      const payload: Record<string, string> = { n: String(row), __wire_time: `${wireTime}.5` };
      for (let k = 0; k < 4 + (i % 5); k++) payload[`itf.value_${k}`] = `${i * 10 + k}.25`;
      if (longValue > 0 && i % 10 === 3) payload.long = 'x'.repeat(longValue + i);
      insertEvent.run(row, id, `tracker.drive.n${i % 7}`);
      const attributeRows = Object.entries(payload).map(([key, value]) =>
        BigInt(insert.run(id, key, value, 'string').lastInsertRowid),
      );
      contents.push({ row, payload: JSON.stringify(payload), wireTime, attributeRows });
    }
  })();
  db.close();
  const bytes = readFileSync(path);
  const roots = rootsOf(path);
  const pages = new SqlitePages(bytes);
  const eventPages = pages.rowsOf(roots.get('event') as number);
  const attributePages = pages.rowsOf(roots.get('attribute') as number);
  const isOverflow = (page: number) => bytes[(page - 1) * pageSize] === 0;
  const overflowPages = new Set([...attributePages.values()].flat().filter(isOverflow));
  const events = contents.map(({ row, payload, wireTime, attributeRows }) => ({
    row,
    payload,
    wireTime,
    pages: new Set([
      ...(eventPages.get(row) as number[]),
      ...attributeRows.flatMap((rowid) => attributePages.get(rowid) as number[]),
    ]),
  }));
  return { shape, bytes, pageSize, events, overflowPages, roots };
}

function rootsOf(path: string): Map<string, number> {
  const db = new Database(path, { readonly: true });
  const rows = db.prepare('SELECT name, rootpage FROM sqlite_schema').raw().all() as [string, number][];
  db.close();
  return new Map(rows);
}
