import { createHash } from 'node:crypto';
import { bytesOf } from '../encode/json-bytes.js';
import { type Connection, isDamage, isTooLarge, quoted, type Statement } from './connection.js';
import { EventQuery } from './events/event-query.js';
import type { RowRange } from './rows.js';
import type { Schema } from './schema/schema.js';

/** An event of a recording by which a change of the file is found. Plain data. */
export interface Landmark {
  readonly row: bigint;
  /** Of its id, topic, attributes and time; empty where it cannot be read. */
  readonly digest: string;
}

/** Events that are compared: they cost some milliseconds when a recording is opened. */
const LANDMARKS = 8n;

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
  return [...rows].map((row) => ({ row, digest: events.of(row) }));
}

/** The landmarks that are not as they were. */
export function movedLandmarks(
  connection: Connection,
  schema: Schema,
  landmarks: readonly Landmark[],
): Landmark[] {
  const events = new EventDigests(connection, schema);
  return landmarks.filter(({ row, digest }) => events.of(row) !== digest);
}

class EventDigests {
  private readonly _statements: readonly Statement[];

  constructor(connection: Connection, schema: Schema) {
    const query = new EventQuery(schema);
    this._statements = [
      query.ids('list'),
      query.events('list', { convertNumber: false, convertBool: false }, undefined),
      query.dataTimes('list'),
    ].map((sql) => connection.prepare(sql).pluck().safeIntegers());
  }

  of(row: bigint): string {
    const hash = createHash('sha256');
    const isRead = ofReadable(() => {
      for (const statement of this._statements)
        hash.update(bytesOfValue(statement.get({ list: `[${row}]` })));
      return true;
    });
    return isRead === true ? hash.digest('hex') : '';
  }
}

function bytesOfValue(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : bytesOf(`${typeof value} ${value}`);
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
