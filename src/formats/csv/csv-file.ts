import { gzipSync } from 'node:zlib';
import { AppendedFile } from '../appended-file.js';
import type { Cell, Column, RowBlock, TableFile } from '../table.js';

/** What a cell must not contain without quotes. */
const SPECIAL = /[",\r\n]/;
const GZIP_LEVEL = 1;
const MICROSECONDS = 1_000_000n;

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

  /** @throws TcsReplayError `WRITE_FAILED` */
  constructor(path: string, columns: readonly Column[], { gzip }: CsvOptions) {
    this._file = new AppendedFile(path);
    this._columns = columns;
    this._gzip = gzip;
    this._append(`${columns.map(({ name }) => quoted(name)).join(',')}\r\n`);
  }

  get sizeBytes(): number {
    return this._file.sizeBytes;
  }

  write({ rowCount, cells }: RowBlock): void {
    let text = '';
    for (let row = 0; row < rowCount; row++) {
      for (let column = 0; column < cells.length; column++) {
        if (column > 0) text += ',';
        text += this._text(cells[column][row], column);
      }
      text += '\r\n';
    }
    this._append(text);
  }

  end(): void {
    this._file.sync();
  }

  private _text(cell: Cell, column: number): string {
    if (cell === null) return '';
    if (typeof cell === 'bigint') return isoTime(cell);
    return this._columns[column].type === 'text' ? quoted(cell) : cell;
  }

  private _append(text: string): void {
    const bytes = Buffer.from(text);
    this._file.write(this._gzip ? gzipSync(bytes, { level: GZIP_LEVEL }) : bytes);
  }
}

function quoted(text: string): string {
  return text === '' || SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A time in ISO 8601, to the microsecond: `2018-03-24T01:15:00.018880Z`. Outside the range of dates: Unix seconds. */
function isoTime(us: bigint): string {
  let seconds = us / MICROSECONDS;
  let fraction = us % MICROSECONDS;
  if (fraction < 0n) {
    fraction += MICROSECONDS;
    seconds -= 1n;
  }
  const digits = String(fraction).padStart(6, '0');
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime())
    ? `${seconds}.${digits}`
    : `${date.toISOString().slice(0, -'.000Z'.length)}.${digits}Z`;
}
