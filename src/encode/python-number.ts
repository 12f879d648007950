/**
 * Numbers in text as Python's `int()` and `float()` accept them, and their translation to JSON.
 * Source: the Python language reference, "Built-in functions", `int` and `float`.
 */

/** White space that Python ignores around a number. JavaScript's `\s` differs: it has U+FEFF, and lacks U+0085. */
const SPACE = '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*';
// No digit can match in two ways, and no loop is nested: a long text costs linear time and no stack.
const NUMBER = new RegExp(
  `^${SPACE}([+-]?)(?:([0-9]+)(\\.[0-9]*)?|(\\.[0-9]+))(?:[eE]([+-]?[0-9]+))?${SPACE}$`,
);
const MISPLACED_UNDERSCORE = /(?<![0-9])_|_(?![0-9])/;
const NON_ASCII_DIGIT = /[^\0-\x7f]/u;
const DECIMAL_DIGIT = /^\p{Nd}$/u;

/**
 * The JSON number with exactly the value that Python reads from `text`; `undefined` where that is no finite number.
 * Integers keep every digit: no value passes through a double.
 *
 * @example
 * pythonNumberToJson(' +007 '); // '7'
 * pythonNumberToJson('.5'); // '0.5'
 * pythonNumberToJson('1e400'); // undefined
 */
export function pythonNumberToJson(text: string): string | undefined {
  let plain = NON_ASCII_DIGIT.test(text) ? withAsciiDigits(text) : text;
  if (plain.includes('_')) {
    if (MISPLACED_UNDERSCORE.test(plain)) return undefined;
    plain = plain.replaceAll('_', '');
  }
  const match = NUMBER.exec(plain);
  if (match === null) return undefined;
  const [, sign, whole = '0', pointAfter, pointAlone, exponent] = match;
  const point = pointAfter ?? pointAlone;

  const minus = sign === '-' ? '-' : '';
  const integer = withoutLeadingZeros(whole);
  if (point === undefined && exponent === undefined) return integer === '0' ? '0' : minus + integer;

  const fraction = point === undefined || point === '.' ? '' : point;
  const power = exponent === undefined ? '' : `e${exponent}`;
  const json = `${minus}${integer}${fraction === '' && power === '' ? '.0' : fraction}${power}`;
  return Number.isFinite(Number(json)) ? json : undefined;
}

/** The value that Python's `float()` reads from `text`; NaN where that is no finite number. */
export function pythonFloat(text: string): number {
  const json = pythonNumberToJson(text);
  const value = json === undefined ? Number.NaN : Number(json);
  return Number.isFinite(value) ? value : Number.NaN;
}

function withoutLeadingZeros(digits: string): string {
  const first = digits.search(/[1-9]/);
  return first === -1 ? '0' : digits.slice(first);
}

/** Python accepts decimal digits of any script. In Unicode the ten digits of a script are consecutive, zero first. */
function withAsciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) as number;
    if (code < 0x80) return digit;
    let zero = code;
    while (DECIMAL_DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((code - zero) % 10);
  });
}
