import { LARGEST_ROW } from '../../batch/damage.js';
import * as json from '../../encode/json-bytes.js';
import { bytesOf } from '../../encode/json-bytes.js';
import { type Connection, quoted, type Statement } from '../connection.js';
import type { Schema } from '../schema/schema.js';

/** An event's id, as it is stored: a number is an INTEGER, a string a TEXT of plain ASCII, all others are `OddId`. */
export type ScannedId = number | string | OddId;

/** An id that JSON does not carry exactly: a REAL, a BLOB, a large INTEGER, a TEXT that is not plain, as its bytes. */
export class OddId {
  readonly isText: boolean;
  readonly value: bigint | number | Uint8Array;

  constructor(isText: boolean, value: bigint | number | Uint8Array) {
    this.isText = isText;
    this.value = value;
  }
}

/** Rows of one event that follow each other: none of another event lies between the first and the last of them. */
export type TakeRun = (id: ScannedId, first: bigint, last: bigint) => void;

/** Rows of a chunk; and ids, in SQLite's way, that show that a chunk cannot be read as JSON: a BLOB becomes `1.5`. */
const CHUNK_ROWS = 4096;
/** Digits of a number that is exact as a double in any case. */
const MOST_DIGITS = 15;

/** Reads which rows of the attribute table are of which event, in one pass, many rows at a time. */
export class AttributeScan {
  private readonly _extent: Statement;
  private readonly _ids: Statement;
  private readonly _rows: Statement;
  private readonly _oddIds: Statement;
  private readonly _bound: Statement;
  private readonly _take: TakeRun;

  // Of the run at hand.
  private _id: ScannedId | undefined;
  private _first = 0n;
  private _last = 0n;

  /** @param rowid the name of the attribute table's row id */
  constructor(connection: Connection, { attribute }: Schema, rowid: string, take: TakeRun) {
    const [id, row, table] = [quoted(attribute.eventId), quoted(rowid), quoted(attribute.table)];
    const chunk = `FROM ${table} NOT INDEXED WHERE ${row} BETWEEN ? AND ?`;
    const prepare = (sql: string) => connection.prepare(sql).safeIntegers();
    this._extent = prepare(
      `SELECT (SELECT min(${row}) FROM ${table}), (SELECT max(${row}) FROM ${table})`,
    ).raw();
    this._ids = prepare(
      `SELECT CAST(json_group_array(CASE WHEN ${id} >= x'' THEN 1.5 ELSE ${id} END) AS BLOB) ${chunk}`,
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

  /** @param report is told which share of the rows has been read */
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
      // Where row ids have gaps, the end of a chunk is sought.
      isDense &&= 2 * count >= Number(end - from) + 1;
      if (end === LARGEST_ROW) break;
      from = end + 1n;
      report(Number(from - first) / (Number(last - first) + 1));
    }
    this._endRun();
  }

  /** @returns the number of rows */
  private _chunk(first: bigint, last: bigint): number {
    const source = bytesOf(this._ids.get(first, last));
    const ids: ScannedId[] = [];
    const starts: number[] = [];
    const count = parseIds(source, ids, starts);
    if (count === undefined) return this._oddChunk(first, last);
    if (BigInt(count) === last - first + 1n) {
      this._addRuns(ids, starts, count, (index) => first + BigInt(index));
    } else {
      const rows = JSON.parse(this._rows.get(first, last) as string) as string[];
      this._addRuns(ids, starts, count, (index) => BigInt(rows[index]));
    }
    return count;
  }

  private _addRuns(
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

  /** @param id undefined: NULL, which is the id of no event */
  private _add(id: ScannedId | undefined, first: bigint, last: bigint): void {
    if (id === undefined || !isSame(id, this._id)) {
      this._endRun();
      this._id = id;
      this._first = first;
    }
    this._last = last;
  }

  private _endRun(): void {
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
 * Reads a JSON array of ids, those of the rows of a chunk.
 *
 * @param ids gets the id of each run of equal ones, undefined for NULL
 * @param starts gets the place of the first row of each run
 * @returns the number of rows; undefined where there is an id that JSON does not carry exactly
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
