/**
 * Nights that hold every oddity which the rules of this project decide on, each in an event of its own, so that
 * a test that fails names the rule. They use the default schema, without declared types for values and times:
 * those stay of the type that they are written as.
 */
import Database from 'better-sqlite3';

/** One event of an odd night, for the message of a test that fails. */
export interface OddEvent {
  readonly eventId: bigint;
  /** The rule that this event is here for. Also the event's first attribute, unless it has none. */
  readonly what: string;
}

/** Bytes that are stored as TEXT, whether they are UTF-8 or not. */
class RawText {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/** A bigint is stored as INTEGER, a number as REAL, a Buffer as BLOB, the rest by its name. */
type Stored = string | bigint | number | Buffer | RawText | null;
type AttributeRow = readonly [key: Stored, value: Stored, dataType?: string | null];

interface Recipe {
  readonly what: string;
  readonly topic?: Stored;
  readonly eventId?: bigint;
  /** Of the event table. Undefined: a plain one. */
  readonly dataTime?: Stored;
  readonly rows: readonly AttributeRow[];
  /** How many of the last rows stand at the end of the attribute table, far from the others. */
  readonly scattered?: number;
}

/** Texts that Python's `int()` or `float()` takes for numbers, or that one might think it does. */
const NUMBER_TEXTS = [
  ...['0', '7', '-7', '+5', '-0', '+0', '007', '00', '-00', '-007.50', '+007', ' 12 ', '\t12\n', '12\r\n'],
  ...['.5', '5.', '-.5', '+.5', '-.0', '.', '-', '+', '-.', '+.', '0.', '.0', '0.0', '-0.0', '00.5', '1.50'],
  ...[
    '1e5',
    '1E5',
    '1e+5',
    '1E-5',
    '1.e5',
    '.5e5',
    '1e05',
    '1e-05',
    '+.5e-3',
    '1e',
    'e5',
    '1e+',
    '.e5',
    '1e5.0',
  ],
  ...['1_000', '1__0', '_1', '1_', '1_0.5_0e1_0', '1_.5', '1._5', '1e_5', '1_e5', '0_0', '-_1'],
  ...[
    'nan',
    'NaN',
    '-nan',
    'inf',
    'Infinity',
    '-Infinity',
    '+inf',
    'INF',
    'infinit',
    '1e400',
    '-1e400',
    '1e99999',
  ],
  ...['1e308', '1.7976931348623157e308', '1.7976931348623159e308', '1e-400', '-1e-400', '5e-324', '2e-324'],
  ...[
    '0x1F',
    '0X1f',
    '0b1',
    '0o7',
    '1f',
    '1d',
    '1L',
    '1,5',
    '1 000',
    '1 2',
    '--1',
    '+-1',
    '- 1',
    '1-',
    '½',
    '²',
  ],
  ...[
    '',
    ' ',
    '\n',
    '\u00a0',
    '\u00a012\u2003',
    '\x1c7',
    '7\x1f',
    '\x1c１',
    '\x857',
    '\u20287',
    '\u30007',
    '\u16807',
  ],
  ...[
    '\u200b7',
    '\ufeff7',
    '\u180e7',
    '7\x00',
    '\x007',
    '\x087',
    '\u22127',
    '1.5.5',
    '1..5',
    '1e5e5',
    'true',
    'null',
  ],
  ...['１２', '１２.５', '٣', '-٣.٥', '१२_३', '𝟗', '𝟗𝟘.𝟝e𝟚', '1٣', '一', 'Ⅷ', '１＿０', '＋１', '１．５'],
  ...[
    '9007199254740991',
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993.0',
    '9223372036854775808',
  ],
  ...['12345678901234567890123', '-12345678901234567890123', '1'.repeat(400), '-'.concat('8'.repeat(400))],
  ...[
    '7'.repeat(5000),
    '0'.repeat(400),
    `${'0'.repeat(400)}1`,
    `${'9'.repeat(400)}.0`,
    `0.${'0'.repeat(400)}1`,
  ],
  ...['0.1234567890123456789', '0.30000000000000004', '123456789.123456789123456789', '1e22', '1e23', '1e21'],
  ...[
    '100000000000000000000000',
    '1.0000000000000000000000001',
    '4.35',
    '1521854100.250000',
    '2.5E+3',
    '6.02214076e23',
  ],
];

/** 2023-11-14 22:13:20 UTC. */
const NIGHT_START_S = 1_700_000_000;
const NIGHT_SECONDS = 2;
const LARGEST_INTEGER = 2n ** 63n - 1n;
const SMALLEST_INTEGER = -(2n ** 63n);

const rawText = (...bytes: number[]) => new RawText(Buffer.from(bytes));
const NUMBER = 'number';
const BOOLEAN = 'boolean';
const STRING = 'string';

/**
 * Writes a night in which each decided rule occurs. All times lie within two seconds, so that it can also be
 * replayed in time.
 *
 * @returns what it holds, in the order of the event table
 */
export function writeOddNight(path: string): OddEvent[] {
  const recipes = [
    ...values(),
    ...numberTexts(),
    ...typedValues(),
    ...textsAndBytes(),
    ...keys(),
    ...dataTypes(),
    ...booleans(),
    ...topics(),
    ...eventIds(),
    ...times(),
    ...withoutAttributes(),
  ];
  return write(path, recipes);
}

/** Writes a night of times far from any clock: to be replayed flat out and with the original times only. */
export function writeWildTimesNight(path: string): OddEvent[] {
  const wild: [string, Stored][] = [
    ['in exponent form', '1e9'],
    ['negative text', '-1700000000.5'],
    ['negative REAL', -2.5],
    ['huge text', '1e300'],
    ['huge REAL', 1e300],
    ['huge negative REAL', -1e300],
    ['the largest REAL', Number.MAX_VALUE],
    ['the smallest REAL', Number.MIN_VALUE],
    ['the largest INTEGER', LARGEST_INTEGER],
    ['the smallest INTEGER', SMALLEST_INTEGER],
    ['2^53 + 1', 2n ** 53n + 1n],
    ['a long integer text', '12345678901234567890123'],
    ['zero text', '0'],
    ['negative zero text', '-0.0'],
    ['zero INTEGER', 0n],
    ['zero REAL', 0],
    ['a time before 2001', 999_999_999.999999],
    ['a time after 2286', '10000000000.000001'],
    ['milliseconds by mistake', '1700000000123'],
    ['nanoseconds by mistake', 1_700_000_000_123_456_789n],
    ['an INTEGER that a double rounds', 1_700_000_000_000_000_001n],
    ['overflows to infinity', '1e400'],
    ['underflows to zero', '1e-400'],
    ['infinite REAL', Number.POSITIVE_INFINITY],
    ['an ordinary time', `${NIGHT_START_S}.25`],
  ];
  return write(
    path,
    wild.flatMap(([name, time]): Recipe[] => [
      {
        what: `wire time: ${name}`,
        rows: [
          ['__data_time', '1700000000', NUMBER],
          ['__wire_time', time, NUMBER],
        ],
      },
      { what: `data time: ${name}`, dataTime: null, rows: [['__data_time', time, NUMBER]] },
      { what: `data time of the event table: ${name}`, dataTime: time, rows: [['__data', '1', NUMBER]] },
      { what: `without attributes, data time of the event table: ${name}`, dataTime: time, rows: [] },
    ]),
  );
}

/** The topics of a topics night; one event in ten has the last. */
export const NIGHT_TOPICS = [
  'tcs.tracker.position',
  'tcs.tracker.status',
  'tcs.dome.azimuth',
  'lrs2.hardware.status',
  'lrs2.exposure.start',
  'virus.hardware.status',
  'pfip.adr.angle.measured.now',
  'payload.[x].key',
  'tcs',
  'weather.mast.wind-speed',
];

/** What an event of a topics night is. */
export interface PlainEvent {
  readonly topic: string;
  readonly wireTimeS: number;
}

/**
 * Writes a plain night of several topics, for tests of filters and of pace. Its attribute `seq` counts the
 * events from 0.
 *
 * @param options `intervalSeconds` lies between events; default 0.001
 */
export function writeTopicsNight(
  path: string,
  options: { events: number; intervalSeconds?: number },
): PlainEvent[] {
  const { events, intervalSeconds = 0.001 } = options;
  const plain = Array.from({ length: events }, (_, index) => ({
    topic: NIGHT_TOPICS[index % NIGHT_TOPICS.length],
    wireTimeS: NIGHT_START_S + Number((index * intervalSeconds).toFixed(6)),
  }));
  write(
    path,
    plain.map(({ topic, wireTimeS }, index) => {
      const [system, source = '', key = ''] = topic.split('.');
      return {
        what: `event ${index}`,
        topic,
        dataTime: wireTimeS,
        rows: [
          ['__system', system, STRING],
          ['__source', source, STRING],
          ['__key', key, STRING],
          ['__data', 'true', BOOLEAN],
          ['__data_time', wireTimeS.toFixed(6), NUMBER],
          ['__wire_time', wireTimeS.toFixed(6), NUMBER],
          ['seq', String(index), NUMBER],
          ['itf.phi', (index / 7).toFixed(4), NUMBER],
          ['name', 'telescope', STRING],
        ],
      };
    }),
  );
  return plain;
}

function values(): Recipe[] {
  return [
    {
      what: 'a plain event',
      rows: [
        ['__system', 'lrs2', STRING],
        ['__source', 'hardware', STRING],
        ['__key', 'status', STRING],
        ['__data', 'true', BOOLEAN],
        ['itf.phi', '12.5', NUMBER],
        ['count', '7', NUMBER],
        ['name', 'a name', STRING],
      ],
    },
    {
      what: 'of a key that occurs twice, the last value stands in the first place',
      rows: [
        ['a', '1', STRING],
        ['b', '2', STRING],
        ['a', '3', STRING],
        ['c', '4', STRING],
      ],
    },
    {
      what: 'of a key that occurs three times with different types, the last one counts',
      rows: [
        ['a', '1', NUMBER],
        ['a', 'true', BOOLEAN],
        ['a', 'x', STRING],
        ['b', '2', NUMBER],
        ['a', '5', NUMBER],
      ],
    },
    {
      what: 'of a key that occurs twice, the last is NULL',
      rows: [
        ['a', '1', NUMBER],
        ['b', '2', NUMBER],
        ['a', null, NUMBER],
      ],
    },
    {
      what: 'of a key that occurs twice, the last is a BLOB',
      rows: [
        ['a', '1', NUMBER],
        ['b', '2', NUMBER],
        ['a', Buffer.from('bytes'), STRING],
      ],
    },
    {
      what: 'many keys, each of them twice',
      rows: [0, 1].flatMap((round) =>
        Array.from({ length: 100 }, (_, i): AttributeRow => [`key ${i}`, `${i}.${round}`, NUMBER]),
      ),
    },
    {
      what: 'rows that lie scattered over the attribute table keep their order',
      scattered: 3,
      rows: [
        ['a', '1', NUMBER],
        ['b', '2', NUMBER],
        ['a', '3', NUMBER],
        ['c', '4', NUMBER],
        ['b', '5', NUMBER],
      ],
    },
    {
      what: 'one thousand attributes',
      rows: Array.from({ length: 1000 }, (_, i): AttributeRow => [`key.${i}`, String(i * 0.5), NUMBER]),
    },
  ];
}

function numberTexts(): Recipe[] {
  return NUMBER_TEXTS.map((text) => ({
    what: `the text ${JSON.stringify(shortened(text))} as a number`,
    rows: [
      ['x', text, NUMBER],
      ['as string', text, STRING],
    ],
  }));
}

function typedValues(): Recipe[] {
  const typed: [string, Stored][] = [
    ['INTEGER 0', 0n],
    ['INTEGER 1', 1n],
    ['INTEGER -1', -1n],
    ['INTEGER 2^53 + 1', 2n ** 53n + 1n],
    ['INTEGER 2^63 - 1', LARGEST_INTEGER],
    ['INTEGER -2^63', SMALLEST_INTEGER],
    ['REAL 0.1', 0.1],
    ['REAL 1/3', 1 / 3],
    ['REAL 1.0', 1],
    ['REAL 0.0', 0],
    ['REAL -0.0', -0],
    ['REAL 1e15', 1e15],
    ['REAL 1e16', 1e16],
    ['REAL 2^53', 2 ** 53],
    ['REAL 1e22', 1e22],
    ['REAL 1e23', 1e23],
    ['REAL 1e300', 1e300],
    ['REAL 1.7976931348623157e308', Number.MAX_VALUE],
    ['REAL 5e-324', Number.MIN_VALUE],
    ['REAL 2.2250738585072011e-308', 2.225073858507201e-308],
    ['REAL with 17 digits', 0.30000000000000004],
    ['REAL with 17 digits, a time', 1521854100.1234567],
    ['REAL infinity', Number.POSITIVE_INFINITY],
    ['REAL -infinity', Number.NEGATIVE_INFINITY],
    ['NULL', null],
  ];
  return typed.map(([name, value]) => ({
    what: `${name} under each type`,
    rows: [
      ['n', value, NUMBER],
      ['b', value, BOOLEAN],
      ['s', value, STRING],
      ['u', value, null],
    ],
  }));
}

function textsAndBytes(): Recipe[] {
  const bytes: [string, number[]][] = [
    ['a lone continuation byte', [0x61, 0x80, 0x62]],
    ['0xFF', [0xff]],
    ['0xC0 0x80, an overlong NUL', [0xc0, 0x80]],
    ['a truncated sequence of three', [0xe2, 0x82]],
    ['a truncated sequence of three before a letter', [0xe2, 0x82, 0x61]],
    ['a truncated sequence of four before a quote', [0xf0, 0x9f, 0x94, 0x22]],
    ['an overlong slash', [0xe0, 0x80, 0xaf]],
    ['the WTF-8 of a lone surrogate', [0xed, 0xa0, 0xbd]],
    ['the CESU-8 of an emoji', [0xed, 0xa0, 0xbd, 0xed, 0xb4, 0xad]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['Latin-1', [0x43, 0x61, 0x66, 0xe9]],
    ['bad bytes after a digit', [0x31, 0xff]],
    ['bad bytes between escapes', [0x22, 0xff, 0x5c, 0xfe, 0x0a]],
  ];
  const texts: [string, string][] = [
    ['an embedded NUL', 'a\0b'],
    ['a NUL alone', '\0'],
    ['a number with an embedded NUL', '12\x003'],
    ['all control characters', Array.from({ length: 32 }, (_, i) => String.fromCharCode(i)).join('')],
    ['DEL and C1 controls', '\x7f\x80\x85\x9f'],
    ['quotes and backslashes', 'say "hi" \\ \\" \\\\'],
    ['a slash', 'a/b'],
    ['text that looks like JSON', '{"a": [1, null, "\\u0041"]}'],
    ['text that looks like an escape', '\\u0041\\n'],
    ['an emoji', '🔭 at 🌌'],
    ['a family of joined emoji', '👩‍👩‍👧'],
    ['letters of many scripts', 'é ß Ж 星 שלום'],
    ['U+2028 and U+2029', 'a\u2028b\u2029c'],
    ['a byte order mark at the start', '\ufeffabc'],
    ['non-characters', '\ufffe\uffff\u{10ffff}'],
    ['a replacement character', '\ufffd'],
    ['20,000 letters', 'x'.repeat(20_000)],
    ['20,000 emoji', '🔭'.repeat(20_000)],
    ['the empty string', ''],
  ];
  const both = (name: string, bytes: Buffer): Recipe[] => [
    {
      what: `TEXT: ${name}`,
      rows: [
        ['s', new RawText(bytes), STRING],
        ['n', new RawText(bytes), NUMBER],
        ['b', new RawText(bytes), BOOLEAN],
      ],
    },
    {
      what: `BLOB: ${name}`,
      rows: [
        ['s', bytes, STRING],
        ['n', bytes, NUMBER],
        ['b', bytes, BOOLEAN],
        ['after', 'text', STRING],
      ],
    },
  ];
  return [
    ...texts.flatMap(([name, text]) => both(name, Buffer.from(text))),
    ...bytes.flatMap(([name, list]) => both(name, Buffer.from(list))),
    ...both('a number', Buffer.from('12.50')),
    ...both('a boolean', Buffer.from('true')),
  ];
}

function keys(): Recipe[] {
  const named: [string, Stored][] = [
    ['with quotes and a backslash', 'a "key" \\'],
    ['of Unicode', 'схема.星.🔭'],
    ['that is empty', ''],
    ['that is NULL', null],
    ['of spaces', '  '],
    ['with control characters', 'a\nb\tc'],
    ['that is not UTF-8', rawText(0x61, 0xff, 0x62)],
    ['that looks like an index', '0'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['of ten thousand letters', 'k'.repeat(10_000)],
    ['like a time, in capitals', '__WIRE_TIME'],
    ['like a time, with a space', '__wire_time '],
  ];
  return [
    ...named.map(
      ([name, key]): Recipe => ({
        what: `a key ${name}`,
        rows: [
          [key, '1', NUMBER],
          ['b', 'x', STRING],
        ],
      }),
    ),
    {
      what: 'a NULL key twice',
      rows: [
        [null, '1', NUMBER],
        ['b', 'x', STRING],
        [null, '2', NUMBER],
      ],
    },
    {
      what: 'keys like array indices keep their place',
      rows: [
        ['b', 'x'],
        ['2', 'x'],
        ['1', 'x'],
        ['a', 'x'],
      ],
    },
    {
      what: 'a key that is a BLOB',
      rows: [
        [Buffer.from('x'), '1', NUMBER],
        ['b', 'x', STRING],
      ],
    },
    {
      what: 'keys that become equal once their bad bytes are replaced',
      rows: [
        [rawText(0xff), '1', NUMBER],
        ['b', 'x', STRING],
        [rawText(0xfe), '2', NUMBER],
      ],
    },
  ];
}

function dataTypes(): Recipe[] {
  const types = [
    'Number',
    'NUMBER',
    ' number',
    'number ',
    'int',
    'float',
    'bool',
    'Boolean',
    '',
    'null',
    null,
  ];
  return types.map((type) => ({
    what: `the data_type ${JSON.stringify(type)} is a string`,
    rows: [
      ['n', '12', type],
      ['b', 'true', type],
      ['s', 'text', type],
    ],
  }));
}

function booleans(): Recipe[] {
  const texts = [
    'true',
    'false',
    'True',
    'FALSE',
    'TRUE',
    ' true',
    'true ',
    'tru',
    'truee',
    '1',
    '0',
    'null',
    '',
  ];
  return texts.map((text) => ({
    what: `the text ${JSON.stringify(text)} as a boolean`,
    rows: [
      ['b', text, BOOLEAN],
      ['n', text, NUMBER],
      ['s', text, STRING],
    ],
  }));
}

function topics(): Recipe[] {
  const named: [string, Stored][] = [
    ['that is NULL', null],
    ['that is empty', ''],
    ['of one part', 'odd'],
    ['of many parts', 'odd.a.b.c.d.e.f.g.h'],
    ['with empty parts', 'odd..x.'],
    ['of Unicode', 'odd.схема.星'],
    ['that begins with an emoji', '🔭.odd.glob'],
    ['with a bracket', 'odd.[x].glob'],
    ['that a bracket set would match', 'odd.x.glob'],
    ['with a star', 'odd.*.glob'],
    ['with a line feed', 'odd.a\nb.glob'],
    ['with spaces', ' odd.a b.glob '],
    ['in capitals', 'ODD.X.GLOB'],
    ['with quotes', 'odd."x"\\.glob'],
    ['with regular expression signs', 'odd.(x+)|^$.glob'],
    ['that is not UTF-8', new RawText(Buffer.from([...Buffer.from('odd.'), 0xff, ...Buffer.from('.glob')]))],
    ['of a thousand letters', `odd.${'x'.repeat(1000)}.glob`],
  ];
  return named.map(([name, topic]) => ({ what: `a topic ${name}`, topic, rows: [['a', '1', NUMBER]] }));
}

function eventIds(): Recipe[] {
  const ids = [
    -1n,
    0n,
    -1000n,
    SMALLEST_INTEGER,
    SMALLEST_INTEGER + 1n,
    LARGEST_INTEGER,
    LARGEST_INTEGER - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 32n,
    -(2n ** 53n) - 1n,
  ];
  return ids.map((eventId) => ({
    what: `the event id ${eventId}`,
    eventId,
    rows: [['a', String(eventId), NUMBER]],
  }));
}

/** Each has a time of its own; what it is about is which of the times are there, and how they are written. */
function times(): Recipe[] {
  const at = (offset: number, digits = 6) => (NIGHT_START_S + offset).toFixed(digits);
  const wire = (what: string, value: Stored, type: string | null = NUMBER): Recipe => ({
    what: `wire time: ${what}`,
    rows: [
      ['__data_time', at(0.5), NUMBER],
      ['__wire_time', value, type],
      ['a', '1', NUMBER],
    ],
  });
  const unusable: [string, Stored][] = [
    ['the text abc', 'abc'],
    ['the empty text', ''],
    ['a space', ' '],
    ['the text nan', 'nan'],
    ['the text inf', 'inf'],
    ['the text -Infinity', '-Infinity'],
    ['the text 1e400', '1e400'],
    ['400 digits', '9'.repeat(400)],
    ['the text true', 'true'],
    ['a hexadecimal text', '0x6553F100'],
    ['an ISO date', '2023-11-14T22:13:20Z'],
    ['NULL', null],
    ['REAL infinity', Number.POSITIVE_INFINITY],
    ['a BLOB of digits', Buffer.from('1700000000.5')],
    ['text that is not UTF-8', rawText(0x31, 0x37, 0xff)],
    ['an embedded NUL', '1700000000\x00'],
  ];
  return [
    wire('REAL', NIGHT_START_S + 0.123456),
    wire('INTEGER', BigInt(NIGHT_START_S + 1)),
    wire('under the type string', at(0.7), STRING),
    wire('under the type boolean', at(0.71), BOOLEAN),
    wire('under no type', at(0.72), null),
    wire('with white space around it', ` ${at(0.8)}\n`),
    wire('with 3 decimals', at(0.123, 3)),
    wire('with 7 decimals', at(0.1234567, 7)),
    wire('with 9 decimals', '1700000000.123456789'),
    wire('with 20 decimals', '1700000000.12345678901234567890'),
    wire('without decimals', '1700000001'),
    wire('with a point at its end', '1700000001.'),
    wire('with a plus', `+${at(0.9)}`),
    wire('with underscores', '1_700_000_000.5'),
    wire('in exponent form', '1.7000000005e9'),
    wire('with leading zeros', '001700000000.25'),
    wire('of full-width digits', '１７００００００００.２５'),
    wire('before the data time', at(0.1)),
    wire('equal to that of the event before', at(0.1)),
    {
      what: 'no wire time',
      rows: [
        ['__data_time', at(0.31), NUMBER],
        ['a', '1', NUMBER],
      ],
    },
    { what: 'no wire time, and a data time as REAL', rows: [['__data_time', NIGHT_START_S + 0.32, NUMBER]] },
    {
      what: 'no wire time, and a data time as INTEGER',
      rows: [['__data_time', BigInt(NIGHT_START_S), NUMBER]],
    },
    {
      what: 'no data time',
      rows: [
        ['__wire_time', at(0.33), NUMBER],
        ['a', '1', NUMBER],
      ],
    },
    { what: 'no data time anywhere', dataTime: null, rows: [['__wire_time', at(0.34), NUMBER]] },
    {
      what: 'a time of the event table only, as REAL',
      dataTime: NIGHT_START_S + 0.35,
      rows: [['a', '1', NUMBER]],
    },
    { what: 'a time of the event table only, as text', dataTime: at(0.36), rows: [['a', '1', NUMBER]] },
    { what: 'no time at all', dataTime: null, rows: [['a', '1', NUMBER]] },
    {
      what: 'a wire time that occurs twice',
      rows: [
        ['__wire_time', at(0.4), NUMBER],
        ['__data_time', at(0.41), NUMBER],
        ['__wire_time', at(0.45), NUMBER],
      ],
    },
    {
      what: 'a wire time that occurs twice, the last one unusable',
      rows: [
        ['__wire_time', at(0.4), NUMBER],
        ['__data_time', at(0.41), NUMBER],
        ['__wire_time', 'abc', NUMBER],
      ],
    },
    {
      what: 'a wire time that occurs twice, the first one unusable',
      rows: [
        ['__wire_time', null, NUMBER],
        ['__data_time', at(0.41), NUMBER],
        ['__wire_time', at(0.46), NUMBER],
      ],
    },
    {
      what: 'a data time that occurs three times',
      rows: [
        ['__data_time', at(0.42), NUMBER],
        ['a', '1', NUMBER],
        ['__data_time', 'abc', NUMBER],
        ['__data_time', at(0.43), NUMBER],
        ['__wire_time', at(0.44), NUMBER],
      ],
    },
    {
      what: 'times last, after another key',
      rows: [
        ['a', '"', STRING],
        ['__wire_time', at(0.47)],
        ['__data_time', at(0.46)],
      ],
    },
    {
      what: 'the times are not those of the event table',
      dataTime: NIGHT_START_S + 1.9,
      rows: [
        ['__data_time', at(0.02), NUMBER],
        ['__wire_time', at(0.03), NUMBER],
      ],
    },
    ...unusable.flatMap(([name, value]): Recipe[] => [
      wire(`unusable: ${name}`, value),
      {
        what: `both times unusable: ${name}`,
        rows: [
          ['__data_time', value, NUMBER],
          ['__wire_time', value, NUMBER],
          ['a', '1', NUMBER],
        ],
      },
      {
        what: `all times unusable: ${name}`,
        dataTime: value,
        rows: [
          ['__data_time', value, NUMBER],
          ['__wire_time', value, NUMBER],
          ['a', '1', NUMBER],
        ],
      },
      {
        what: `time of the event table unusable: ${name}`,
        dataTime: value,
        rows: [['__data_time', at(0.6), NUMBER]],
      },
    ]),
  ];
}

function withoutAttributes(): Recipe[] {
  const named: [string, Stored][] = [
    ['a REAL', NIGHT_START_S + 0.55],
    ['an INTEGER', BigInt(NIGHT_START_S + 1)],
    ['a text', '1700000000.560000'],
    ['a text with white space', ' 1700000000.57 '],
    ['no', null],
    ['an unusable', 'abc'],
    ['an infinite', Number.POSITIVE_INFINITY],
    ['an empty', ''],
    ['a BLOB', Buffer.from('1700000000.5')],
  ];
  return named.map(([name, dataTime]) => ({ what: `no attributes, ${name} data time`, dataTime, rows: [] }));
}

/** Writes events in the default schema. Ids that are not given are ascending, with gaps. */
function write(path: string, recipes: readonly Recipe[]): OddEvent[] {
  const db = new Database(path);
  db.exec(`
    CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT, data_time);
    CREATE TABLE attribute (event_id INTEGER, key TEXT, value, data_type TEXT);
    CREATE INDEX attribute_event_id ON attribute (event_id);
  `);
  const insertEvent = db.prepare(`INSERT INTO event VALUES (?, ${VALUE_SQL}, ${VALUE_SQL})`);
  const insertAttribute = db.prepare(`INSERT INTO attribute VALUES (?, ${VALUE_SQL}, ${VALUE_SQL}, ?)`);
  const events: OddEvent[] = [];
  const late: (() => void)[] = [];

  db.transaction(() => {
    let eventId = 1n;
    for (const [index, recipe] of recipes.entries()) {
      eventId += index % 5 === 4 ? 7n : 1n;
      const { what, rows, scattered = 0 } = recipe;
      const id = recipe.eventId ?? eventId;
      const plainTimeS = NIGHT_START_S + (NIGHT_SECONDS * index) / recipes.length;
      const { topic = `odd.plain.n${index % 7}`, dataTime = plainTimeS } = recipe;
      insertEvent.run(id, ...bound(topic), ...bound(dataTime));
      events.push({ eventId: id, what });

      const hasTime = rows.some(([key]) => key === '__data_time' || key === '__wire_time');
      const timeRows: AttributeRow[] =
        hasTime || recipe.dataTime !== undefined
          ? []
          : [
              ['__data_time', plainTimeS.toFixed(6), NUMBER],
              ['__wire_time', (plainTimeS + 0.0005).toFixed(6), NUMBER],
            ];
      const all: AttributeRow[] = rows.length === 0 ? [] : [['what', what, STRING], ...timeRows, ...rows];
      for (const [place, [key, value, dataType = STRING]] of all.entries()) {
        const insert = () => insertAttribute.run(id, ...bound(key), ...bound(value), dataType);
        if (place >= all.length - scattered) late.push(insert);
        else insert();
      }
      // Rows of no event are no event's.
      if (index % 50 === 0)
        insertAttribute.run(-77n - BigInt(index), ...bound('orphan'), ...bound('1'), NUMBER);
    }
    for (const insert of late) insert();
  })();
  db.close();
  return events.sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
}

/** The SQL of a value that `bound` gives the parameters of. */
const VALUE_SQL = 'CASE WHEN ? THEN CAST(? AS TEXT) ELSE ? END';

/** A cast, which takes the bytes as they are, is the one way to store a TEXT that is not UTF-8. */
function bound(value: Stored): unknown[] {
  return value instanceof RawText ? [1n, value.bytes, null] : [0n, null, value];
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 20)}… (${text.length} characters)`;
}
