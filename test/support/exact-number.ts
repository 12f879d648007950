/**
 * Numbers without rounding, to compare what was read with what was recorded: written another way than the source
 * does it, and slowly.
 */

const JSON_NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The value of a JSON number as a text that is the same for equal values, whatever their size: `-123e-2`. */
export function exactValue(json: string): string {
  const match = JSON_NUMBER.exec(json);
  if (match === null) throw new Error(`no JSON number: ${json.slice(0, 80)}`);
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  return scaled(`${sign}${whole}${fraction}`, BigInt(exponent) - BigInt(fraction.length));
}

/** An integer, as its digits, times a power of ten, in the form of `exactValue`. */
export function scaled(integer: string, exponent: bigint): string {
  let value = BigInt(integer);
  if (value === 0n) return '0';
  let power = exponent;
  // Hundreds of zeros at a time, then one at a time: integers here have thousands of digits at most.
  for (const step of [100n, 1n]) {
    while (value % 10n ** step === 0n) {
      value /= 10n ** step;
      power += step;
    }
  }
  return `${value}e${power}`;
}

/** The white space around a number that Python passes over: of ASCII what C's `isspace` knows, else `str.isspace`. */
const PYTHON_SPACES = new Set(
  '\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);
/** The decimal digits of all scripts: Unicode has ten of each in a row, and none on their own. */
const DIGIT_VALUES = new Map(
  Array.from({ length: 0x20000 }, (_, code) => String.fromCodePoint(code))
    .filter((character) => /^\p{Nd}$/u.test(character))
    .map((character, place) => [character, String(place % 10)]),
);
/** The zeros of some scripts. */
export const ZEROS = ['0', '٠', '०', '๐', '０', '𝟎', '𝟘'];

/**
 * What Python makes of `text` by `int()`, then `float()`, in the form of `exactValue` and without a float's rounding;
 * undefined where that is no finite number.
 */
export function pythonValue(text: string): string | undefined {
  let characters = [...text];
  while (characters.length > 0 && PYTHON_SPACES.has(characters[0])) characters = characters.slice(1);
  while (characters.length > 0 && PYTHON_SPACES.has(characters.at(-1)!)) characters = characters.slice(0, -1);
  const ascii = characters.map((character) => DIGIT_VALUES.get(character) ?? character).join('');
  // An underscore is allowed between digits, and nowhere else.
  if (/^_|_$|__|[^0-9]_|_[^0-9]/.test(ascii)) return undefined;
  const match = /^([+-]?)([0-9]*)(\.?)([0-9]*)(?:[eE]([+-]?[0-9]+))?$/.exec(ascii.replaceAll('_', ''));
  if (match === null) return undefined;
  const [, sign, whole, , fraction, exponent = '0'] = match;
  if (whole + fraction === '') return undefined;
  const minus = sign === '-' ? '-' : '';
  const isInteger = !/[.eE]/.test(ascii);
  if (!isInteger && !Number.isFinite(Number(`${minus}${whole || '0'}.${fraction || '0'}e${exponent}`)))
    return undefined;
  return scaled(`${minus}${whole}${fraction}`, BigInt(exponent) - BigInt(fraction.length));
}

/** The double nearest to what Python makes of `text`; NaN where that is no finite number. */
export function pythonDouble(text: string): number {
  const value = pythonValue(text);
  const double = value === undefined ? Number.NaN : Number(value);
  return Number.isFinite(double) ? double : Number.NaN;
}
