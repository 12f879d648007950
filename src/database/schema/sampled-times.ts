import { type TimeUnit, unitOfTimes } from '../../encode/time-unit.js';
import { asBytes, type Connection, isDamage, isForeignIndex, quoted } from '../connection.js';
import type { SchemaOverride } from './schema-override.js';
import type { RowsOf, TimeUnits } from './source-shape.js';

/** Rows that are looked at, in even places of a table. */
const ROWS = 16n;
/** Rows that are looked at where a table has no row ids, and attributes where there is no index: the first ones. */
const FIRST_ROWS = 1000;
export const TIME_ATTRIBUTES = ['__data_time', '__wire_time'] as const;

/** Values of the times of some events, as they are stored. */
export interface SampledTimes {
  readonly column: unknown[];
  readonly attributes: unknown[];
}

/**
 * The units of the times of a database: those that the user gave, or else the only ones that some of its times can be in, or
 * else seconds.
 */
export function unitsOf(override: SchemaOverride, sample: () => SampledTimes): TimeUnits {
  const given = override['event.time'];
  const ofAttributes = override['attribute.time'] ?? given;
  if (given !== undefined && ofAttributes !== undefined) return { column: given, attributes: ofAttributes };
  const { column, attributes } = readable(sample) ?? { column: [], attributes: [] };
  return { column: given ?? seen(column), attributes: ofAttributes ?? seen(attributes) };
}

function seen(times: readonly unknown[]): TimeUnit {
  const readable = times.map((time) => (typeof time === 'bigint' ? Number(time) : time));
  return unitOfTimes(readable.filter(isStoredTime)) ?? 'unix-s';
}

function isStoredTime(time: unknown): time is string | number {
  return typeof time === 'string' || typeof time === 'number';
}

/** Some columns of some rows of a table, in even places; of a view, of its first rows. */
export function sampleRows(
  connection: Connection,
  { table, rowid }: RowsOf,
  columns: readonly string[],
): unknown[][] {
  const names = columns.map(quoted).join(', ');
  if (rowid === undefined) {
    const sql = `SELECT ${names} FROM ${quoted(table)} LIMIT ${FIRST_ROWS}`;
    return connection.prepare(sql).raw().safeIntegers().all() as unknown[][];
  }
  const id = quoted(rowid);
  const [first, last] = connection
    .prepare(`SELECT (SELECT min(${id}) FROM ${quoted(table)}), (SELECT max(${id}) FROM ${quoted(table)})`)
    .raw()
    .safeIntegers()
    .get() as [bigint | null, bigint | null];
  if (first === null || last === null) return [];
  const from = connection
    .prepare(`SELECT ${names} FROM ${quoted(table)} NOT INDEXED WHERE ${id} >= ? ORDER BY ${id} LIMIT 1`)
    .raw()
    .safeIntegers();
  return Array.from({ length: Number(ROWS) }, (_, i) =>
    from.get(first + ((last - first) * BigInt(i)) / (ROWS - 1n)),
  ) as unknown[][];
}

/** An attribute table, as it is sampled. */
interface SampledAttributes extends RowsOf {
  readonly eventId: string;
  readonly key: string;
  readonly value: string;
  /** Whether an index finds the attributes of an event. */
  readonly isIndexed: boolean;
}

/** The values of the attributes that are times: of some events, or, without an index, among the first and last rows. */
export function sampleAttributes(
  connection: Connection,
  { table, rowid, eventId, key, value, isIndexed }: SampledAttributes,
  eventIds: readonly unknown[],
): unknown[] {
  const from = quoted(table);
  const isTime = `${asBytes(quoted(key))} IN (${TIME_ATTRIBUTES.map((name) => `'${name}'`).join(', ')})`;
  if (isIndexed) {
    const ofEvent = connection
      .prepare(`SELECT ${quoted(value)} FROM ${from} WHERE ${asBytes(quoted(eventId))} = ? AND ${isTime}`)
      .pluck();
    return eventIds.flatMap((id) => ofEvent.all(id));
  }
  const ends = rowid === undefined ? [''] : ['', 'DESC'].map((order) => `ORDER BY ${quoted(rowid)} ${order}`);
  return ends.flatMap((order) =>
    connection
      .prepare(
        `SELECT ${quoted(value)} FROM (SELECT * FROM ${from} ${order} LIMIT ${FIRST_ROWS}) WHERE ${isTime}`,
      )
      .pluck()
      .all(),
  );
}

/** @returns undefined where rows are damaged, or only the program that made the database can compare them */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDamage(error) || isForeignIndex(error)) return undefined;
    throw error;
  }
}
