import { createHash } from 'node:crypto';
import { type Connection, isDamage, isTooLarge, quoted, type Statement } from './connection.js';
import { EventQuery } from './events/event-query.js';
import type { RowRange } from './rows.js';
import type { Schema } from './schema/schema.js';

/** An event of a recording by which a change of the file is found. Plain data. */
export interface Landmark {
  readonly row: bigint;
  /** Of its id, topic, attributes and time; empty where it cannot be read. */
  readonly digest: string;
  /** Whether it was read and has no attributes. */
  readonly isBare: boolean;
}

/** Events that are compared: they cost some milliseconds when a recording is opened. */
export const LANDMARKS = 8n;

/**
 * Takes some events of a table as landmarks, from the first to the last, evenly over its row ids.
 *
 * @param connection with the side index attached, if there is one
 */
export function landmarksOf(connection: Connection, schema: Schema, { first, last }: RowRange): Landmark[] {
  const events = new EventDigests(connection, schema);
  const { table, rowid } = schema.event;
  const next = connection
    .prepare(
      `SELECT ${quoted(rowid)} FROM ${quoted(table)} NOT INDEXED WHERE ${quoted(rowid)} >= ? ORDER BY ${quoted(rowid)} LIMIT 1`,
    )
    .pluck()
    .safeIntegers();
  const rows = new Set<bigint>();
  for (let i = 0n; i < LANDMARKS; i++) {
    const row = ofReadable(() => next.get(first + ((last - first) * i) / (LANDMARKS - 1n)));
    if (row !== undefined) rows.add(row as bigint);
  }
  return [...rows].map((row) => events.at(row));
}

/** Whether there are attributes; true also where that cannot be read. */
export function hasAttributes(connection: Connection, { attribute }: Schema): boolean {
  const sql = `SELECT EXISTS (SELECT 1 FROM ${quoted(attribute.table)})`;
  return ofReadable(() => connection.prepare(sql).pluck().get()) !== 0;
}

/** The landmarks that are not as they were. */
export function movedLandmarks(
  connection: Connection,
  schema: Schema,
  landmarks: readonly Landmark[],
): Landmark[] {
  const events = new EventDigests(connection, schema);
  return landmarks.filter(({ row, digest }) => events.at(row).digest !== digest);
}

/** What `EventQuery.events` gives for an event without attributes ends so. */
const NO_ATTRIBUTES = [':{}}', ':null}'];

class EventDigests {
  private readonly _id: Statement;
  private readonly _event: Statement;
  private readonly _time: Statement;

  constructor(connection: Connection, schema: Schema) {
    const query = new EventQuery(schema);
    const prepare = (sql: string) => connection.prepare(sql).pluck().safeIntegers();
    this._id = prepare(query.ids('list'));
    this._event = prepare(query.events('list', { convertNumber: false, convertBool: false }, undefined));
    this._time = prepare(query.dataTimes('list'));
  }

  at(row: bigint): Landmark {
    const list = { list: `[${row}]` };
    const read = ofReadable(() => [this._id, this._event, this._time].map((part) => part.get(list)));
    if (read === undefined) return { row, digest: '', isBare: false };
    const [id, event, time] = read.map(bytesOfValue);
    const hash = createHash('sha256');
    for (const part of [id, event, time]) hash.update(`${part.length} `).update(part);
    const end = Buffer.from(event.subarray(-6)).toString('latin1');
    return { row, digest: hash.digest('hex'), isBare: NO_ATTRIBUTES.some((none) => end.endsWith(none)) };
  }
}

function bytesOfValue(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value));
}

/** The result of a statement; undefined where it meets damage. */
function ofReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDamage(error) || isTooLarge(error)) return undefined;
    throw error;
  }
}
