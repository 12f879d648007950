import { decodeUtf8, latin1, MINUS, QUOTE } from '../encode/json-bytes.js';
import { decimalOf, timeOf } from '../encode/time-value.js';

/** What a cell holds. `plain`: a text that stands in the bytes as it is; `escaped`: one that does not; `json`: any other value. */
export const CELL = { none: 0, plain: 1, escaped: 2, json: 3 } as const;

/** Of 64 bits of microseconds, in seconds: further times cannot be held. */
const LARGEST_TIME_S = 9.2e12;

/** Rows and columns for which there is room at first. */
const [FIRST_ROWS, FIRST_COLUMNS] = [16, 8];
/** Of a cell: its kind, and two offsets. */
const CELL_BYTES = 9;

/**
 * Some rows of a table. Nothing is made of a value before it is asked for: a cell is a place in the bytes of a payload. It grows by
 * rows and by columns.
 */
export class RowBlock {
  rowCount = 0;
  /** Of each row: its payload is in them, as JSON in UTF-8. */
  private readonly _bytes: Buffer[] = [];
  private _rows = FIRST_ROWS;
  private _columns = FIRST_COLUMNS;
  /** Column `c` of row `r` is at `r * columns + c`, as in the arrays below: see `CELL`. */
  private _cells = new Uint8Array(FIRST_ROWS * FIRST_COLUMNS);
  /** Where each value begins and ends in the bytes of its row, the quotes of a text included. */
  private _start = new Int32Array(FIRST_ROWS * FIRST_COLUMNS);
  private _end = new Int32Array(FIRST_ROWS * FIRST_COLUMNS);

  /** Of the cells, those for which there is room included. */
  get sizeBytes(): number {
    return this._rows * this._columns * CELL_BYTES;
  }

  /** Begins the row `rowCount`, whose cells are empty. @param bytes are kept @param columns number that is expected */
  begin(bytes: Buffer, columns: number): void {
    const row = this.rowCount;
    this._bytes[row] = bytes;
    if (row === this._rows) this._grow(2 * row, this._columns);
    if (columns > this._columns) this._grow(this._rows, columns);
  }

  /** Sets a cell of that row. @param isPlain of a text: whether it stands in the bytes as it is */
  set(column: number, start: number, end: number, isPlain: boolean): void {
    if (column >= this._columns) this._grow(this._rows, 2 * column);
    const at = this.rowCount * this._columns + column;
    const isText = this._bytes[this.rowCount][start] === QUOTE;
    this._cells[at] = !isText ? CELL.json : isPlain ? CELL.plain : CELL.escaped;
    this._start[at] = start;
    this._end[at] = end;
  }

  /** Empties a cell of that row. */
  empty(column: number): void {
    if (column < this._columns) this._cells[this.rowCount * this._columns + column] = CELL.none;
  }

  /** What a cell holds. */
  kind(column: number, row: number): (typeof CELL)[keyof typeof CELL] {
    if (column >= this._columns) return CELL.none;
    return this._cells[row * this._columns + column] as (typeof CELL)[keyof typeof CELL];
  }

  /** The bytes in which the cells of a row are. */
  bytes(row: number): Buffer {
    return this._bytes[row];
  }

  /** Where the value of a cell begins in the bytes of its row. */
  start(column: number, row: number): number {
    return this._start[row * this._columns + column];
  }

  /** Where it ends. */
  end(column: number, row: number): number {
    return this._end[row * this._columns + column];
  }

  /** The text of a cell that holds something: of any value but a text its JSON, as it was written. */
  text(column: number, row: number): string {
    const at = row * this._columns + column;
    const [start, end] = [this._start[at], this._end[at]];
    if (this._cells[at] === CELL.plain) return latin1(this._bytes[row], start + 1, end - 1);
    const json = decodeUtf8(this._bytes[row].subarray(start, end));
    return this._cells[at] === CELL.escaped ? (JSON.parse(json) as string) : json;
  }

  /** The double that is nearest to a cell that holds a JSON number. */
  number(column: number, row: number): number {
    const bytes = this._bytes[row];
    const at = row * this._columns + column;
    const [start, end] = [this._start[at], this._end[at]];
    const isNegative = bytes[start] === MINUS;
    const value = decimalOf(bytes, isNegative ? start + 1 : start, end);
    if (Number.isNaN(value)) return Number(latin1(bytes, start, end));
    return isNegative ? -value : value;
  }

  /** The time of a cell in microseconds since 1970, a whole number; NaN where it holds none, or one that is out of range. */
  timeUs(column: number, row: number): number {
    if (this.kind(column, row) === CELL.none) return Number.NaN;
    const at = row * this._columns + column;
    const timeS = timeOf(this._bytes[row], this._start[at], this._end[at]);
    return Math.abs(timeS) < LARGEST_TIME_S ? Math.round(timeS * 1e6) : Number.NaN;
  }

  /** Whether the cells of two rows, which hold something, have the same bytes. */
  areEqual(column: number, row: number, other: number): boolean {
    const [at, otherAt] = [row * this._columns + column, other * this._columns + column];
    const [bytes, otherBytes] = [this._bytes[row], this._bytes[other]];
    const [start, otherStart] = [this._start[at], this._start[otherAt]];
    const length = this._end[at] - start;
    if (this._end[otherAt] - otherStart !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== otherBytes[otherStart + i]) return false;
    return true;
  }

  private _grow(rows: number, columns: number): void {
    const { _rows: oldRows, _columns: oldColumns } = this;
    const grown = <T extends Uint8Array | Int32Array>(from: T, to: T): T => {
      if (columns === oldColumns) to.set(from);
      else
        for (let row = 0; row < oldRows; row++)
          to.set(from.subarray(row * oldColumns, (row + 1) * oldColumns), row * columns);
      return to;
    };
    this._cells = grown(this._cells, new Uint8Array(rows * columns));
    this._start = grown(this._start, new Int32Array(rows * columns));
    this._end = grown(this._end, new Int32Array(rows * columns));
    this._rows = rows;
    this._columns = columns;
  }
}
