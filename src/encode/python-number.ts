/**
 * The grammar of numbers in text that Python's `int()` and `float()` accept, and its translation to JSON.
 * Source: the Python language reference, "Built-in functions", `int` and `float`.
 */

/** The white space that Python passes over around a number; JavaScript's `\s` has U+FEFF in it, and lacks U+0085. */
const SPACE = '[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*';
// No digit can be matched in two ways, and no loop is around another: a long text costs linear time and no stack.
const NUMBER = new RegExp(
  `^${SPACE}([+-]?)(?:([0-9]+)(\\.[0-9]*)?|(\\.[0-9]+))(?:[eE]([+-]?[0-9]+))?${SPACE}$`,
);
const MISPLACED_UNDERSCORE = /(?<![0-9])_|_(?![0-9])/;
const NON_ASCII_DIGIT = /[^\0-\x7f]/u;
const DECIMAL_DIGIT = /^\p{Nd}$/u;

/**
 * The JSON number of exactly the value that `text` has in Python, or `undefined` where Python sees no finite
 * number there. Integers keep every digit: no value passes through a double.
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

/** The value of `text` as Python's `float()` would give it, or NaN where that is no finite number. */
export function pythonFloat(text: string): number {
  const json = pythonNumberToJson(text);
  const value = json === undefined ? Number.NaN : Number(json);
  return Number.isFinite(value) ? value : Number.NaN;
}

function withoutLeadingZeros(digits: string): string {
  const first = digits.search(/[1-9]/);
  return first === -1 ? '0' : digits.slice(first);
}

/** Python takes a decimal digit of any script. Unicode keeps each script's ten in one run, zero first. */
function withAsciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) as number;
    if (code < 0x80) return digit;
    let zero = code;
    while (DECIMAL_DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((code - zero) % 10);
  });
}
