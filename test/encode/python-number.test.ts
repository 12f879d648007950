import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pythonFloat, pythonNumberToJson } from '../../src/encode/python-number.js';
import { character } from '../support/arbitrary-event.js';
import { exactValue, pythonValue, scaled, ZEROS } from '../support/exact-number.js';
import { askPython, skipWithoutPlainPython } from '../support/plain-python.js';

const CONVERTED: Record<string, [text: string, json: string][]> = {
  'an integer': [
    ['0', '0'],
    ['7', '7'],
    ['-7', '-7'],
    ['+7', '7'],
    ['-0', '0'],
    ['+0', '0'],
    ['9007199254740993', '9007199254740993'],
    ['-170141183460469231731687303715884105728', '-170141183460469231731687303715884105728'],
  ],
  'leading zeros': [
    ['007', '7'],
    ['-007', '-7'],
    ['00', '0'],
    ['-00', '0'],
    ['007.50', '7.50'],
    ['00.5', '0.5'],
  ],
  'a point without digits on one side': [
    ['.5', '0.5'],
    ['5.', '5.0'],
    ['-.5', '-0.5'],
    ['+.5e1', '0.5e1'],
    ['5.e1', '5e1'],
  ],
  'an exponent': [
    ['1e5', '1e5'],
    ['1E5', '1e5'],
    ['1e+5', '1e+5'],
    ['1e-05', '1e-05'],
    ['1.50e3', '1.50e3'],
    ['1e-999', '1e-999'],
  ],
  underscores: [
    ['1_000', '1000'],
    ['0_0', '0'],
    ['1_0.0_1e1_0', '10.01e10'],
  ],
  'white space around it': [
    [' 12 ', '12'],
    ['\t\n\v\f\r12', '12'],
    ['12\r\n', '12'],
    ['\u00a0\u200312\u3000', '12'],
    ['\x8512\u2028', '12'],
  ],
  'digits of other scripts': [
    ['٣', '3'],
    ['-٣.٥', '-3.5'],
    ['１２', '12'],
    ['𝟗𝟘.𝟝e𝟚', '90.5e2'],
    ['1٣', '13'],
  ],
  'a zero with its sign': [
    ['-0.0', '-0.0'],
    ['-.0', '-0.0'],
  ],
  'all digits of a fraction': [
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['1.50', '1.50'],
  ],
  'the largest double': [['1.7976931348623157e308', '1.7976931348623157e308']],
};

for (const [what, cases] of Object.entries(CONVERTED)) {
  test(`converts ${what}`, () => {
    for (const [text, json] of cases) assert.equal(pythonNumberToJson(text), json, JSON.stringify(text));
  });
}

const REFUSED: Record<string, string[]> = {
  'what is not finite': ['nan', 'NaN', '-nan', 'inf', '-Infinity', '+inf', '1e400', '-1e400', '1.8e308'],
  'other bases and suffixes': ['0x1F', '0b1', '0o7', '1f', '1L', '1d'],
  'what holds no digit': ['', ' ', '\n', '.', '-', '+', '-.', 'e5', '.e5', '_', '½', '²', '一', 'Ⅷ'],
  'half an exponent': ['1e', '1e+', '1e5.0', '1e5e5', '1e_5'],
  'misplaced underscores': ['_1', '1_', '1__0', '1_.5', '1._5', '1_e5', '-_1'],
  'misplaced signs, points and spaces': ['--1', '+-1', '- 1', '1-', '1.5.5', '1..5', '1 2', '1,5', '1 000'],
  'what only looks like white space': [
    '\x1c7',
    '7\x1f',
    '\u200b7',
    '\ufeff7',
    '\u180e7',
    '7\x00',
    '\x007',
    '\x087',
  ],
  'what only looks like a sign, point or underscore': ['\u22127', '１．５', '１＿０', '＋１'],
  'other words': ['true', 'null', 'None', 'twelve'],
};

