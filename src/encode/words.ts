/** The first bytes of a little-endian word, by their number. */
export const FIRST_BYTES = Int32Array.of(0, 0xff, 0xffff, 0xffffff);

/** Of each byte of a word. */
const HIGH_BITS = 0x80808080 | 0;

/** Bytes as little-endian words of four, of which the last is filled up with zeros. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const words = new Int32Array((bytes.length + 3) >> 2);
  for (let i = 0; i < bytes.length; i++) words[i >> 2] |= bytes[i] << (8 * (i & 3));
  return words;
}

/** Whether bytes are all ASCII. @param view has at least three bytes more than these */
export function isAsciiAt(view: DataView, at: number, length: number): boolean {
  const whole = length & ~3;
  let bits = 0;
  for (let i = 0; i < whole; i += 4) bits |= view.getInt32(at + i, true);
  if (whole < length) bits |= view.getInt32(at + whole, true) & FIRST_BYTES[length - whole];
  return (bits & HIGH_BITS) === 0;
}

/**
 * Whether the bytes at `at` are those of `words`.
 *
 * @param view has at least three bytes more than these
 * @param length number of bytes
 */
export function holdsAt(view: DataView, at: number, words: Int32Array, length: number): boolean {
  const whole = length >> 2;
  for (let i = 0; i < whole; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
  const rest = length & 3;
  return rest === 0 || (view.getInt32(at + 4 * whole, true) & FIRST_BYTES[rest]) === words[whole];
}
