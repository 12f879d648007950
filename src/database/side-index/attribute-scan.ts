import { LARGEST_ROW } from '../../batch/damage.js';
import * as json from '../../encode/json-bytes.js';
import { bytesOf } from '../../encode/json-bytes.js';
import { asBytes, type Connection, quoted, type Statement } from '../connection.js';
import type { Schema } from '../schema/schema.js';

/** Id of an event as it is stored: a number for an INTEGER, a string for a TEXT of plain ASCII, `OddId` for all others. */
export type ScannedId = number | string | OddId;

/** An id that JSON does not carry exactly: a REAL, a BLOB, a large INTEGER, or the bytes of a TEXT that is not plain ASCII. */
export class OddId {
  readonly isText: boolean;
  readonly value: bigint | number | Uint8Array;

  constructor(isText: boolean, value: bigint | number | Uint8Array) {
    this.isText = isText;
    this.value = value;
  }
}

/** Takes a run: successive rows of one event, with no row of another event between the first and the last one. */
export type TakeRowRun = (id: ScannedId, first: bigint, last: bigint) => void;

/** Rows of which a statement reads the ids. */
const CHUNK_ROWS = 4096;
/** Most digits of an integer that is exact as a double in any case. */
const MOST_DIGITS = 15;

/** Reads which rows of the attribute table belong to which event, in one pass, many rows at a time. */
export class AttributeScan {
  private readonly _extent: Statement;
  private readonly _ids: Statement;
  private readonly _rows: Statement;
  private readonly _oddIds: Statement;
  private readonly _bound: Statement;
  private readonly _take: TakeRowRun;

  // The current run.
  private _id: ScannedId | undefined;
  private _first = 0n;
  private _last = 0n;

  /** @param rowid the name of the attribute table's row id */
  constructor(connection: Connection, { attribute }: Schema, rowid: string, take: TakeRowRun) {
    const [id, row, table] = [quoted(attribute.eventId), quoted(rowid), quoted(attribute.table)];
    const chunk = `FROM ${table} NOT INDEXED WHERE ${row} BETWEEN ? AND ?`;
    const prepare = (sql: string) => connection.prepare(sql).safeIntegers();
    this._extent = prepare(
      `SELECT (SELECT min(${row}) FROM ${table}), (SELECT max(${row}) FROM ${table})`,
    ).raw();
    // A BLOB becomes 1.5, which shows that the ids of the chunk cannot be read as JSON.
    this._ids = prepare(
      `SELECT CAST(json_group_array(CASE WHEN ${asBytes(id)} >= x'' THEN 1.5 ELSE ${id} END) AS BLOB) ${chunk}`,
    ).pluck();
    this._rows = prepare(`SELECT json_group_array(CAST(${row} AS TEXT)) ${chunk}`).pluck();
    this._oddIds = prepare(
      `SELECT ${row}, typeof(${id}), CASE typeof(${id}) WHEN 'text' THEN CAST(${id} AS BLOB) ELSE ${id} END ${chunk} ORDER BY ${row}`,
    ).raw();
    this._bound = prepare(
      `SELECT max(r) FROM (SELECT ${row} AS r FROM ${table} NOT INDEXED WHERE ${row} >= ? ORDER BY ${row} LIMIT ${CHUNK_ROWS})`,
    ).pluck();
    this._take = take;
  }

  /** @param report called with the share of the rows that has been read, 0 to 1 */
  run(report: (share: number) => void): void {
    const [first, last] = this._extent.get() as [bigint | null, bigint | null];
    if (first === null || last === null) return;
    let isDense = true;
    for (let from = first; from <= last; ) {
      const end: bigint | null = isDense
        ? smaller(from + BigInt(CHUNK_ROWS) - 1n, last)
        : (this._bound.get(from) as bigint | null);
      if (end === null) break;
      const count = this._chunk(from, end);
      // Where row ids have gaps, the end of a chunk is searched for.
      isDense &&= 2 * count >= Number(end - from) + 1;
      if (end === LARGEST_ROW) break;
      from = end + 1n;
      report(Number(from - first) / (Number(last - first) + 1));
    }
    this._endRowRun();
  }

