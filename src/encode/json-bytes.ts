/** Bytes of the JSON grammar (RFC 8259). */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const ZERO = 0x30;
const NINE = 0x39;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const LOWER_N = 0x6e;

/** The bytes of JSON that SQLite returned: as a text, or as a BLOB in UTF-8. */
export function bytesOf(json: unknown): Uint8Array {
  return typeof json === 'string' ? Buffer.from(json) : (json as Uint8Array);
}

/**
 * The offset of the quote that ends the JSON string whose content begins at `start`.
 *
 * @throws RangeError where there is no such quote
 */
export function endOfString(json: Uint8Array, start: number): number {
  let at = start;
  while (at < json.length) {
    const byte = json[at];
    if (byte === QUOTE) return at;
    at += byte === BACKSLASH ? 2 : 1;
  }
  throw new RangeError(`The JSON string that begins at byte ${start} has no end`);
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Decodes UTF-8. Invalid bytes become U+FFFD, as with `errors="replace"` in Python. */
export function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** The text of a JSON string with the content `json[start..end)`. Invalid UTF-8 becomes U+FFFD. */
export function textOfString(json: Uint8Array, start: number, end: number): string {
  return JSON.parse(`"${decodeUtf8(json.subarray(start, end))}"`) as string;
}

/** `text` as a JSON string, quotes included. Characters that are not ASCII are escaped, as Python's `json` does. */
export function asciiJsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\x80-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The offset just past the string, number, boolean or null that begins at `start`, within an array or object. */
export function endOfScalar(json: Uint8Array, start: number): number {
  if (json[start] === QUOTE) return endOfString(json, start + 1) + 1;
  let end = start;
  while (json[end] !== COMMA && json[end] !== CLOSE_BRACE && json[end] !== CLOSE_BRACKET) end += 1;
  return end;
}

/** The elements of an array of scalars, as views of its bytes. */
export function elementsOf(json: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  for (let at = 1; json[at] !== CLOSE_BRACKET; ) {
    if (json[at] === COMMA) at += 1;
    const end = endOfScalar(json, at);
    elements.push(json.subarray(at, end));
    at = end;
  }
  return elements;
}

/** Whether a byte is `0` to `9`. */
export function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** The text of `bytes[start..end)`, which must be Latin-1 or ASCII. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
