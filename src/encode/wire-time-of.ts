import { BACKSLASH, CLOSE_BRACE, COMMA, isDigit, latin1, POINT, ZERO } from './json-bytes.js';

const KEY = Buffer.from('"__wire_time":');
/** Of the fraction that a double resolves of a time of today. */
const DIGITS_OF_MICROSECONDS = 6;

/**
 * The `__wire_time` of an event in JSON, in whole microseconds since 1970; NaN where it has none, or one that is no number.
 * It looks for the key and reads the digits behind it: it neither parses nor checks the rest.
 */
export function wireTimeOf(payload: Buffer): number {
  for (let at = payload.indexOf(KEY); at !== -1; at = payload.indexOf(KEY, at + 1)) {
    // The end of a longer key: a quote within a string is escaped.
    if (payload[at - 1] === BACKSLASH) continue;
    return microsecondsAt(payload, skipSpace(payload, at + KEY.length));
  }
  return Number.NaN;
}

function microsecondsAt(json: Buffer, start: number): number {
  let at = start;
  let us = 0;
  for (; isDigit(json[at] as number); at++) us = us * 10 + (json[at] as number) - ZERO;
  let digits = 0;
  if (at > start && json[at] === POINT) {
    for (at += 1; isDigit(json[at] as number) && digits < DIGITS_OF_MICROSECONDS; at++, digits++) {
      us = us * 10 + (json[at] as number) - ZERO;
    }
  }
  if (at > start && isEnd(json[at])) return us * 10 ** (DIGITS_OF_MICROSECONDS - digits);
  // More digits, a sign, an exponent, or no number.
  for (at = start; at < json.length && !isEnd(json[at]); ) at += 1;
  const text = latin1(json, start, at);
  return text === '' ? Number.NaN : Math.round(Number(text) * 1e6);
}

function isEnd(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || isSpace(byte);
}

function skipSpace(json: Buffer, from: number): number {
  let at = from;
  while (isSpace(json[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