  /** @returns the number of rows */
  private _chunk(first: bigint, last: bigint): number {
    const source = bytesOf(this._ids.get(first, last));
    const ids: ScannedId[] = [];
    const starts: number[] = [];
    const count = parseIds(source, ids, starts);
    if (count === undefined) return this._oddChunk(first, last);
    if (BigInt(count) === last - first + 1n) {
      this._addRowRuns(ids, starts, count, (index) => first + BigInt(index));
    } else {
      const rows = JSON.parse(this._rows.get(first, last) as string) as string[];
      this._addRowRuns(ids, starts, count, (index) => BigInt(rows[index]));
    }
    return count;
  }

  private _addRowRuns(
    ids: readonly (ScannedId | undefined)[],
    starts: readonly number[],
    count: number,
    rowAt: (index: number) => bigint,
  ): void {
    for (const [i, start] of starts.entries()) {
      const end = i + 1 < starts.length ? starts[i + 1] : count;
      this._add(ids[i], rowAt(start), rowAt(end - 1));
    }
  }

  private _oddChunk(first: bigint, last: bigint): number {
    const rows = this._oddIds.all(first, last) as [bigint, string, bigint | number | Uint8Array | null][];
    for (const [row, type, value] of rows) {
      this._add(value === null ? undefined : new OddId(type === 'text', value), row, row);
    }
    return rows.length;
  }

  /** @param id undefined: NULL, which is no event's id */
  private _add(id: ScannedId | undefined, first: bigint, last: bigint): void {
    if (id === undefined || !isSame(id, this._id)) {
      this._endRowRun();
      this._id = id;
      this._first = first;
    }
    this._last = last;
  }

  private _endRowRun(): void {
    if (this._id !== undefined) this._take(this._id, this._first, this._last);
    this._id = undefined;
  }
}

function isSame(a: ScannedId, b: ScannedId | undefined): boolean {
  if (!(a instanceof OddId)) return a === b;
  if (!(b instanceof OddId) || a.isText !== b.isText) return false;
  if (typeof a.value !== 'object' || typeof b.value !== 'object') return a.value === b.value;
  return Buffer.compare(a.value, b.value) === 0;
}

/**
 * Reads a JSON array of the ids of a chunk's rows.
 *
 * @param ids filled with the id of each run of equal ids, undefined for NULL
 * @param starts filled with the index of the first row of each run
 * @returns the number of rows; undefined where JSON does not carry an id exactly
 */
function parseIds(source: Uint8Array, ids: (ScannedId | undefined)[], starts: number[]): number | undefined {
  let count = 0;
  let [lastStart, lastEnd] = [0, 0];
  for (let at = 1; source[at] !== json.CLOSE_BRACKET; count++) {
    if (source[at] === json.COMMA) at += 1;
    const start = at;
    const first = source[at];
    if (first === json.QUOTE) {
      for (at += 1; source[at] !== json.QUOTE; at++) {
        if (source[at] === json.BACKSLASH || source[at] >= 0x80) return undefined;
      }
      at += 1;
    } else if (first === json.LOWER_N) {
      at += 4;
    } else {
      if (first === json.MINUS) at += 1;
      while (json.isDigit(source[at])) at += 1;
      if (at - start > MOST_DIGITS || (source[at] !== json.COMMA && source[at] !== json.CLOSE_BRACKET))
        return undefined;
    }
    if (count > 0 && isEqual(source, start, at, lastStart, lastEnd)) continue;
    [lastStart, lastEnd] = [start, at];
    starts.push(count);
    if (first === json.QUOTE) ids.push(json.latin1(source, start + 1, at - 1));
    else ids.push(first === json.LOWER_N ? undefined : integerOf(source, start, at));
  }
  return count;
}

function isEqual(
  source: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = end - start - 1; i >= 0; i--) if (source[start + i] !== source[otherStart + i]) return false;
  return true;
}

function integerOf(source: Uint8Array, start: number, end: number): number {
  const isNegative = source[start] === json.MINUS;
  let value = 0;
  for (let at = isNegative ? start + 1 : start; at < end; at++) value = 10 * value + source[at] - json.ZERO;
  return isNegative ? -value : value;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
