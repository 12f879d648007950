import { MARK } from '../encode/encode-rules.js';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  decodeUtf8,
  isDigit,
  LOWER_N,
  latin1,
  MINUS,
  OPEN_BRACE,
  OPEN_BRACKET,
  POINT,
  QUOTE,
  ZERO,
} from '../encode/json-bytes.js';

const [COLON, PLUS, SPACE, LOWER_U] = [0x3a, 0x2b, 0x20, 0x75];
const [LOWER_E, UPPER_E] = [0x65, 0x45];
/** The characters that may follow a backslash, but for `u` and its four digits. */
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));
const [TRUE, FALSE, NULL, NAN, INFINITY, MINUS_INFINITY] = [
  'true',
  'false',
  'null',
  'NaN',
  'Infinity',
  '-Infinity',
].map((word) => Buffer.from(word));
/** Members that an event usually has no more of. The arrays grow where one has. */
const FIRST_MEMBERS = 64;

/**
 * What a value in a payload is. `nonFinite` is `NaN`, `Infinity` or `-Infinity`, which JSON does not have, and which
 * Python's `json` module writes and reads.
 */
export type ValueKind = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array' | 'nonFinite';

/** What the type of a text makes of it: see `ValueForm`. */
export type Mark = keyof typeof MARK;

/**
 * Finds the members of a payload, which is a JSON object, in its bytes. It makes no objects, and no value passes through a
 * double: a number is the text that was written.
 *
 * One scanner serves one payload after the other; a scan allocates nothing, unless a payload has more members than all before.
 * No payload makes it throw, nor costs more than time in proportion to its bytes.
 *
 * @example
 * const scanner = new PayloadScanner();
 * if (scanner.scan(payload))
 *   for (let i = 0; i < scanner.memberCount; i++) use(scanner.key(i), scanner.kind(i), scanner.text(i));
 */
export class PayloadScanner {
  private _bytes: Uint8Array = new Uint8Array(0);
  private _memberCount = 0;
  private _keyAt = new Int32Array(FIRST_MEMBERS);
  private _keyEnd = new Int32Array(FIRST_MEMBERS);
  private _valueAt = new Int32Array(FIRST_MEMBERS);
  private _valueEnd = new Int32Array(FIRST_MEMBERS);
  /** The bytes of a string are its text: they are ASCII without escapes. */
  private _keyIsPlain = new Uint8Array(FIRST_MEMBERS);
  private _valueIsPlain = new Uint8Array(FIRST_MEMBERS);
  private _kinds: ValueKind[] = [];
  private readonly _hasMarks: boolean;
  private _marks: (Mark | undefined)[] = [];
  /** Where the payload is in `_bytes`. */
  private _from = 0;
  private _end = 0;
  /** The payload as Latin-1, once a plain text was asked for: a part of a string is had sooner than one of bytes. */
  private _latin1: string | undefined;
  /** Whether the string that was scanned last is ASCII without escapes. */
  private _isPlain = false;

  /** @param options.hasMarks whether a string may be marked: see `ValueForm`. Default false: then it is no JSON */
  constructor({ hasMarks = false }: { readonly hasMarks?: boolean } = {}) {
    this._hasMarks = hasMarks;
  }

  /**
   * Scans a payload: a JSON object in UTF-8 of RFC 8259, in which values may also be `NaN`, `Infinity` and `-Infinity`, but not within
   * arrays and objects. Invalid UTF-8 within a string is no fault here; `key` and `text` replace it.
   *
   * @param bytes must stay as they are until the members have been asked for; nothing is copied
   * @param from, end the payload's place in `bytes`. Default: all
   * @returns false where it is no such object; then it has no members
   */
  scan(bytes: Uint8Array, from = 0, end: number = bytes.length): boolean {
    this._bytes = bytes;
    this._from = from;
    this._end = end;
    this._latin1 = undefined;
    this._memberCount = 0;
    if (this._scanObject()) return true;
    this._memberCount = 0;
    return false;
  }

  /** Number of members. A key that occurs twice counts twice. */
  get memberCount(): number {
    return this._memberCount;
  }

  /** The key of a member, without escapes. Invalid UTF-8 is U+FFFD. @param index below `memberCount` */
  key(index: number): string {
    return this._stringText(this._keyAt[index], this._keyEnd[index], this._keyIsPlain[index]);
  }

  /** What the value of a member is. @param index below `memberCount` */
  kind(index: number): ValueKind {
    return this._kinds[index];
  }

  /** The mark of a string; undefined: it has none. Only for a scanner that knows marks. @param index below `memberCount` */
  mark(index: number): Mark | undefined {
    return this._marks[index];
  }

