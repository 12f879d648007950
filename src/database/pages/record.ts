import { OddRow } from './odd-row.js';
import { PageFault } from './page-fault.js';

/** Serial types of a record (https://www.sqlite.org/fileformat.html, 2.1). From `BLOB` on, even ones are BLOBs, odd ones texts. */
export const SERIAL = { NULL: 0, INT64: 6, REAL: 7, ZERO: 8, ONE: 9, BLOB: 12, TEXT: 13 } as const;
const SIZES = Int32Array.of(0, 1, 2, 3, 4, 6, 8, 8, 0, 0);

/** Number of bytes of a value. @throws PageFault for the types that SQLite keeps for itself */
export function sizeOf(type: number): number {
  if (type >= SERIAL.BLOB) return (type - SERIAL.BLOB) >> 1;
  if (type > SERIAL.ONE) throw new PageFault(`a value of type ${type}`);
  return SIZES[type];
}

/** The size of a value whose serial type is one byte; larger than any record for bytes that are none, or only the first of several. */
export const SIZE_OF_SHORT = Int32Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || byte === 10 || byte === 11 ? 1 << 27 : sizeOf(byte),
);

/** Whether a value of this serial type is a text. */
export function isText(type: number): boolean {
  return type >= SERIAL.TEXT && (type & 1) === 1;
}

/** Whether a value of this serial type is an integer. */
export function isInteger(type: number): boolean {
  return type !== SERIAL.NULL && type <= SERIAL.ONE && type !== SERIAL.REAL;
}

/**
 * Finds the values of the record `bytes[start .. end)`.
 *
 * @param types, starts get the serial type of each column and the offset of its value in `bytes`, from index `to` on; `SERIAL.NULL`
 * for columns that the record does not have
 * @param columns number of columns of the table
 * @throws PageFault where the record has more, or its types do not add up to its size
 */
export function findValues(
  bytes: Uint8Array,
  start: number,
  end: number,
  types: Int32Array,
  starts: Int32Array,
  to: number,
  columns: number,
): void {
  let at = start;
  let headerBytes = bytes[at++];
  if (headerBytes >= 0x80) headerBytes = ((headerBytes & 0x7f) << 7) | small(bytes[at++]);
  const headerEnd = start + headerBytes;
  if (headerEnd > end) throw new PageFault('a record without an end');
  const last = to + columns;
  let value = headerEnd;
  let column = to;
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
    if (column === last) throw new PageFault('more values than columns');
    types[column] = type;
    starts[column] = value;
    value += type >= SERIAL.BLOB ? (type - SERIAL.BLOB) >> 1 : sizeOf(type);
    column += 1;
  }
  if (at !== headerEnd || value !== end) throw new PageFault('a record whose values do not fill it');
  for (; column < last; column++) types[column] = SERIAL.NULL;
}

/** The integer of serial type `type` at `bytes[start]`. @throws OddRow where it is none, or not exact as a number */
export function integerAt(bytes: Uint8Array, type: number, start: number): number {
  if (type === SERIAL.ZERO) return 0;
  if (type === SERIAL.ONE) return 1;
  if (type === SERIAL.NULL || type > SERIAL.INT64) throw new OddRow('a value that is no integer');
  let value = (bytes[start] << 24) >> 24;
  const end = start + SIZES[type];
  for (let i = start + 1; i < end; i++) value = value * 256 + bytes[i];
  if (!Number.isSafeInteger(value)) throw new OddRow('an integer that is not exact as a number');
  return value;
}

/** The second byte of a header's length: the headers that are read have less than 2^14 bytes. */
function small(byte: number): number {
  if (byte >= 0x80) throw new PageFault('a record with too many columns');
  return byte;
}
