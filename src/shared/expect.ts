/**
 * Checks of values that a user gave, as text on the command line or typed through the library. Each returns the value,
 * or throws a `BAD_OPTION` error that calls the option `name` and says what was expected and what was found.
 */

import { distance } from 'fastest-levenshtein';
import { messageOf, TcsReplayError } from './errors.js';

/** Slowest and fastest speed; a greater one than the fastest is `max`. Slower than this, a second takes 12 days. */
const [SLOWEST, FASTEST] = [1e-6, 1e9];
/** Longest time span and distance: some 3000 years. Longer ones are mistakes, and sums of them are not exact. */
export const LONGEST_SPAN_S = 1e11;

/** What the user calls an option: its name in the library, or its flag on the command line. */
export type NameOf<O extends string> = (option: O) => string;

/** Largest edit distance, as a share of the known word's length, at which a word counts as a misspelling of it. */
const LARGEST_MISSPELLING = 0.5;

export function badOption(name: string, expected: string, found: unknown, hint = ''): TcsReplayError {
  const shown = typeof found === 'string' ? `"${found}"` : String(found);
  return new TcsReplayError('BAD_OPTION', `Expected ${name} to be ${expected}, got ${shown}${hint}`);
}

/** The error for two options that exclude each other. Each is as the user typed it: `--rate`, `--speedup 2`. */
export function notTogether(first: string, second: string, why: string): TcsReplayError {
  return new TcsReplayError('BAD_OPTION', `${first} and ${second} do not go together: ${why}`);
}

/** The error for an option without another one that it is about. */
export function needs(option: string, other: string, why: string): TcsReplayError {
  return new TcsReplayError('BAD_OPTION', `${option} needs ${other}: ${why}`);
}

/** The known word that a misspelt one is nearest to; undefined if none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, far: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  return best !== undefined && best.far <= best.candidate.length * LARGEST_MISSPELLING
    ? best.candidate
    : undefined;
}

export function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  if ((known as readonly string[]).includes(value)) return value as T;
  const near = nearest(value, known);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw badOption(name, known.join(', ').replace(/, ([^,]*)$/, ' or $1'), value, hint);
}

/** A list of texts; a single text is a list of one. */
export function texts(name: string, value: string | readonly string[]): readonly string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (Array.isArray(list) && list.every((text) => typeof text === 'string')) return list;
  throw badOption(name, 'a string, or an array of them', value);
}

/** A text of at least one character. @param example one that the user could have given */
export function someText(name: string, value: string, example: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw badOption(name, `a text such as ${example}`, value);
}

/** A finite number from `least` to `most`, both included. */
export function atLeast(
  name: string,
  value: number | string,
  least: number,
  most = Number.MAX_VALUE,
): number {
  const number = numberOf(value);
  if (number >= least && number <= most) return number;
  throw badOption(name, `a number, ${range(least, most)}`, value);
}

/** A finite number above `limit`, and at most `most`. */
export function above(name: string, value: number | string, limit: number, most = Number.MAX_VALUE): number {
  const number = numberOf(value);
  if (number > limit && number <= most) return number;
  throw badOption(
    name,
    `a number above ${limit}${most === Number.MAX_VALUE ? '' : `, at most ${most}`}`,
    value,
  );
}

/** A number from 0.000001 to 1,000,000,000; `max` is Infinity. */
export function speedup(name: string, value: number | string): number {
  const number = value === 'max' ? Number.POSITIVE_INFINITY : numberOf(value);
  if ((number >= SLOWEST && number <= FASTEST) || number === Number.POSITIVE_INFINITY) return number;
  throw badOption(name, `a number from 0.000001 to ${FASTEST}, or max`, value);
}

/** A distance in seconds, either way, of at most `LONGEST_SPAN_S`. */
export function distanceS(name: string, value: number): number {
  if (Math.abs(value) <= LONGEST_SPAN_S) return value;
  throw badOption(name, `a number of seconds, at most ${LONGEST_SPAN_S} either way`, value);
}

/** A whole number from `least` to `most`, both included. */
export function integer(
  name: string,
  value: number | string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const number = numberOf(value);
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw badOption(name, `a whole number, ${range(least, most)}`, value);
}

function range(least: number, most: number): string {
  return most >= Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?)b?|b)?$/i;
const POWERS = ['k', 'm', 'g', 't'];

/** A size in bytes, 1 or more, with or without a unit: `64MiB` is 64 × 1024 × 1024, `64MB` is 64 million. */
export function sizeBytes(name: string, value: string): number {
  const bytes = bytesOf(value);
  if (bytes !== undefined) return bytes;
  throw badOption(name, 'a size such as 64MiB', value);
}

/** A size in bytes, as `sizeBytes` takes it; undefined if the text is not a size. */
export function bytesOf(value: string): number | undefined {
  const match = SIZE.exec(value.trim());
  const [, digits, unit, binary] = match ?? [];
  const base = binary === 'i' || binary === 'I' ? 1024 : 1000;
  const bytes = Math.round(
    Number(digits) * (unit === undefined ? 1 : base ** (POWERS.indexOf(unit.toLowerCase()) + 1)),
  );
  return match !== null && bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

const DURATION_PART = /(\d*\.?\d+)\s*([uµμ]s|ms|s|m|h|d)?\s*/iy;
const UNIT_S = { us: 1e-6, µs: 1e-6, μs: 1e-6, ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** A time span above 0, of at most `LONGEST_SPAN_S`, in seconds: `90`, `90s`, `50ms`, `10m`, `1.5h`, `1h30m` or `2d`. */
export function durationS(name: string, value: string): number {
  const seconds = secondsOf(value);
  if (seconds > 0 && seconds <= LONGEST_SPAN_S) return seconds;
  throw badOption(name, 'a time above 0 such as 90, 90s, 10m or 2h', value);
}

/** A time span as `durationS` takes it, or 0. */
export function durationOrZeroS(name: string, value: string): number {
  const seconds = secondsOf(value);
  if (seconds >= 0 && seconds <= LONGEST_SPAN_S) return seconds;
  throw badOption(name, 'a time such as 0, 90s, 10m or 2h', value);
}

/** A time span in seconds, as `durationS` takes it, or 0; NaN if the text is not a time span. */
export function secondsOf(text: string): number {
  const span = text.trim();
  let seconds = span === '' ? Number.NaN : 0;
  let unitBefore = Number.POSITIVE_INFINITY;
  for (let at = 0; at < span.length; at = DURATION_PART.lastIndex) {
    DURATION_PART.lastIndex = at;
    const [, digits, unit = 's'] = DURATION_PART.exec(span) ?? [];
    const unitS = UNIT_S[unit.toLowerCase() as keyof typeof UNIT_S];
    // Units go from large to small, each at most once: 1h30m.
    if (digits === undefined || unitS >= unitBefore) return Number.NaN;
    seconds += Number(digits) * unitS;
    unitBefore = unitS;
  }
  return seconds;
}

/** The source of a regular expression of JavaScript, with the flag `u`. */
export function regularExpression(name: string, value: string): string {
  try {
    new RegExp(value, 'u');
    return value;
  } catch (error) {
    // The engine's message repeats the expression before its reason.
    const reason = messageOf(error).replace(/^.*: /s, '');
    throw badOption(name, 'a regular expression', value, `: ${reason}`);
  }
}

/** A number, or the number that a text says; NaN if it says none. */
export function numberOf(value: number | string): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}
