import { LARGEST_ROW, SMALLEST_ROW } from '../batch/damage.js';
import { type Connection, isDamage, quoted, type Statement } from './connection.js';
import type { RowRange } from './rows.js';

/** Successive rows of a table. */
export interface RowWindow {
  /** Row ids, strictly ascending. */
  readonly rows: readonly bigint[];
  /** Whether reading the range from the first to the last row gives exactly these rows, in this order. */
  readonly isRange: boolean;
}

/** Single steps of a search before its steps grow; then a step is the way so far divided by this. */
const SINGLE_STEPS = 64n;

/**
 * Reads the row ids of a table that may be damaged. In a sound table a row costs one step of a cursor.
 *
 * A row counts as readable when its id is: the page that it stands on, and the pages above it. A damaged tree may give
 * rows that are not where they belong; the rows after them are then searched for anew, so that ids always ascend.
 */
export class ReadableRows {
  private readonly _connection: Connection;
  private readonly _rows: Statement;
  private readonly _extent: Statement;
  private readonly _previous: Statement;

  constructor(connection: Connection, tableName: string, rowidName: string) {
    this._connection = connection;
    const [table, rowid] = [quoted(tableName), quoted(rowidName)];
    const prepare = (sql: string) => connection.prepare(sql).pluck().safeIntegers();
    this._rows = prepare(
      `SELECT ${rowid} FROM ${table} NOT INDEXED WHERE ${rowid} >= $first AND ${rowid} <= $to ORDER BY ${rowid} LIMIT $count`,
    );
    this._previous = prepare(
      `SELECT ${rowid} FROM ${table} NOT INDEXED WHERE ${rowid} <= $to ORDER BY ${rowid} DESC LIMIT 1`,
    );
    this._extent = connection
      .prepare(`SELECT (SELECT min(${rowid}) FROM ${table}), (SELECT max(${rowid}) FROM ${table})`)
      .raw()
      .safeIntegers();
  }

  /** The smallest and the largest row id; undefined where there is no row. Throws on damage. */
  extent(): RowRange | undefined {
    const [first, last] = this._extent.get() as [bigint | null, bigint | null];
    return first === null || last === null ? undefined : { first, last };
  }

  /**
   * Reads the next rows from row id `first` on: at most `count`, none beyond `to`, none behind damage. The result is empty
   * where no row follows, or damage comes first.
   */
  window(first: bigint, to: bigint, count: number): RowWindow {
    // Whether the range can be read to its end shows only with the row after it.
    const asked = { first, to, count: count + 1 };
    let rows: bigint[];
    let isRange = true;
    try {
      rows = this._rows.all(asked) as bigint[];
    } catch (error) {
      if (!isDamage(error)) throw error;
      rows = this._rowsBeforeDamage(asked);
      isRange = false;
    }
    let sound = 0;
    for (let previous = first - 1n; sound < rows.length && rows[sound] > previous; sound++) {
      previous = rows[sound];
    }
    if (sound < rows.length) isRange = false;
    return { rows: rows.slice(0, Math.min(sound, count)), isRange };
  }

  /** Whether the table can be read from row id `first` on: it gives a row up to `to`, or none, without damage. */
  isReadable(first: bigint, to: bigint): boolean {
    try {
      const row = this._rows.get({ first, to, count: 1 }) as bigint | undefined;
      return row === undefined || row >= first;
    } catch (error) {
      if (isDamage(error)) return false;
      throw error;
    }
  }

  /**
   * Finds the smallest row id from which on rows can be read again.
   *
   * It goes on in single steps first, then in steps that grow with the way, so that readable rows which it may miss are
   * at most a 64th of the unreadable ones. Some thousands of steps lead from one end of all row ids to the other.
   *
   * @param damaged a row id that cannot be read
   * @returns undefined where nothing can be read up to `to`
   */
  nextReadable(damaged: bigint, to: bigint): bigint | undefined {
    // A failing step costs 20 µs, and 3 µs without locks and stack traces of its own.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const isOwn = !this._connection.inTransaction;
    if (isOwn) this._connection.exec('BEGIN');
    try {
      return this._nextReadable(damaged, to);
    } finally {
      if (isOwn) this._connection.exec('ROLLBACK');
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  private _nextReadable(damaged: bigint, to: bigint): bigint | undefined {
    let bad = damaged;
    for (;;) {
      if (bad >= to) return undefined;
      const step = (bad - damaged) / SINGLE_STEPS + 1n;
      const next = to - bad < step ? to : bad + step;
      if (this.isReadable(next, to)) {
        const readable = this._boundary(bad, next, to);
        return this.window(readable, to, 1).rows.length === 0 ? undefined : readable;
      }
      bad = next;
    }
  }

  /** Where unreadable rows from row id `first` on may begin: not before the lowest row id. */
  firstOfGap(first: bigint): bigint {
    if (first > 0n) return first;
    const lowest = this._lowest();
    return lowest > first ? lowest : first;
  }

  /**
   * The lowest row id where the first rows cannot be read. Row ids are taken to begin at 1, unless rows are found at 0 or
   * below; then the begin is bisected from the smallest possible row id.
   */
  private _lowest(): bigint {
    if (this.isReadable(SMALLEST_ROW, LARGEST_ROW)) return SMALLEST_ROW;
    try {
      const below = this._previous.get({ to: 0n }) as bigint | undefined;
      if (below !== undefined && below <= 0n) return this._boundary(SMALLEST_ROW, below, LARGEST_ROW);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    return 1n;
  }

  /** Bisects for the smallest readable row id between a bad and a good one, where one border is between them. */
  private _boundary(bad: bigint, good: bigint, to: bigint): bigint {
    let [low, high] = [bad, good];
    while (high - low > 1n) {
      const middle = low + (high - low) / 2n;
      if (this.isReadable(middle, to)) high = middle;
      else low = middle;
    }
    return high;
  }

  private _rowsBeforeDamage(asked: Record<string, unknown>): bigint[] {
    const rows: bigint[] = [];
    try {
      for (const row of this._rows.iterate(asked) as IterableIterator<bigint>) rows.push(row);
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    return rows;
  }
}
