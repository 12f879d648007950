import type { TimeUnit } from '../../encode/time-unit.js';
import { unixSecondsOf } from '../../encode/time-unit.js';
import { asBytes, type Connection, quoted, stoppable } from '../connection.js';
import type { GoOn } from '../go-on.js';
import { topicColumns } from '../schema/normal-schema.js';
import { TIME_ATTRIBUTES } from '../schema/sampled-times.js';
import type { RowsOf, TablePair } from '../schema/source-shape.js';

const SOURCE = 'source';

/**
 * Copies an event table and an attribute table, row by row in their order, within SQLite: values stay as they are to the byte,
 * but for times in another unit.
 *
 * @param made has the tables that are written to
 * @param readPath the source; its lock is held, so that this connection could not write to it
 * @param passed called for each row, or for some of them
 */
export function copyTables(
  made: Connection,
  readPath: string,
  { event, attribute, units }: TablePair,
  passed: GoOn,
): void {
  made.pragma('trusted_schema = OFF');
  made.prepare(`ATTACH ? AS ${SOURCE}`).run(readPath);
  const [ofColumn, ofAttributes] = [
    converter(made, 'column', units.column),
    converter(made, 'attribute', units.attributes),
  ];
  const dataTime = event.dataTime === undefined ? [] : [ofColumn(quoted(event.dataTime))];
  const columns = [quoted(event.id), ...topicColumns(event.topic).map(quoted), ...dataTime];
  const [key, value] = [quoted(attribute.key), quoted(attribute.value)];
  const isTime = `${asBytes(key)} IN (${TIME_ATTRIBUTES.map((name) => `'${name}'`).join(', ')})`;
  const kept =
    units.attributes === 'unix-s'
      ? value
      : `CASE WHEN ${isTime} THEN ${ofAttributes(value)} ELSE ${value} END`;
  const types =
    attribute.dataType === undefined ? [] : [typeOf(quoted(attribute.dataType), isTime, units.attributes)];
  made.exec('BEGIN');
  made.exec(`INSERT INTO main.event SELECT ${columns.join(', ')} FROM ${rowsFrom(made, event, passed)}`);
  made.exec(
    `INSERT INTO main.attribute SELECT ${[quoted(attribute.eventId), key, kept, ...types].join(', ')} FROM ${rowsFrom(made, attribute, passed)}`,
  );
  made.exec('COMMIT');
}

/** The rows in their order. Only a table can be told to be read by no index, which may have another order. */
function rowsFrom(made: Connection, { table, rowid, isTable }: RowsOf, passed: GoOn): string {
  const from = `${SOURCE}.${quoted(table)}${isTable ? ' NOT INDEXED' : ''} WHERE ${stoppable(made, undefined, passed)}`;
  return rowid === undefined ? from : `${from} ORDER BY ${quoted(rowid)}`;
}

/** @returns SQL of a time in Unix seconds by that of the stored one; what is no time in the unit stays as it is */
function converter(made: Connection, name: string, unit: TimeUnit): (sql: string) => string {
  if (unit === 'unix-s') return (sql) => sql;
  const seconds = `unix_seconds_of_${name}`;
  made.function(seconds, { deterministic: true, safeIntegers: true }, (time: unknown) =>
    typeof time === 'string' || typeof time === 'number' || typeof time === 'bigint'
      ? (unixSecondsOf(time, unit) ?? null)
      : null,
  );
  return (sql) => `coalesce(${seconds}(${sql}), ${sql})`;
}

/** A time that was a date is a number now. */
function typeOf(type: string, isTime: string, unit: TimeUnit): string {
  return unit === 'iso' ? `CASE WHEN ${isTime} THEN 'number' ELSE ${type} END` : type;
}
