import { BACKSLASH, QUOTE } from './json-bytes.js';
import { FIRST_BYTES } from './words.js';

/** Four bytes each. */
const SPACES = 0x20202020;
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;

/**
 * Writes a text that is ASCII and without control characters as a JSON string, a word of four bytes at a time.
 *
 * @param view, start, end hold the text, and at least three bytes more
 * @param out has room for twice the text and eight bytes more
 * @returns the offset just past it in `out`; -1 where the text is none of that kind
 */
export function writePlainString(
  view: DataView,
  start: number,
  end: number,
  out: DataView,
  to: number,
): number {
  out.setUint8(to, QUOTE);
  let at = start;
  let o = to + 1;
  for (; at + 4 <= end; at += 4, o += 4) {
    const word = view.getInt32(at, true);
    if (needsCare(word)) return writeEscaped(view, at, end, out, o);
    out.setInt32(o, word, true);
  }
  if (at < end) {
    const mask = FIRST_BYTES[end - at];
    const word = (view.getInt32(at, true) & mask) | (SPACES & ~mask);
    if (needsCare(word)) return writeEscaped(view, at, end, out, o);
    out.setInt32(o, word, true);
    o += end - at;
  }
  out.setUint8(o, QUOTE);
  return o + 1;
}

/** Writes the rest of a text byte by byte, and the quote behind it. */
function writeEscaped(view: DataView, start: number, end: number, out: DataView, to: number): number {
  let o = to;
  for (let at = start; at < end; at++) {
    const byte = view.getUint8(at);
    if (byte < 0x20 || byte >= 0x80) return -1;
    if (byte === QUOTE || byte === BACKSLASH) out.setUint8(o++, BACKSLASH);
    out.setUint8(o++, byte);
  }
  out.setUint8(o, QUOTE);
  return o + 1;
}

/**
 * Whether one of the four bytes of a word is not ASCII, a control character, a quote or a backslash. A subtraction sets the
 * highest bit of a byte that is too small; where it borrows from the next byte, the result is true already.
 */
function needsCare(word: number): boolean {
  const small = (word - SPACES) | 0;
  const quote = ((word ^ QUOTES) - ONES) | 0;
  const backslash = ((word ^ BACKSLASHES) - ONES) | 0;
  return ((word | small | quote | backslash) & HIGH_BITS) !== 0;
}