  /**
   * The text of a member's value: that of a string without its quotes and escapes, in which invalid UTF-8 is U+FFFD; of any other value
   * the JSON as it was written. @param index below `memberCount`
   */
  text(index: number): string {
    const [at, end] = [this._valueAt[index], this._valueEnd[index]];
    if (this._kinds[index] === 'string') return this._stringText(at, end, this._valueIsPlain[index]);
    return this._valueIsPlain[index] === 1
      ? this._plainText(at, end)
      : decodeUtf8(this._bytes.subarray(at, end));
  }

  /** Whether the bytes of a member's key between its quotes are its text: they are ASCII without escapes. @param index below `memberCount` */
  keyIsPlain(index: number): boolean {
    return this._keyIsPlain[index] === 1;
  }

  /** Whether a member has this key. @param key ASCII, as bytes @param index below `memberCount` */
  keyIs(index: number, key: Buffer): boolean {
    if (this._keyIsPlain[index] === 0) return this.key(index) === key.toString('latin1');
    const at = this._keyAt[index] + 1;
    if (this._keyEnd[index] - 1 - at !== key.length) return false;
    for (let i = 0; i < key.length; i++) if (this._bytes[at + i] !== key[i]) return false;
    return true;
  }

  /** Whether the text of a member's value stands in the bytes as it is, a string's between its quotes: it is ASCII without escapes. */
  isPlain(index: number): boolean {
    return this._valueIsPlain[index] === 1;
  }

  /** Where the key of a member begins in the scanned bytes: its opening quote. @param index below `memberCount` */
  keyAt(index: number): number {
    return this._keyAt[index];
  }

  /** Where the key of a member ends: just past its closing quote. @param index below `memberCount` */
  keyEnd(index: number): number {
    return this._keyEnd[index];
  }

  /** Where the value of a member begins; a string begins with its quote. @param index below `memberCount` */
  valueAt(index: number): number {
    return this._valueAt[index];
  }

  /** Where the value of a member ends: just past its last byte. @param index below `memberCount` */
  valueEnd(index: number): number {
    return this._valueEnd[index];
  }

  private _stringText(at: number, end: number, isPlain: number): string {
    if (isPlain === 1) return this._plainText(at + 1, end - 1);
    return JSON.parse(decodeUtf8(this._bytes.subarray(at, end))) as string;
  }

  private _plainText(at: number, end: number): string {
    this._latin1 ??= latin1(this._bytes, this._from, this._end);
    return this._latin1.slice(at - this._from, end - this._from);
  }

  private _scanObject(): boolean {
    const { _bytes: bytes, _end: end } = this;
    let at = skipSpace(bytes, this._from, end);
    if (at >= end || bytes[at] !== OPEN_BRACE) return false;
    at = skipSpace(bytes, at + 1, end);
    if (at < end && bytes[at] === CLOSE_BRACE) return skipSpace(bytes, at + 1, end) === end;
    for (;;) {
      const index = this._memberCount;
      if (index === this._keyAt.length) this._grow();
      const keyEnd = this._endOfString(at, end);
      if (keyEnd === -1) return false;
      this._keyAt[index] = at;
      this._keyEnd[index] = keyEnd;
      this._keyIsPlain[index] = this._isPlain ? 1 : 0;
      at = skipSpace(bytes, keyEnd, end);
      if (at >= end || bytes[at] !== COLON) return false;
      at = skipSpace(bytes, at + 1, end);
      if (this._hasMarks) at = this._scanMark(index, at, end);
      const valueEnd = this._scanValue(index, at, end);
      if (valueEnd === -1) return false;
      this._valueAt[index] = at;
      this._valueEnd[index] = valueEnd;
      this._memberCount = index + 1;
      at = skipSpace(bytes, valueEnd, end);
      if (at >= end) return false;
      if (bytes[at] === CLOSE_BRACE) return skipSpace(bytes, at + 1, end) === end;
      if (bytes[at] !== COMMA) return false;
      at = skipSpace(bytes, at + 1, end);
    }
  }

  /** @returns the offset of the value */
  private _scanMark(index: number, at: number, end: number): number {
    const first = at + 1 < end && this._bytes[at + 1] === QUOTE ? this._bytes[at] : 0;
    const mark = first === MARK.number ? 'number' : first === MARK.boolean ? 'boolean' : undefined;
    this._marks[index] = mark;
    return mark === undefined ? at : at + 1;
  }

