import { BACKSLASH, forEachMember, isNested, parsePart, QUOTE } from '../encode/json-scan.js';
import { wireTimeOf } from '../encode/wire-time-of.js';

const [DOT, PLUS, MINUS, ZERO] = [0x2e, 0x2b, 0x2d, 0x30];
const UNDERSCORE = 0x5f;
/** No character has this code: `a` with `bc` is not `ab` with `c`. */
const AFTER_KEY = 0x10000;
/** Keys of the times, which a replay writes anew. */
const TIMES = new Set(['__wire_time', '__data_time']);
/** With quotes. An escaped key is longer, and is no plain one. */
const TIME_KEY_BYTES = 13;
/** A number whose text is the same everywhere, but for zeros at the end of its decimals: neither long nor tiny. */
const PLAIN_NUMBER = /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/;
const LONGEST_PLAIN = 16;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const TINY = /^-?0\.0{5}/;
/** How programs write the same value: Python's `str` has capitals. */
const WORDS = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
]);

/**
 * Condenses payloads, so that two can be compared that were written by different programs. Neither the order of the keys
 * counts, nor how a value is written: `"1.50"`, `1.5` and `15e-1` are the same, as are `true` and `"True"`. The
 * times `__wire_time` and `__data_time` do not count.
 *
 * Digests are 64 bits: of a million different payloads, two have the same digest with a probability of one in 10^7.
 */
export class PayloadDigest {
  /** The digest of the last payload, as two signed 32-bit numbers. */
  low = 0;
  high = 0;
  /** Its `__wire_time` in Unix seconds; NaN where it has none. */
  wireTimeS = Number.NaN;
  /** Its `__data_time` in Unix seconds; NaN where it has none. */
  dataTimeS = Number.NaN;
  private _low = 0;
  private _high = 0;

  /**
   * Reads a payload.
   *
   * @param json a JSON object in UTF-8
   * @returns false where it is none, such as one that was cut off or has a NaN. The digest is then that of its bytes, and it has a wire
   * time if there is one to be read
   */
  read(json: Uint8Array): boolean {
    this.low = 0;
    this.high = 0;
    this.wireTimeS = Number.NaN;
    this.dataTimeS = Number.NaN;
    if (forEachMember(json, (keyAt, keyEnd, at, end) => this._readMember(json, keyAt, keyEnd, at, end)))
      return true;
    this.low = 0;
    this.high = 0;
    this.wireTimeS = wireTimeOf(Buffer.from(json.buffer, json.byteOffset, json.length)) / 1e6;
    this._begin();
    for (const byte of json) this._add(byte);
    this._end();
    return false;
  }

  /** Reads a payload that was parsed already: its values are of JSON. */
  readEvent(event: Readonly<Record<string, unknown>>): void {
    this.low = 0;
    this.high = 0;
    this.wireTimeS = Number.NaN;
    this.dataTimeS = Number.NaN;
    for (const [key, value] of Object.entries(event)) this._addMember(key, textOf(value));
  }

  /** @returns false where the key or the value is not valid */
  private _readMember(json: Uint8Array, keyAt: number, keyEnd: number, at: number, end: number): boolean {
    const isText = json[at] === QUOTE;
    const from = isText ? at + 1 : at;
    const to = isText ? end - 1 : end;
    const canonicalEnd = isLikeTime(json, keyAt, keyEnd) ? -1 : plainEnd(json, from, to);
    // Most members are ASCII without escapes, and are condensed from their bytes.
    if (canonicalEnd !== -1 && isPlain(json, keyAt + 1, keyEnd - 1)) {
      this._begin();
      this._addBytes(json, keyAt + 1, keyEnd - 1);
      this._add(AFTER_KEY);
      this._addBytes(json, from, canonicalEnd);
      this._end();
      return true;
    }
    const key = stringOf(json, keyAt, keyEnd);
    const value = textBetween(json, at, end);
    if (key === undefined || value === undefined) return false;
    this._addMember(key, value);
    return true;
  }

  private _addMember(key: string, value: string): void {
    if (TIMES.has(key)) {
      const timeS = value === '' ? Number.NaN : Number(value);
      if (key === '__wire_time') this.wireTimeS = timeS;
      else this.dataTimeS = timeS;
      return;
    }
    this._begin();
    for (let i = 0; i < key.length; i++) this._add(key.charCodeAt(i));
    this._add(AFTER_KEY);
    const text = canonical(value);
    for (let i = 0; i < text.length; i++) this._add(text.charCodeAt(i));
    this._end();
  }

  private _begin(): void {
    this._low = 0x811c9dc5 | 0;
    this._high = 0x9747b28c | 0;
  }

