import { type Connection, isDamage, openReadOnly, quoted } from '../connection.js';
import type { GoOn } from '../go-on.js';
import { IdOrder } from '../pages/id-order.js';
import { compareKeys, type IndexKey } from '../pages/index-key.js';
import { OddRow } from '../pages/odd-row.js';
import { PageFault } from '../pages/page-fault.js';
import { PageTransaction } from '../pages/page-transaction.js';
import { integerAt, isInteger, isText, sizeOf } from '../pages/record.js';
import { TableCursor } from '../pages/table-cursor.js';
import { type TableLayout, tableLayout } from '../pages/table-layout.js';
import type { Schema } from '../schema/schema.js';
import type { AscendingRows } from './ascending-rows.js';

/** Places all over the table that are looked at, and rows at each: some dozen megabytes at most are read for that. */
const PLACES = 64;
const ROWS_A_PLACE = 64;
/** Rows of a step, and of a reading: these take about ten milliseconds, and half a one where there is time. */
const ROWS_A_STEP = 1 << 18;
const ROWS_A_READING = 1 << 16;
const ROWS_A_RESTFUL_READING = 1 << 13;
/** A writer gets in between two readings of a stretch only where a lock was lost: see `PageFile`. */
const MOST_READINGS = 5;

/** What a walk over some rows has found. Plain data. */
export interface WalkedRows {
  /** Row id of the last row that was looked at; undefined: there was none. */
  readonly end: number | undefined;
  /** The first and the last id; undefined: there was no row, or ids do not ascend. */
  readonly ids: readonly [first: IndexKey, last: IndexKey] | undefined;
  /** Whether ids ascend from run to run; false also where that cannot be told. */
  readonly isAscending: boolean;
}

/** What happens between the readings of a step. */
export interface WalkBreaks {
  readonly goOn: GoOn;
  /** Whether there is time: readings are short then, with a rest after each. */
  readonly mayRest: boolean;
  rest(): void;
}

export const NO_ROWS: WalkedRows = { end: undefined, ids: undefined, isAscending: true };
export const OTHER_ORDER: WalkedRows = { end: undefined, ids: undefined, isAscending: false };

/** What was found of some rows, and of rows behind them. */
export function joined(before: WalkedRows, behind: WalkedRows): WalkedRows {
  if (!before.isAscending || !behind.isAscending) return OTHER_ORDER;
  if (before.ids === undefined) return behind;
  if (behind.ids === undefined) return before;
  const [[first, end], [next, last]] = [before.ids, behind.ids];
  // The rows of an event may go on there.
  if (typeof end !== typeof next || compareKeys(end, next) > 0) return OTHER_ORDER;
  return { end: behind.end, ids: [first, last], isAscending: true };
}

/**
 * Walks the pages of an attribute table, to find out whether the ids of events ascend over it: integers, or texts of ASCII by their bytes. Then the
 * rows of each event follow each other, since an id that was passed cannot occur again.
 *
 * What is not read from pages here, such as a damaged table, counts as being in another order.
 */
export class AscentWalk {
  readonly readPath: string;
  private readonly _connection: Connection;
  private readonly _schema: Schema;
  private readonly _transaction: PageTransaction;
  private readonly _cursor: TableCursor;
  private readonly _column: number;
  private readonly _ids = new IdOrder();

  /** @returns undefined where the table is of a form that is read by SQLite only */
  static open(readPath: string, schema: Schema): AscentWalk | undefined {
    const { attribute, encoding } = schema;
    if (encoding !== 'UTF-8' || attribute.rowid === undefined) return undefined;
    const connection = openReadOnly(readPath);
    try {
      const layout = tableLayout(connection, attribute.table);
      const column = layout?.indexOf(attribute.eventId);
      if (layout !== undefined && column !== undefined && column !== layout.rowidColumn)
        return new AscentWalk(connection, readPath, schema, layout, column);
    } catch (error) {
      connection.close();
      throw error;
    }
    connection.close();
    return undefined;
  }

