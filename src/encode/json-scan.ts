/** Finds the parts of a JSON text in its bytes, without making objects of them. */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
const [COMMA, COLON] = [0x2c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Calls `member` with each member of an object: the offsets at which its key begins and ends, quotes included, and those of its
 * value.
 *
 * @param member returns false to stop
 * @returns false where the text is not an object, or `member` has stopped
 */
export function forEachMember(
  json: Uint8Array,
  member: (keyAt: number, keyEnd: number, valueAt: number, valueEnd: number) => boolean,
): boolean {
  let at = skipSpace(json, 0);
  if (json[at] !== OPEN_BRACE) return false;
  at = skipSpace(json, at + 1);
  if (json[at] === CLOSE_BRACE) return skipSpace(json, at + 1) === json.length;
  for (;;) {
    if (json[at] !== QUOTE) return false;
    const keyEnd = endOfString(json, at);
    if (keyEnd === -1) return false;
    const colon = skipSpace(json, keyEnd);
    if (json[colon] !== COLON) return false;
    const valueAt = skipSpace(json, colon + 1);
    const valueEnd = endOfValue(json, valueAt);
    if (valueEnd === -1 || !member(at, keyEnd, valueAt, valueEnd)) return false;
    at = skipSpace(json, valueEnd);
    if (json[at] === CLOSE_BRACE) return skipSpace(json, at + 1) === json.length;
    if (json[at] !== COMMA) return false;
    at = skipSpace(json, at + 1);
  }
}

/** Whether a value that begins with this byte is an object or an array. */
export function isNested(first: number): boolean {
  return first === OPEN_BRACE || first === OPEN_BRACKET;
}

/** The value of a part of a text; undefined where it is not valid. */
export function parsePart(json: Uint8Array, from: number, end: number): unknown {
  try {
    return JSON.parse(Buffer.from(json.buffer, json.byteOffset + from, end - from).toString());
  } catch {
    return undefined;
  }
}

function skipSpace(json: Uint8Array, from: number): number {
  let at = from;
  while (json[at] === 0x20 || json[at] === 0x0a || json[at] === 0x0d || json[at] === 0x09) at += 1;
  return at;
}

/** @returns the offset just past the closing quote; -1 where there is none */
function endOfString(json: Uint8Array, from: number): number {
  for (let at = from + 1; at < json.length; at++) {
    if (json[at] === QUOTE) return at + 1;
    if (json[at] === BACKSLASH) at += 1;
  }
  return -1;
}

/** @returns the offset just past the value; -1 where it does not end */
function endOfValue(json: Uint8Array, from: number): number {
  const first = json[from];
  if (first === QUOTE) return endOfString(json, from);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) {
    let at = from;
    while (at < json.length && json[at] !== COMMA && json[at] !== CLOSE_BRACE && json[at] > 0x20) at += 1;
    return at === from ? -1 : at;
  }
  let depth = 0;
  for (let at = from; at < json.length; at++) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = endOfString(json, at) - 1;
      if (at < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