for (const [what, texts] of Object.entries(REFUSED)) {
  test(`refuses ${what}`, () => {
    for (const text of texts) {
      assert.equal(pythonNumberToJson(text), undefined, JSON.stringify(text));
      assert.equal(pythonFloat(text), Number.NaN, JSON.stringify(text));
    }
  });
}

const digits = (constraints: { minLength: number; maxLength: number }) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), ...constraints });
const spaces = fc.string({
  unit: fc.constantFrom(' ', '\t', '\n', '\v', '\f', '\r', '\x85', '\xa0', '\u2003'),
});

/** Digits with underscores between some of them, and in some script. */
const written = (arbitrary: fc.Arbitrary<string>) =>
  fc
    .tuple(arbitrary, fc.infiniteStream(fc.nat(4)), fc.constantFrom(...ZEROS))
    .map(([plain, stream, zero]) =>
      [...plain]
        .map((digit) => String.fromCodePoint(zero.codePointAt(0)! + Number(digit)))
        .reduce((text, digit) => `${text}${text !== '' && stream.next().value === 0 ? '_' : ''}${digit}`, ''),
    );

/** A text that Python takes for a number, with its value. */
const numberText = fc
  .record({
    before: spaces,
    sign: fc.constantFrom('', '+', '-'),
    whole: digits({ minLength: 0, maxLength: 30 }),
    hasPoint: fc.boolean(),
    fraction: digits({ minLength: 0, maxLength: 30 }),
    exponent: fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.nat(250))),
    after: spaces,
  })
  .filter(({ whole, hasPoint, fraction }) => whole !== '' || (hasPoint && fraction !== ''))
  .chain((parts) => {
    const [mark, sign, power] = parts.exponent ?? ['', '', 0];
    const fraction = parts.hasPoint ? parts.fraction : '';
    const value = scaled(
      `${parts.sign === '-' ? '-' : ''}${parts.whole}${fraction}`,
      BigInt(`${sign === '-' ? '-' : ''}${power}`) - BigInt(fraction.length),
    );
    return fc
      .tuple(written(fc.constant(parts.whole)), written(fc.constant(fraction)))
      .map(([whole, fractionText]) => ({
        text: `${parts.before}${parts.sign}${whole}${parts.hasPoint ? '.' : ''}${fractionText}${mark}${sign}${mark && power}${parts.after}`,
        value,
      }));
  });

/** A text that may be a number, and often nearly is one. */
const nearNumber = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0019_.eE+- \t\n٣xn\0\ufeff'), maxLength: 10 }),
  numberText.map(({ text }) => text),
  numberText.chain(({ text }) =>
    fc
      .tuple(fc.nat(text.length), fc.constantFrom('', '_', '.', '-', ' ', 'e', '\x1c', '\u200b', '１', 'x'))
      .map(([at, inserted]) => text.slice(0, at) + inserted + text.slice(at)),
  ),
  fc.string({ unit: character }),
);

test('keeps the exact value of every JSON number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const json = JSON.stringify(value);
      assert.equal(exactValue(pythonNumberToJson(json)!), exactValue(json));
      assert.equal(pythonFloat(json), value === 0 ? 0 : value);
    }),
    { numRuns: 2000 },
  );
});

test('keeps every digit of an integer of any size', () => {
  const integer = fc.oneof(
    fc.bigInt(),
    fc
      .tuple(fc.constantFrom('', '-'), digits({ minLength: 1, maxLength: 2000 }))
      .map(([s, d]) => BigInt(s + d)),
  );
  fc.assert(
    fc.property(integer, spaces, (value, space) => {
      assert.equal(pythonNumberToJson(`${space}${value}${space}`), String(value));
    }),
    { numRuns: 500 },
  );
});

test('keeps an integer that no double can hold', () => {
  for (const integer of ['9'.repeat(400), `-${'8'.repeat(5000)}`])
    assert.equal(pythonNumberToJson(integer), integer);
});

test('keeps the exact value of a decimal, however it is written', () => {
  fc.assert(
    fc.property(numberText, ({ text, value }) => {
      assert.equal(exactValue(pythonNumberToJson(text)!), value);
    }),
    { numRuns: 2000 },
  );
});

