import { timeOfStored } from '../encode/time-value.js';
import { type Extent, NO_EXTENT } from '../selection/time-point.js';
import { DAY_S } from '../shared/calendar.js';
import { type Connection, isDamage, quoted } from './connection.js';
import { EventTable } from './events/event-table.js';
import type { Schema } from './schema/schema.js';

/** Events may be due as long as this before the first data time, or after the last one. */
export const DATA_TIME_SLACK_S = DAY_S;
/** Rows whose data times are compared. */
const ROWS = 16n;
/** The years 1980 to 2100: other times are counted in another unit, or are none. */
const [EARLIEST_S, LATEST_S] = [315_532_800, 4_102_444_800];

/**
 * The data times of the first and the last row of an event table, as the column of the table has them.
 *
 * @returns no times where they do not tell when the events are due: they are no times of these years, those of rows in between
 * lie outside of them, or the first event is due at another time
 */
export function dataTimesOf(connection: Connection, schema: Schema): Extent {
  const { table, rowid, dataTime } = schema.event;
  if (dataTime === undefined) return NO_EXTENT;
  const [row, time] = [quoted(rowid), quoted(dataTime)];
  try {
    const [first, last] = connection
      .prepare(
        `SELECT (SELECT min(${row}) FROM ${quoted(table)}), (SELECT max(${row}) FROM ${quoted(table)})`,
      )
      .raw()
      .safeIntegers()
      .get() as [bigint | null, bigint | null];
    if (first === null || last === null) return NO_EXTENT;
    const from = connection
      .prepare(`SELECT ${time} FROM ${quoted(table)} NOT INDEXED WHERE ${row} >= ? ORDER BY ${row} LIMIT 1`)
      .pluck();
    const times = Array.from({ length: Number(ROWS) }, (_, i) =>
      timeOfStored(from.get(first + ((last - first) * BigInt(i)) / (ROWS - 1n))),
    );
    const [firstS, lastS] = [times[0], times[times.length - 1]];
    const isWithin = (timeS: number) =>
      Number.isNaN(timeS) || (timeS >= firstS - DATA_TIME_SLACK_S && timeS <= lastS + DATA_TIME_SLACK_S);
    const arePlausible = firstS >= EARLIEST_S && lastS <= LATEST_S && times.every(isWithin);
    return arePlausible && isWithin(dueTimeOf(connection, schema, first)) ? { firstS, lastS } : NO_EXTENT;
  } catch (error) {
    if (isDamage(error)) return NO_EXTENT;
    throw error;
  }
}

/** When the event in a row is due; NaN without an index, where its attributes could only be found by reading all of them. */
function dueTimeOf(connection: Connection, schema: Schema, row: bigint): number {
  if (schema.attribute.index === undefined) return Number.NaN;
  return new EventTable(connection, schema).times(row, 1)[0]?.dueTimeS ?? Number.NaN;
}
