import { decodeUtf8, latin1, MINUS, QUOTE } from '../encode/json-bytes.js';
import { decimalOf, timeOf } from '../encode/time-value.js';

/** What a cell holds. `plain`: a text that stands in the bytes as it is; `escaped`: one that does not; `json`: any other value. */
export const CELL = { none: 0, plain: 1, escaped: 2, json: 3 } as const;

/** Of 64 bits of microseconds, in seconds: further times cannot be held. */
const LARGEST_TIME_S = 9.2e12;

/** Some rows of a table. Nothing is made of a value before it is asked for: a cell is a place in the bytes of payloads. */
export class RowBlock {
  /** Payloads, as JSON in UTF-8. */
  readonly bytes: Buffer;
  /** Of the cells that hold something: see `CELL`. Row `r` of column `c` is at `c * mostRows + r`, as in the arrays below. */
  readonly cells: Uint8Array;
  /** Where each value begins and ends in `bytes`, the quotes of a text included. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly mostRows: number;
  rowCount = 0;

  constructor(bytes: Buffer, columns: number, mostRows: number) {
    this.bytes = bytes;
    this.mostRows = mostRows;
    this.cells = new Uint8Array(columns * mostRows);
    this.start = new Int32Array(columns * mostRows);
    this.end = new Int32Array(columns * mostRows);
  }

  /** Index of a cell of the row that comes next. */
  next(column: number): number {
    return column * this.mostRows + this.rowCount;
  }

  /** Sets a cell. @param isPlain of a text: whether it stands in the bytes as it is */
  set(at: number, start: number, end: number, isPlain: boolean): void {
    const isText = this.bytes[start] === QUOTE;
    this.cells[at] = !isText ? CELL.json : isPlain ? CELL.plain : CELL.escaped;
    this.start[at] = start;
    this.end[at] = end;
  }

  /** The text of a cell that holds something: of any value but a text its JSON, as it was written. @param at index of the cell */
  text(at: number): string {
    const [start, end] = [this.start[at], this.end[at]];
    if (this.cells[at] === CELL.plain) return latin1(this.bytes, start + 1, end - 1);
    const json = decodeUtf8(this.bytes.subarray(start, end));
    return this.cells[at] === CELL.escaped ? (JSON.parse(json) as string) : json;
  }

  /** The double that is nearest to a cell that holds a JSON number. @param at index of the cell */
  number(at: number): number {
    const { bytes } = this;
    const [start, end] = [this.start[at], this.end[at]];
    const isNegative = bytes[start] === MINUS;
    const value = decimalOf(bytes, isNegative ? start + 1 : start, end);
    if (Number.isNaN(value)) return Number(latin1(bytes, start, end));
    return isNegative ? -value : value;
  }

  /** The time of a cell in microseconds since 1970, a whole number; NaN where it holds none, or one that is out of range. */
  timeUs(at: number): number {
    if (this.cells[at] === CELL.none) return Number.NaN;
    const timeS = timeOf(this.bytes, this.start[at], this.end[at]);
    return Math.abs(timeS) < LARGEST_TIME_S ? Math.round(timeS * 1e6) : Number.NaN;
  }

  /** Whether two cells that hold something have the same bytes. */
  areEqual(at: number, other: number): boolean {
    const { bytes, start, end } = this;
    const length = end[at] - start[at];
    if (end[other] - start[other] !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[start[at] + i] !== bytes[start[other] + i]) return false;
    return true;
  }
}