  /** @returns the offset just past the value; -1 where it is not valid */
  private _scanValue(index: number, at: number, end: number): number {
    if (at >= end) return -1;
    const bytes = this._bytes;
    const first = bytes[at];
    let kind: ValueKind;
    let valueEnd: number;
    this._isPlain = true;
    if (first === QUOTE) {
      kind = 'string';
      valueEnd = this._endOfString(at, end);
    } else if (isDigit(first) || (first === MINUS && at + 1 < end && isDigit(bytes[at + 1]))) {
      kind = 'number';
      valueEnd = endOfNumber(bytes, at, end);
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      kind = first === OPEN_BRACE ? 'object' : 'array';
      valueEnd = this._endOfNested(at, end);
    } else if (first === LOWER_N) {
      kind = 'null';
      valueEnd = endOfWord(bytes, at, end, NULL);
    } else if (first === TRUE[0] || first === FALSE[0]) {
      kind = 'boolean';
      valueEnd = endOfWord(bytes, at, end, first === TRUE[0] ? TRUE : FALSE);
    } else {
      kind = 'nonFinite';
      valueEnd = endOfNonFinite(bytes, at, end);
    }
    this._kinds[index] = kind;
    this._valueIsPlain[index] = this._isPlain ? 1 : 0;
    return valueEnd;
  }

  /** Sets `_isPlain`. @returns the offset just past the closing quote; -1 where there is no valid string */
  private _endOfString(from: number, end: number): number {
    const bytes = this._bytes;
    if (from >= end || bytes[from] !== QUOTE) return -1;
    let seen = 0;
    let isEscaped = false;
    for (let at = from + 1; at < end; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this._isPlain = seen < 0x80 && !isEscaped;
        return at + 1;
      }
      if (byte < SPACE) return -1;
      seen |= byte;
      if (byte !== BACKSLASH) continue;
      isEscaped = true;
      at += 1;
      if (at >= end) return -1;
      if (bytes[at] === LOWER_U) {
        for (const last = at + 4; at < last; ) if (++at >= end || !isHexDigit(bytes[at])) return -1;
      } else if (!ESCAPED.has(bytes[at])) return -1;
    }
    return -1;
  }

  /**
   * Finds the end of an array or object by its brackets, then has its inside checked. A payload of events has none.
   *
   * @returns the offset just past it; -1 where it does not end or is not valid
   */
  private _endOfNested(from: number, end: number): number {
    const bytes = this._bytes;
    let depth = 0;
    let isPlain = true;
    for (let at = from; at < end; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        at = this._endOfString(at, end) - 1;
        if (at < 0) return -1;
        isPlain &&= this._isPlain;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth -= 1;
        if (depth > 0) continue;
        this._isPlain = isPlain;
        return isJson(decodeUtf8(bytes.subarray(from, at + 1))) ? at + 1 : -1;
      }
    }
    return -1;
  }

  private _grow(): void {
    const length = 2 * this._keyAt.length;
    this._keyAt = grown(this._keyAt, new Int32Array(length));
    this._keyEnd = grown(this._keyEnd, new Int32Array(length));
    this._valueAt = grown(this._valueAt, new Int32Array(length));
    this._valueEnd = grown(this._valueEnd, new Int32Array(length));
    this._keyIsPlain = grown(this._keyIsPlain, new Uint8Array(length));
    this._valueIsPlain = grown(this._valueIsPlain, new Uint8Array(length));
  }
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at];
    if (byte > SPACE || (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
    at += 1;
  }
  return at;
}

/** @param at the first byte is a digit, or a minus before a digit */
function endOfNumber(bytes: Uint8Array, at: number, end: number): number {
  const whole = bytes[at] === MINUS ? at + 1 : at;
  let to = endOfDigits(bytes, whole, end);
  if (bytes[whole] === ZERO && to > whole + 1) return -1;
  if (to < end && bytes[to] === POINT) {
    const decimals = to + 1;
    to = endOfDigits(bytes, decimals, end);
    if (to === decimals) return -1;
  }
  if (to < end && (bytes[to] === LOWER_E || bytes[to] === UPPER_E)) {
    const isSigned = to + 1 < end && (bytes[to + 1] === PLUS || bytes[to + 1] === MINUS);
    const exponent = isSigned ? to + 2 : to + 1;
    to = endOfDigits(bytes, exponent, end);
    if (to === exponent) return -1;
  }
  return to;
}

function endOfDigits(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isDigit(bytes[at])) at += 1;
  return at;
}

function endOfNonFinite(bytes: Uint8Array, at: number, end: number): number {
  for (const word of [NAN, INFINITY, MINUS_INFINITY]) {
    const to = endOfWord(bytes, at, end, word);
    if (to !== -1) return to;
  }
  return -1;
}

/** @returns the offset just past the word; -1 where there is another text */
function endOfWord(bytes: Uint8Array, at: number, end: number, word: Uint8Array): number {
  if (at + word.length > end) return -1;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return -1;
  return at + word.length;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
