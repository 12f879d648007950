/** Events with all that a database can hold, and often with what is decided on. */
import fc from 'fast-check';
import { RawText, type Stored, type StoredAttribute, type StoredEvent } from './stored-event.js';

const [SURROGATES, SURROGATES_END, CODE_POINTS] = [0xd800, 0xe000, 0x110000];
const SURROGATE_COUNT = SURROGATES_END - SURROGATES;
/** As fast-check's unit `binary`, which makes a table of a million characters when it is used first: that takes two seconds. */
export const character = fc
  .nat(CODE_POINTS - SURROGATE_COUNT - 1)
  .map((i) => String.fromCodePoint(i < SURROGATES ? i : i + SURROGATE_COUNT), indexOfCharacter);

const text = fc.oneof(
  fc.string({ unit: character, maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '/', '\0', '\n', '\x1f', '\x7f', 'é', '🔭', '\u2028', 'u0041'),
  }),
);
const rawText = fc
  .uint8Array({ maxLength: 6 })
  .chain((bytes) =>
    fc
      .constantFrom([], [0xff], [0xe2, 0x82], [0xf0, 0x9f, 0x94, 0x22], [0xc0, 0x80])
      .map((bad) => new RawText([...bytes, ...bad, 0x61])),
  );

const numberText = fc.oneof(
  fc.double().map(String),
  fc.bigInt().map(String),
  fc.constantFrom(
    '-0',
    '+7',
    '007',
    '.5',
    '5.',
    '-.5',
    ' 12\n',
    '1_000',
    '1e5',
    '1e-400',
    '1e400',
    '0x1F',
    'nan',
  ),
  fc.constantFrom(
    '9007199254740993',
    '0.1234567890123456789',
    '٣',
    '1'.repeat(400),
    '-',
    '',
    '1.',
    '-0.0',
    '00.5',
  ),
);
const timeText = fc.oneof(
  fc.integer({ min: 0, max: 4e15 }).map((us) => (us / 1e6).toFixed(6)),
  fc.constantFrom(
    '1521854100',
    '1521854100.',
    '+1.7e9',
    ' 1521854100.25 ',
    '1521854100.1234567',
    '-5',
    'abc',
    'inf',
  ),
);
const real = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 0.1, 1e22, Infinity, -Infinity));
const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -9n, max: 9n }),
);

const value: fc.Arbitrary<Stored> = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 4, arbitrary: numberText },
  { weight: 2, arbitrary: fc.constantFrom('true', 'false', 'True', 'tru', 'truee') },
  { weight: 1, arbitrary: rawText },
  { weight: 2, arbitrary: integer },
  { weight: 2, arbitrary: real },
  { weight: 1, arbitrary: fc.constant(null) },
);
const blob = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.oneof(numberText, text, fc.constant('true')).map((content) => Uint8Array.from(Buffer.from(content))),
);
const time: fc.Arbitrary<Stored> = fc.oneof(
  { weight: 3, arbitrary: timeText },
  { weight: 1, arbitrary: fc.oneof(real, integer, rawText, fc.constant(null)) },
);
const dataType = fc.constantFrom('number', 'number', 'boolean', 'string', 'Number', '', null);

/** Few keys, so that they occur twice, and any. */
const key = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('a', 'b', 'itf.phi', 'é', 'e\u0301', '', '0', '__proto__', 'a"b', '\ufffd'),
  },
  { weight: 2, arbitrary: fc.oneof(text, rawText) },
  { weight: 1, arbitrary: fc.constantFrom(null, 'null', new RawText([0xff]), new RawText([0xfe]), 'a\0b') },
);
const timeKey = fc.constantFrom('__wire_time', '__data_time');

const attribute: fc.Arbitrary<StoredAttribute> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key, value: orBlob(value), dataType }) },
  { weight: 1, arbitrary: fc.record({ key: timeKey, value: orBlob(time), dataType }) },
);

function orBlob(arbitrary: fc.Arbitrary<Stored>): fc.Arbitrary<Stored> {
  return fc.oneof({ weight: 8, arbitrary }, { weight: 1, arbitrary: blob });
}

const TOPICS = [
  'tracker.drive.x',
  'tracker.drive.y',
  'lrs2.hardware.status',
  'pas.x',
  'a.[x].*',
  'схема.星.🔭',
  '',
];
/** Topics that filters are tried on. */
export const topic = fc.oneof(fc.constantFrom(...TOPICS), fc.string({ unit: 'grapheme', maxLength: 6 }));

/** Events in ascending order of their ids, which are dense. */
export function arbitraryEvents({ maxLength = 12 } = {}): fc.Arbitrary<StoredEvent[]> {
  const event = fc.record({
    topic: fc.oneof(
      { weight: 6, arbitrary: topic },
      { weight: 1, arbitrary: fc.oneof(rawText, fc.constant(null)) },
    ),
    dataTime: orBlob(time),
    attributes: fc.array(attribute, { maxLength: 10 }),
  });
  return fc
    .array(event, { maxLength })
    .map((events) => events.map((each, i) => ({ ...each, id: BigInt(i + 1) })));
}

/** All rules of conversion. */
export const rules = fc.record({
  convertNumber: fc.boolean(),
  convertBool: fc.boolean(),
  timeSlots: fc.boolean(),
});

/** @throws Error if it is not one character, or half of one */
function indexOfCharacter(value: unknown): number {
  const point = typeof value === 'string' ? value.codePointAt(0) : undefined;
  if (point === undefined || value !== String.fromCodePoint(point) || isSurrogate(point))
    throw new Error('Expected a character');
  return point < SURROGATES ? point : point - SURROGATE_COUNT;
}

function isSurrogate(point: number): boolean {
  return point >= SURROGATES && point < SURROGATES_END;
}
