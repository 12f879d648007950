import { gzipSync } from 'node:zlib';
import { AppendedFile } from '../appended-file.js';
import { CELL, type RowBlock } from '../row-block.js';
import type { Column, TableFile } from '../table.js';
import { TimeText } from './time-text.js';

/** What a cell must not contain without quotes. */
const SPECIAL = /[",\r\n]/;
const [COMMA, RETURN, NEWLINE] = [0x2c, 0x0d, 0x0a];
const GZIP_LEVEL = 1;
/** Most bytes of a time, or of what is between two cells. */
const MOST_BYTES_BESIDE = 64;

export interface CsvOptions {
  /** Whether the file is compressed with gzip, in several members. */
  readonly gzip: boolean;
}

/**
 * Writes a table as CSV of RFC 4180: a header, commas, CR and LF. A text with a comma, a quote or a line break is in quotes, and so is
 * an empty one: a cell without anything is no value. Times are ISO 8601 in UTC.
 */
export class CsvFile implements TableFile {
  private readonly _file: AppendedFile;
  private readonly _columns: readonly Column[];
  private readonly _gzip: boolean;
  private readonly _timeText = new TimeText();
  /** Rows of a block, while they are written. */
  private _out = Buffer.alloc(0);
  private _length = 0;

  /** @throws TcsReplayError `WRITE_FAILED` */
  constructor(path: string, columns: readonly Column[], { gzip }: CsvOptions) {
    this._file = new AppendedFile(path);
    this._columns = columns;
    this._gzip = gzip;
    this._append(Buffer.from(`${columns.map(({ name }) => quoted(name)).join(',')}\r\n`));
  }

  get sizeBytes(): number {
    return this._file.sizeBytes;
  }

  write(block: RowBlock): void {
    const { rowCount, mostRows } = block;
    const columns = this._columns;
    this._out = Buffer.allocUnsafe(block.bytes.length + MOST_BYTES_BESIDE);
    this._length = 0;
    for (let row = 0; row < rowCount; row++) {
      for (let column = 0; column < columns.length; column++) {
        this._reserve(MOST_BYTES_BESIDE);
        if (column > 0) this._out[this._length++] = COMMA;
        const at = column * mostRows + row;
        if (columns[column].type === 'time') this._time(block.timeUs(at));
        else if (block.cells[at] !== CELL.none) this._cell(block, at, columns[column].type === 'text');
      }
      this._reserve(MOST_BYTES_BESIDE);
      this._out[this._length++] = RETURN;
      this._out[this._length++] = NEWLINE;
    }
    this._append(this._out.subarray(0, this._length));
    this._out = Buffer.alloc(0);
  }

  end(): void {
    this._file.sync();
  }

  /** @param timeUs NaN: none */
  private _time(timeUs: number): void {
    if (Number.isNaN(timeUs)) return;
    this._length += this._out.write(this._timeText.of(timeUs), this._length, 'latin1');
  }

  private _cell(block: RowBlock, at: number, mayNeedQuotes: boolean): void {
    const kind = block.cells[at];
    const isText = kind === CELL.plain;
    const start = block.start[at] + (isText ? 1 : 0);
    const end = block.end[at] - (isText ? 1 : 0);
    this._reserve(end - start);
    if (kind !== CELL.escaped && start < end) {
      const to = this._length;
      if (this._copy(block.bytes, start, end, mayNeedQuotes)) return;
      this._length = to;
    }
    const text = quoted(block.text(at));
    const sizeBytes = Buffer.byteLength(text);
    this._reserve(sizeBytes);
    this._length += this._out.write(text, this._length, sizeBytes);
  }

  /** @returns false where the bytes need quotes, or another look */
  private _copy(bytes: Buffer, start: number, end: number, mayNeedQuotes: boolean): boolean {
    const out = this._out;
    let to = this._length;
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      if (mayNeedQuotes && (byte < 0x2d || byte >= 0x80) && needsCare(byte)) return false;
      out[to++] = byte;
    }
    this._length = to;
    return true;
  }

  private _reserve(sizeBytes: number): void {
    if (this._length + sizeBytes <= this._out.length) return;
    const larger = Buffer.allocUnsafe(2 * (this._length + sizeBytes));
    this._out.copy(larger, 0, 0, this._length);
    this._out = larger;
  }

  private _append(bytes: Buffer): void {
    this._file.write(this._gzip ? gzipSync(bytes, { level: GZIP_LEVEL }) : bytes);
  }
}

function needsCare(byte: number): boolean {
  return byte === COMMA || byte === 0x22 || byte === RETURN || byte === NEWLINE || byte >= 0x80;
}

function quoted(text: string): string {
  return text === '' || SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
