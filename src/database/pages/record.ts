import { PageFault } from './page-fault.js';

/** Serial types of a record (https://www.sqlite.org/fileformat.html, 2.1). From `BLOB` on, even ones are BLOBs, odd ones texts. */
export const SERIAL = { NULL: 0, INT64: 6, REAL: 7, ZERO: 8, ONE: 9, BLOB: 12, TEXT: 13 } as const;
const SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

/** Number of bytes of a value. @throws PageFault for the types that SQLite keeps for itself */
function sizeOf(type: number): number {
  if (type >= SERIAL.BLOB) return (type - SERIAL.BLOB) >> 1;
  if (type > SERIAL.ONE) throw new PageFault(`a value of type ${type}`);
  return SIZES[type];
}

/** Whether a value of this serial type is a text. */
export function isText(type: number): boolean {
  return type >= SERIAL.TEXT && (type & 1) === 1;
}

/** Whether a value of this serial type is an integer. */
export function isInteger(type: number): boolean {
  return type !== SERIAL.NULL && type <= SERIAL.ONE && type !== SERIAL.REAL;
}

/** The values of a row: the type and the place of each. */
export class Record {
  /** Serial type of each column; `SERIAL.NULL` of those that the record does not have. */
  readonly types: Int32Array;
  /** Offset of each column's value in the bytes that were given to `read`, and of the end of the last one. */
  readonly starts: Int32Array;
  /** Columns that the record has: those that were added to the table later may be missing. */
  columns = 0;

  /** @param mostColumns number of columns of the table: a record with more is a fault */
  constructor(mostColumns: number) {
    this.types = new Int32Array(mostColumns);
    this.starts = new Int32Array(mostColumns + 1);
  }

  /**
   * Finds the columns of the record `bytes[start .. end)`.
   *
   * @throws PageFault where the types do not add up to the size of the record
   */
  read(bytes: Uint8Array, start: number, end: number): void {
    const { types, starts } = this;
    let at = start;
    let headerBytes = bytes[at++];
    if (headerBytes >= 0x80) headerBytes = ((headerBytes & 0x7f) << 7) | small(bytes[at++]);
    const headerEnd = start + headerBytes;
    if (headerEnd > end) throw new PageFault('a record without an end');
    let value = headerEnd;
    let column = 0;
    while (at < headerEnd) {
      let type = bytes[at++];
      if (type >= 0x80) {
        let byte: number;
        type &= 0x7f;
        do {
          byte = bytes[at++];
          type = (type << 7) | (byte & 0x7f);
          if (type > 1 << 26) throw new PageFault('a value without an end');
        } while (byte >= 0x80);
      }
      if (column === types.length) throw new PageFault('more values than columns');
      types[column] = type;
      starts[column] = value;
      value += type >= SERIAL.BLOB ? (type - SERIAL.BLOB) >> 1 : sizeOf(type);
      column += 1;
    }
    if (at !== headerEnd || value !== end) throw new PageFault('a record whose values do not fill it');
    for (let i = column; i < this.columns; i++) types[i] = SERIAL.NULL;
    this.columns = column;
    starts[column] = value;
  }

  /** The integer of a column. @throws PageFault where it is none, or not exact as a number */
  integer(bytes: Uint8Array, column: number): number {
    const type = this.types[column];
    if (type === SERIAL.ZERO) return 0;
    if (type === SERIAL.ONE) return 1;
    if (type === SERIAL.NULL || type > SERIAL.INT64) throw new PageFault('a value that is no integer');
    const start = this.starts[column];
    let value = (bytes[start] << 24) >> 24;
    for (let i = start + 1; i < start + SIZES[type]; i++) value = value * 256 + bytes[i];
    if (!Number.isSafeInteger(value)) throw new PageFault('an integer that is not exact as a number');
    return value;
  }
}

/** The second byte of a header's length: the headers that are read have less than 2^14 bytes. */
function small(byte: number): number {
  if (byte >= 0x80) throw new PageFault('a record with too many columns');
  return byte;
}
