import * as json from './json-bytes.js';
import { pythonFloat } from './python-number.js';

/** Integers below this are exact as doubles: dividing one by a power of ten is rounded once, correctly. */
const EXACT_INTEGER = 2 ** 53;
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/**
 * The value of a time in Unix seconds; NaN where it is neither a finite number nor a text that Python reads as one.
 *
 * @param source JSON, with the time as the scalar `source[start..end)`
 */
export function timeOf(source: Uint8Array, start: number, end: number): number {
  if (source[start] !== json.QUOTE) {
    return json.isDigit(source[start]) || source[start] === json.MINUS
      ? finite(json.latin1(source, start, end))
      : Number.NaN;
  }
  const plain = decimalOf(source, start + 1, end - 1);
  return Number.isNaN(plain) ? pythonFloat(json.textOfString(source, start + 1, end - 1)) : plain;
}

/** The value of a time that is a text, in Unix seconds; NaN where it is not usable. @param source UTF-8, with the text as `source[start..end)` */
export function timeOfText(source: Uint8Array, start: number, end: number): number {
  const plain = decimalOf(source, start, end);
  return Number.isNaN(plain) ? pythonFloat(json.decodeUtf8(source.subarray(start, end))) : plain;
}

/** The number of the form 12 or 12.5 in `source[start..end)`; NaN where it has another one, or is not exact as one division. */
export function decimalOf(source: Uint8Array, start: number, end: number): number {
  let whole = 0;
  let fractionDigits = 0;
  let i = start;
  for (; i < end && json.isDigit(source[i]); i++) whole = whole * 10 + (source[i] - json.ZERO);
  if (i > start && i < end && source[i] === json.POINT) {
    const pointAt = i++;
    for (; i < end && json.isDigit(source[i]); i++) whole = whole * 10 + (source[i] - json.ZERO);
    fractionDigits = i - pointAt - 1;
  }
  const isPlain = i === end && end > start && whole < EXACT_INTEGER && fractionDigits < POWERS_OF_TEN.length;
  return isPlain ? whole / POWERS_OF_TEN[fractionDigits] : Number.NaN;
}

/** The value of a time as a statement returns it, in Unix seconds; NaN where it is not usable. */
export function timeOfStored(value: unknown): number {
  if (typeof value === 'string') return pythonFloat(value);
  return typeof value === 'number' ? value : Number.NaN;
}

function finite(number: string): number {
  const value = Number(number);
  return Number.isFinite(value) ? value : Number.NaN;
}
