import './own-cache.js';
import Database from 'better-sqlite3';

/** Bytes that are stored as TEXT, whether they are UTF-8 or not. */
export class RawText {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array | readonly number[]) {
    this.bytes = Uint8Array.from(bytes);
  }
}

/** What a column can hold: a bigint is an INTEGER, a number a REAL, bytes are a BLOB, the rest goes by its name. */
export type Stored = string | bigint | number | Uint8Array | RawText | null;

export interface StoredAttribute {
  readonly key: string | RawText | null;
  readonly value: Stored;
  readonly dataType: string | null;
}

/** An event as it stands in a database. */
export interface StoredEvent {
  readonly id: bigint;
  readonly topic: string | RawText | null;
  readonly dataTime: Stored;
  readonly attributes: readonly StoredAttribute[];
}

/** The default schema, without types for values and times: these stay what they are written as. */
const TABLES = `
  CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT, data_time);
  CREATE TABLE attribute (event_id INTEGER, key TEXT, value, data_type TEXT);
`;
const INDEX = 'CREATE INDEX attribute_event_id ON attribute (event_id)';
/** A cast, which takes the bytes as they are, is the one way to store a TEXT that is not UTF-8. */
const VALUE = 'CASE WHEN ? THEN CAST(? AS TEXT) ELSE ? END';

/**
 * Writes events in the default schema.
 *
 * @param lateRowOf an event that gets one more attribute, which stands behind those of all others; default none
 */
export function writeEvents(
  path: string,
  events: Iterable<StoredEvent>,
  { index = true, lateRowOf }: { index?: boolean; lateRowOf?: number } = {},
): void {
  const db = createDatabase(path);
  db.exec(TABLES);
  if (index) db.exec(INDEX);
  insertEvents(db, events);
  if (lateRowOf !== undefined)
    db.prepare("INSERT INTO attribute VALUES (?, 'late', '1', 'string')").run(lateRowOf);
  db.close();
}

/** Adds events to a database of the default schema. */
export function insertEvents(db: Database.Database, events: Iterable<StoredEvent>): void {
  const insertEvent = db.prepare(`INSERT INTO event VALUES (?, ${VALUE}, ${VALUE})`);
  const insertAttribute = db.prepare(`INSERT INTO attribute VALUES (?, ${VALUE}, ${VALUE}, ?)`);
  db.transaction(() => {
    for (const { id, topic, dataTime, attributes } of events) {
      insertEvent.run(id, ...bound(topic), ...bound(dataTime));
      for (const { key, value, dataType } of attributes)
        insertAttribute.run(id, ...bound(key), ...bound(value), dataType);
    }
  })();
}

/** A new database that is fast to write, and is not missed if the machine fails. */
export function createDatabase(path: string): Database.Database {
  const db = new Database(path);
  db.pragma('journal_mode = MEMORY');
  db.pragma('synchronous = OFF');
  return db;
}

/** The attributes that each known event has, besides its times. */
export const KNOWN_ATTRIBUTES: readonly StoredAttribute[] = [
  { key: '__system', value: 'tracker', dataType: 'string' },
  { key: '__source', value: 'drive', dataType: 'string' },
  { key: '__key', value: 'position', dataType: 'string' },
  { key: '__data', value: 'true', dataType: 'boolean' },
];

/** A plain event with the keys that each known event has: nothing is odd about it. */
export function knownEvent(id: bigint): StoredEvent {
  const event = plainEvent(id);
  return { ...event, attributes: [...KNOWN_ATTRIBUTES, ...event.attributes] };
}

/** A plain event with the given payload, all of it text, and a wire time. */
export function plainEvent(
  id: bigint,
  topic = 'tracker.drive.position',
  payload: Readonly<Record<string, string>> = {},
): StoredEvent {
  const attributes = Object.entries(payload).map(([key, value]) => ({ key, value, dataType: 'string' }));
  const wireTime = { key: '__wire_time', value: String(1_521_854_100 + Number(id)), dataType: 'number' };
  return { id, topic, dataTime: null, attributes: [wireTime, ...attributes] };
}

function bound(value: Stored): unknown[] {
  return value instanceof RawText ? [1n, Buffer.from(value.bytes), null] : [0n, null, value];
}
