import { decodeUtf8, latin1, MINUS, QUOTE } from '../encode/json-bytes.js';
import { decimalOf, timeOf } from '../encode/time-value.js';

/** What a cell holds. `plain`: a text that stands in the bytes as it is; `escaped`: one that does not; `json`: any other value. */
export const CELL = { none: 0, plain: 1, escaped: 2, json: 3 } as const;

/** Of 64 bits of microseconds, in seconds: further times cannot be held. */
const LARGEST_TIME_S = 9.2e12;

/** Some rows of a table. Nothing is made of a value before it is asked for: a cell is a place in the bytes of a payload. */
export class RowBlock {
  rowCount = 0;
  /** Of each row: its payload is in them, as JSON in UTF-8. */
  private readonly _bytes: Buffer[] = [];
  private readonly _mostRows: number;
  /** Row `r` of column `c` is at `c * mostRows + r`, as in the arrays below: see `CELL`. */
  private readonly _cells: Uint8Array;
  /** Where each value begins and ends in the bytes of its row, the quotes of a text included. */
  private readonly _start: Int32Array;
  private readonly _end: Int32Array;

  constructor(columns: number, mostRows: number) {
    this._mostRows = mostRows;
    this._cells = new Uint8Array(columns * mostRows);
    this._start = new Int32Array(columns * mostRows);
    this._end = new Int32Array(columns * mostRows);
  }

  /** Begins the row `rowCount`. @param bytes are kept */
  begin(bytes: Buffer): void {
    this._bytes[this.rowCount] = bytes;
  }

  /** Sets a cell of that row. @param isPlain of a text: whether it stands in the bytes as it is */
  set(column: number, start: number, end: number, isPlain: boolean): void {
    const at = column * this._mostRows + this.rowCount;
    const isText = this._bytes[this.rowCount][start] === QUOTE;
    this._cells[at] = !isText ? CELL.json : isPlain ? CELL.plain : CELL.escaped;
    this._start[at] = start;
    this._end[at] = end;
  }

  /** Empties a cell of that row. */
  empty(column: number): void {
    this._cells[column * this._mostRows + this.rowCount] = CELL.none;
  }

  /** What a cell holds. */
  kind(column: number, row: number): (typeof CELL)[keyof typeof CELL] {
    return this._cells[column * this._mostRows + row] as (typeof CELL)[keyof typeof CELL];
  }

  /** The bytes in which the cells of a row are. */
  bytes(row: number): Buffer {
    return this._bytes[row];
  }

  /** Where the value of a cell begins in the bytes of its row. */
  start(column: number, row: number): number {
    return this._start[column * this._mostRows + row];
  }

  /** Where it ends. */
  end(column: number, row: number): number {
    return this._end[column * this._mostRows + row];
  }

  /** The text of a cell that holds something: of any value but a text its JSON, as it was written. */
  text(column: number, row: number): string {
    const at = column * this._mostRows + row;
    const [start, end] = [this._start[at], this._end[at]];
    if (this._cells[at] === CELL.plain) return latin1(this._bytes[row], start + 1, end - 1);
    const json = decodeUtf8(this._bytes[row].subarray(start, end));
    return this._cells[at] === CELL.escaped ? (JSON.parse(json) as string) : json;
  }

  /** The double that is nearest to a cell that holds a JSON number. */
  number(column: number, row: number): number {
    const bytes = this._bytes[row];
    const at = column * this._mostRows + row;
    const [start, end] = [this._start[at], this._end[at]];
    const isNegative = bytes[start] === MINUS;
    const value = decimalOf(bytes, isNegative ? start + 1 : start, end);
    if (Number.isNaN(value)) return Number(latin1(bytes, start, end));
    return isNegative ? -value : value;
  }

  /** The time of a cell in microseconds since 1970, a whole number; NaN where it holds none, or one that is out of range. */
  timeUs(column: number, row: number): number {
    const at = column * this._mostRows + row;
    if (this._cells[at] === CELL.none) return Number.NaN;
    const timeS = timeOf(this._bytes[row], this._start[at], this._end[at]);
    return Math.abs(timeS) < LARGEST_TIME_S ? Math.round(timeS * 1e6) : Number.NaN;
  }

  /** Whether the cells of two rows, which hold something, have the same bytes. */
  areEqual(column: number, row: number, other: number): boolean {
    const [at, otherAt] = [column * this._mostRows + row, column * this._mostRows + other];
    const [bytes, otherBytes] = [this._bytes[row], this._bytes[other]];
    const [start, otherStart] = [this._start[at], this._start[otherAt]];
    const length = this._end[at] - start;
    if (this._end[otherAt] - otherStart !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== otherBytes[otherStart + i]) return false;
    return true;
  }
}
