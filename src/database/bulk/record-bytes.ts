import { SERIAL } from '../pages/record.js';

/** Bytes of a varint of a number that is not negative: up to 2^53. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** Writes a varint. @returns the offset just past it */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  if (value < 128) {
    bytes[at] = value;
    return at + 1;
  }
  const end = at + varintLength(value);
  let rest = value;
  for (let i = end - 1; i >= at; i--) {
    bytes[i] = (rest % 128) | (i === end - 1 ? 0 : 0x80);
    rest = Math.floor(rest / 128);
  }
  return end;
}

/** The serial type of an integer that is not negative. @param value less than 2^47 */
export function integerType(value: number): number {
  if (value <= 1) return SERIAL.ZERO + value;
  if (value < 0x80) return 1;
  if (value < 0x8000) return 2;
  if (value < 0x800000) return 3;
  return value < 0x80000000 ? 4 : 5;
}

/** Bytes of a value of one of these types. */
export function integerLength(type: number): number {
  if (type >= SERIAL.ZERO) return 0;
  return type === 5 ? 6 : type;
}

/** Writes an integer that is not negative. @param length its bytes @returns the offset just past it */
export function writeInteger(bytes: Uint8Array, at: number, value: number, length: number): number {
  let rest = value;
  for (let i = at + length - 1; i >= at; i--) {
    bytes[i] = rest & 0xff;
    rest = Math.floor(rest / 256);
  }
  return at + length;
}

/** The serial type of a text. */
export function textType(sizeBytes: number): number {
  return SERIAL.TEXT + 2 * sizeBytes;
}
