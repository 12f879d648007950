import { LARGEST_ROW, SMALLEST_ROW } from '../batch/damage.js';
import { type Connection, isDamage, quoted, type Statement } from './connection.js';
import type { RowRange } from './rows.js';

/** Rows that follow one another, as a table gives them. */
export interface RowWindow {
  /** Row ids, strictly ascending. */
  readonly rows: readonly bigint[];
  /** Whether a range from the first of them to the last gives just these rows, in this order, and can be read. */
  readonly isRange: boolean;
}

/** Past so many ids, what is sought is sought in steps of this share of the way. */
const SINGLE_STEPS = 64n;

/**
 * The row ids of a table that may be damaged. A sound one costs a step of a cursor a row.
 *
 * A row is readable here when its id is: the page that it stands on, and those above. A damaged tree may give rows that
 * are not where they belong; what comes after is sought anew then, so that ids only ever ascend.
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

  /** The smallest and the largest row id, undefined where there is no row. Fails on damage. */
  extent(): RowRange | undefined {
    const [first, last] = this._extent.get() as [bigint | null, bigint | null];
    return first === null || last === null ? undefined : { first, last };
  }

  /**
   * The next rows from row id `first` on: at most `count`, none beyond `to`, none behind damage. None: there is no
   * row, or damage comes first.
   */
  window(first: bigint, to: bigint, count: number): RowWindow {
    // One more row than asked for tells whether a range ends where it should.
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

  /** Whether row id `first` and what follows can be read: there is a row from it on, up to `to`, or none at all. */
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
   * The smallest row id from which on rows can be read again, where those from `damaged` on cannot; undefined: there is
   * none up to `to`.
   *
   * Goes on in single steps first, then in steps that grow with the way: what is passed over without a look is no
   * larger than a 64th of what cannot be read. Some thousands of steps lead from one end of all row ids to the other.
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

  /** Where rows that cannot be read from row id `first` on may begin: not before the lowest of all. */
  firstOfGap(first: bigint): bigint {
    if (first > 0n) return first;
    const lowest = this._lowest();
    return lowest > first ? lowest : first;
  }

  /**
   * Where to begin when the first rows cannot be read: there is no row before. Row ids that are not below 1 are taken
   * to begin at 1; below zero the way from the smallest of all row ids is halved.
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

  /** The smallest readable row id between a bad one and a good one, where there is one border between them. */
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