test('returns JSON of a finite number of the right value, or nothing', () => {
  fc.assert(
    fc.property(nearNumber, (text) => {
      const json = pythonNumberToJson(text);
      assert.equal(json === undefined ? undefined : exactValue(json), pythonValue(text));
      // Integers go out whatever their size; a fraction only where a double can hold it.
      if (json !== undefined) assert.ok(Number.isFinite(JSON.parse(json)));
    }),
    { numRuns: 3000 },
  );
});

test('converts a time to the nearest double', () => {
  assert.equal(pythonFloat(' 1_521_854_100.123456 '), 1521854100.123456);
  assert.equal(pythonFloat('9007199254740993'), 9007199254740992);
  assert.equal(pythonFloat('9'.repeat(400)), Number.NaN);
});

const LONG = 1 << 20;
const LONG_TEXTS: Record<string, [text: string, length: number | undefined]> = {
  digits: ['7'.repeat(LONG), LONG],
  'digits, and then none': [`${'7'.repeat(LONG)}x`, undefined],
  'digits of another script': ['٣'.repeat(LONG >> 2), LONG >> 2],
  'digits with underscores': [`${'1_'.repeat(LONG >> 1)}1`, (LONG >> 1) + 1],
  'underscores, one too many': [`${'1_'.repeat(LONG >> 1)}_`, undefined],
  'spaces on both sides of nothing': [`${' '.repeat(LONG)}x${' '.repeat(LONG)}`, undefined],
  'spaces on both sides of a digit': [`${' '.repeat(LONG)}1${' '.repeat(LONG)}`, 1],
  'digits, spaces, and more': [`${'1'.repeat(LONG)}${' '.repeat(LONG)}x`, undefined],
  'digits before a point twice': [`${'1'.repeat(LONG)}.`.repeat(2), undefined],
  'an exponent without end': [`1e${'1'.repeat(LONG)}x`, undefined],
  'zeros before a digit': [`${'0'.repeat(LONG)}7`, 1],
};

for (const [what, [text, length]] of Object.entries(LONG_TEXTS)) {
  test(`reads a long text in linear time: ${what}`, () => {
    // A quadratic way would take hours.
    assert.equal(pythonNumberToJson(text)?.length, length);
  });
}

test('reads a text of many megabytes without running out of stack', () => {
  const size = 20 << 20;
  assert.equal(pythonNumberToJson('7'.repeat(size))?.length, size);
  assert.equal(pythonNumberToJson(`1_${'7'.repeat(size)}_x`), undefined);
  assert.equal(pythonNumberToJson(`${' '.repeat(size)}7${' '.repeat(size)}`), '7');
  assert.equal(pythonNumberToJson('1_'.repeat(size)), undefined);
});

// But for characters that this Python does not know: Node may be of a later version of Unicode.
test('agrees with the real Python', { skip: skipWithoutPlainPython }, () => {
  const texts = [
    ...Object.values(CONVERTED).flatMap((cases) => cases.map(([text]) => text)),
    ...Object.values(REFUSED).flat(),
    ...fc.sample(nearNumber, 6000),
  ];
  const differing = askPython(
    `
from unicodedata import category
if hasattr(sys, 'set_int_max_str_digits'): sys.set_int_max_str_digits(0)
def value(text):
    for convert in int, float:
        try:
            number = convert(text)
        except ValueError:
            continue
        return number if isinstance(number, int) or abs(number) < float('inf') else None
def same(ours, theirs):
    if ours is None or theirs is None: return ours is theirs
    number = json.loads(ours)
    return type(number) is type(theirs) and number == theirs and str(number) == str(theirs)
answer = [[text, ours, str(value(text))] for text, ours in data
          if all(category(c) != 'Cn' for c in text) and not same(ours, value(text))]
`,
    texts.map((text) => [text, pythonNumberToJson(text) ?? null]),
  );
  assert.deepEqual(differing, []);
});
