import { LARGEST_ROW, SMALLEST_ROW } from '../../batch/damage.js';
import { type Connection, isDamage, isTooLarge, quoted } from '../connection.js';
import { ReadableRows } from '../readable-rows.js';
import type { Schema } from '../schema/schema.js';

/** Attribute rows that cannot be read, between two readable ones. */
export interface Hole {
  readonly firstRow: bigint;
  readonly lastRow: bigint;
  /** Event ids of the rows before and after the hole; null where there is no such row. */
  readonly afterEvent: unknown;
  readonly beforeEvent: unknown;
}

/**
 * Reads the event id and the row id of each readable attribute, by ascending row id, in one pass over the table. The table
 * must have row ids.
 *
 * @param onHole called with each stretch of unreadable rows
 */
export function* attributeRows(
  connection: Connection,
  { attribute }: Schema,
  onHole: (hole: Hole) => void,
): Generator<[unknown, bigint]> {
  const { table, eventId } = attribute;
  const rowid = quoted(attribute.rowid as string);
  const scan = connection
    .prepare(
      `SELECT ${quoted(eventId)}, ${rowid} FROM ${quoted(table)} NOT INDEXED WHERE ${rowid} >= $first ORDER BY ${rowid}`,
    )
    .safeIntegers()
    .raw();
  const rows = new ReadableRows(connection, table, attribute.rowid as string);
  let next = SMALLEST_ROW;
  let lastEvent: unknown = null;
  let holeFrom: bigint | undefined;
  for (;;) {
    let end: 'end' | 'disorder' | 'damage' = 'end';
    try {
      for (const row of scan.iterate({ first: next }) as IterableIterator<[unknown, bigint]>) {
        const [event, id] = row;
        if (id < next) {
          // A page is not where it belongs: the events whose rows are missing are unknown.
          onHole({ firstRow: id, lastRow: next - 1n, afterEvent: null, beforeEvent: null });
          end = 'disorder';
          break;
        }
        if (holeFrom !== undefined) {
          onHole({ firstRow: holeFrom, lastRow: id - 1n, afterEvent: lastEvent, beforeEvent: event });
          holeFrom = undefined;
        }
        next = id + 1n;
        lastEvent = event;
        yield row;
      }
    } catch (error) {
      if (!isDamage(error) && !isTooLarge(error)) throw error;
      end = 'damage';
    }
    if (end === 'end' || next > LARGEST_ROW) break;
    const [found] = rows.window(next, LARGEST_ROW, 1).rows;
    if (end === 'disorder' && found !== undefined) continue;
    holeFrom ??= rows.firstOfGap(next);
    // Where a row is found, its content is what cannot be read.
    const readable =
      found === undefined ? rows.nextReadable(larger(next, holeFrom), LARGEST_ROW) : found + 1n;
    if (readable === undefined || readable > LARGEST_ROW) break;
    next = readable;
  }
  if (holeFrom !== undefined) {
    onHole({ firstRow: holeFrom, lastRow: LARGEST_ROW, afterEvent: lastEvent, beforeEvent: null });
  }
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