  private constructor(
    connection: Connection,
    readPath: string,
    schema: Schema,
    { rootPage, columns }: TableLayout,
    column: number,
  ) {
    this.readPath = readPath;
    this._connection = connection;
    this._schema = schema;
    this._transaction = new PageTransaction(connection, readPath);
    this._cursor = new TableCursor(this._transaction.file, rootPage, columns);
    this._column = column;
  }

  close(): void {
    this._connection.close();
    this._transaction.close();
  }

  /**
   * Looks at rows all over the table, in some milliseconds.
   *
   * @returns the rows of the table, if the ids in those that were looked at ascend; undefined: they do not, or there are no rows
   */
  sample(): AscendingRows | undefined {
    const rows = this._extent();
    if (rows === undefined) return undefined;
    const { first, last } = rows;
    let seen = NO_ROWS;
    for (let i = 0; i <= PLACES; i++) {
      const place = first + Math.floor(((last - first) * i) / PLACES);
      const from = Math.max(place, (seen.end ?? -1) + 1);
      seen = joined(seen, this.walk(from, last, ROWS_A_PLACE));
      if (!seen.isAscending) return undefined;
    }
    return { first, last, isProved: false };
  }

  /** Looks at some of the rows with the row ids `first` to `last`, from the first one on. @throws as `walk` */
  step(first: number, last: number, breaks: WalkBreaks): WalkedRows {
    let seen = NO_ROWS;
    let rows = 0;
    while (rows < ROWS_A_STEP && seen.isAscending) {
      breaks.goOn();
      const { mayRest } = breaks;
      const some = mayRest ? ROWS_A_RESTFUL_READING : ROWS_A_READING;
      const from = seen.end === undefined ? first : seen.end + 1;
      const found = this.walk(from, last, some);
      seen = joined(seen, found);
      if (found.end === undefined) break;
      rows += some;
      if (mayRest) breaks.rest();
    }
    return seen;
  }

  /** Looks at the rows with the row ids `first` to `last`, at most `mostRows` of them. @throws an error of SQLite, not for damage */
  walk(first: number, last: number, mostRows: number): WalkedRows {
    try {
      for (let i = 0; i < MOST_READINGS; i++) {
        const walked = this._transaction.run(() => this._walk(first, last, mostRows));
        if (walked !== undefined) return walked;
      }
    } catch (error) {
      if (!(error instanceof PageFault || error instanceof OddRow || isDamage(error))) throw error;
    }
    return OTHER_ORDER;
  }

  /** @returns undefined where the database has changed meanwhile */
  private _walk(first: number, last: number, mostRows: number): WalkedRows | undefined {
    this._transaction.lock();
    const { _cursor: cursor, _ids: ids, _column: column } = this;
    ids.clear();
    cursor.seek(first);
    let end: number | undefined;
    try {
      for (let rows = 0; rows < mostRows && cursor.isOnRow; rows++) {
        const { rowid } = cursor;
        if (rowid > last) break;
        const type = cursor.types[cursor.row + column];
        const start = cursor.starts[cursor.row + column];
        if (isInteger(type)) ids.passInteger(integerAt(cursor.bytes, type, start));
        else if (isText(type)) ids.passText(cursor.bytes, start, sizeOf(type));
        else throw new OddRow('an id that is neither an integer nor a text');
        if (!ids.isAscending) return OTHER_ORDER;
        end = rowid;
        cursor.next();
      }
    } finally {
      cursor.release();
    }
    if (this._transaction.file.hasChanged()) return undefined;
    return end === undefined ? NO_ROWS : { end, ids: [ids.first, ids.last], isAscending: true };
  }

  private _extent(): { first: number; last: number } | undefined {
    const { table, rowid } = this._schema.attribute;
    const [row, from] = [quoted(rowid as string), `FROM ${quoted(table)}`];
    try {
      const [first, last] = this._connection
        .prepare(`SELECT (SELECT min(${row}) ${from}), (SELECT max(${row}) ${from})`)
        .raw()
        .get() as [number | null, number | null];
      return first === null || last === null || !(first >= 0 && last <= Number.MAX_SAFE_INTEGER)
        ? undefined
        : { first, last };
    } catch (error) {
      if (isDamage(error)) return undefined;
      throw error;
    }
  }
}
