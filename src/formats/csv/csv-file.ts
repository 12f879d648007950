import { gzipSync } from 'node:zlib';
import { AppendedFile } from '../appended-file.js';
import { CELL, type RowBlock } from '../row-block.js';
import type { Column, TableFile } from '../table.js';
import { TimeText } from './time-text.js';

/** What a cell must not contain without quotes. */
const SPECIAL = /[",\r\n]/;
const [QUOTE, COMMA, RETURN, NEWLINE] = [0x22, 0x2c, 0x0d, 0x0a];
const GZIP_LEVEL = 1;
/** Bytes of rows that are written, or compressed, together; and what is kept for the next ones at most. */
const [FULL_BYTES, MOST_KEPT_BYTES] = [1 << 20, 8 << 20];

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
    const columns = this._columns;
    for (let row = 0; row < block.rowCount; row++) {
      if (out.length > FULL_BYTES) this._flush();
      for (let column = 0; column < columns.length; column++) {
        if (column > 0) out.byte(COMMA);
        if (columns[column].type === 'time') this._time(block.timeUs(column, row));
        else if (block.kind(column, row) !== CELL.none)
          writeCell(block, column, row, columns[column].type === 'text');
      }
      out.byte(RETURN);
      out.byte(NEWLINE);
    }
    this._flush();
  }

  end(): Promise<void> {
    return this._file.sync();
  }

  /** @param timeUs NaN: none */
  private _time(timeUs: number): void {
    if (!Number.isNaN(timeUs)) out.text(this._timeText.of(timeUs));
  }

  private _flush(): void {
    this._append(out.taken());
  }

  private _append(bytes: Buffer): void {
    if (bytes.length > 0) this._file.write(this._gzip ? gzipSync(bytes, { level: GZIP_LEVEL }) : bytes);
  }
}

function writeCell(block: RowBlock, column: number, row: number, mayNeedQuotes: boolean): void {
  const kind = block.kind(column, row);
  const margin = kind === CELL.plain ? 1 : 0;
  const [start, end] = [block.start(column, row) + margin, block.end(column, row) - margin];
  const isCopied =
    kind !== CELL.escaped && start < end && out.copyUnless(block.bytes(row), start, end, mayNeedQuotes);
  if (!isCopied) out.text(quoted(block.text(column, row)));
}

/** Bytes that wait to be written. */
class OutBytes {
  length = 0;
  private _bytes = Buffer.allocUnsafeSlow(2 * FULL_BYTES);

  byte(byte: number): void {
    this._reserve(1);
    this._bytes[this.length++] = byte;
  }

  text(text: string): void {
    this._reserve(3 * text.length);
    this.length += this._bytes.write(text, this.length);
  }

  /** Copies bytes, unless one of them needs another look. @param areChecked whether they may @returns whether they were copied */
  copyUnless(from: Buffer, start: number, end: number, areChecked: boolean): boolean {
    this._reserve(end - start);
    const bytes = this._bytes;
    let to = this.length;
    for (let i = start; i < end; i++) {
      const byte = from[i];
      if (areChecked && needsCare(byte)) return false;
      bytes[to++] = byte;
    }
    this.length = to;
    return true;
  }

  /** What waits, until the next call of another method. */
  taken(): Buffer {
    const taken = this._bytes.subarray(0, this.length);
    this.length = 0;
    if (this._bytes.length > MOST_KEPT_BYTES) this._bytes = Buffer.allocUnsafeSlow(2 * FULL_BYTES);
    return taken;
  }

  private _reserve(sizeBytes: number): void {
    if (this.length + sizeBytes <= this._bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + sizeBytes));
    this._bytes.copy(larger, 0, 0, this.length);
    this._bytes = larger;
  }
}

/** Of all files: each writes what waits before another one adds to it. */
const out = new OutBytes();

/** Whether a byte of a text may ask for quotes, or be a part of a character. */
function needsCare(byte: number): boolean {
  return byte >= 0x80 || byte === COMMA || byte === QUOTE || byte === RETURN || byte === NEWLINE;
}

function quoted(text: string): string {
  return text === '' || SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
