import { OddRow } from './odd-row.js';

/** Number of bytes of the varint at `at`, 1 to 9 (https://www.sqlite.org/fileformat.html, 1.6). */
export function varintBytes(bytes: Uint8Array, at: number): number {
  for (let count = 1; count < 9; count++) if (bytes[at + count - 1] < 0x80) return count;
  return 9;
}

/** The varint at `at`. @throws OddRow where it is negative or 2^53 or more */
export function varint(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i];
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      if (value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
  }
  throw new OddRow('a number of 2^53 or more, or a negative one');
}