  private _addBytes(bytes: Uint8Array, from: number, end: number): void {
    let low = this._low;
    let high = this._high;
    for (let i = from; i < end; i++) {
      const code = bytes[i];
      low = Math.imul(low ^ code, 0x01000193);
      const mixed = Math.imul(high ^ code, 0x5bd1e995);
      high = (mixed << 13) | (mixed >>> 19);
    }
    this._low = low;
    this._high = high;
  }

  /** FNV-1a in one half, its like with another factor and a rotation in the other. */
  private _add(code: number): void {
    this._low = Math.imul(this._low ^ code, 0x01000193);
    const mixed = Math.imul(this._high ^ code, 0x5bd1e995);
    this._high = (mixed << 13) | (mixed >>> 19);
  }

  /** Adds a member's digest to the sum, in which the order does not count. */
  private _end(): void {
    this.low = (this.low + finished(this._low ^ this._high)) | 0;
    this.high = (this.high + finished(Math.imul(this._high, 0x1b873593) ^ this._low)) | 0;
  }
}

/** The finalizer of MurmurHash3 (Austin Appleby, public domain): each bit of the input changes half of the output. */
function finished(bits: number): number {
  let mixed = bits ^ (bits >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** The one text of a value that can be written in several ways. */
function canonical(text: string): string {
  const first = text.charCodeAt(0);
  const isNumeric = (first >= 0x30 && first <= 0x39) || first === 0x2d || first === 0x2b || first === 0x2e;
  if (!isNumeric) return WORDS.get(text) ?? text;
  if (text.length <= LONGEST_PLAIN && PLAIN_NUMBER.test(text) && !TINY.test(text)) {
    if (!text.includes('.')) return text;
    let end = text.length;
    while (text.charCodeAt(end - 1) === 0x30) end -= 1;
    if (text.charCodeAt(end - 1) === 0x2e) end -= 1;
    return end === text.length ? text : text.slice(0, end);
  }
  // Whole numbers may have more digits than a double.
  return NUMBER.test(text) && !/^[-+]?\d+$/.test(text) ? String(Number(text)) : text;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? sorted(value) : String(value);
}

/** A nested value, with its keys in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * Finds the end of the one text of a value, within its bytes.
 *
 * @returns -1 where the text has to be made: of escapes, of characters beyond ASCII, of a number with an exponent
 */
function plainEnd(json: Uint8Array, from: number, end: number): number {
  const first = json[from];
  if (isDigit(first) || first === MINUS || first === PLUS || first === DOT)
    return endOfPlainNumber(json, from, end);
  const mayBeWord = first === 0x54 || first === 0x46 || first === 0x4e;
  return (mayBeWord && end - from <= 5) || isNested(first) || !isPlain(json, from, end) ? -1 : end;
}

/** @returns the end without the zeros after the last digit that counts; -1 for any other text */
function endOfPlainNumber(json: Uint8Array, from: number, end: number): number {
  if (end - from > LONGEST_PLAIN) return -1;
  let at = json[from] === MINUS ? from + 1 : from;
  const whole = at;
  while (at < end && isDigit(json[at])) at += 1;
  const digits = at - whole;
  if (digits === 0 || digits > 15 || (json[whole] === ZERO && digits > 1)) return -1;
  if (at === end) return end;
  if (json[at] !== DOT) return -1;
  const point = at;
  for (at += 1; at < end; at++) if (!isDigit(json[at])) return -1;
  // Such as 0.000001, which JavaScript writes with an exponent.
  if (json[whole] === ZERO && json.subarray(point + 1, point + 6).every((digit) => digit === ZERO)) return -1;
  while (json[at - 1] === ZERO) at -= 1;
  return at - 1 === point ? point : at;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

/** @returns the text of a string between two quotes; undefined where it is not valid */
function stringOf(json: Uint8Array, from: number, end: number): string | undefined {
  return parsePart(json, from, end) as string | undefined;
}

function textBetween(json: Uint8Array, from: number, end: number): string | undefined {
  const value = parsePart(json, from, end);
  if (value === undefined) return undefined;
  // The digits of a number as they are written.
  return typeof value === 'number' ? Buffer.from(json.subarray(from, end)).toString() : textOf(value);
}

/** Whether a key has the length of those of the times and begins as they do: such a key is compared as a text. */
function isLikeTime(json: Uint8Array, keyAt: number, keyEnd: number): boolean {
  return (
    keyEnd - keyAt === TIME_KEY_BYTES && json[keyAt + 1] === UNDERSCORE && json[keyAt + 2] === UNDERSCORE
  );
}

/** Whether all is ASCII without escapes. */
function isPlain(bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if (bytes[i] === BACKSLASH || bytes[i] >= 0x80) return false;
  return true;
}
