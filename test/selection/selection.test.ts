import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  absoluteRanges,
  isAbsolute,
  parseSelection,
  resolveSelection,
  type SelectionOptions,
} from '../../src/selection/selection.js';
import { isoText } from '../../src/selection/time-point.js';
import { clipRanges, mergeRanges, RangeCursor, type TimeRange } from '../../src/selection/time-ranges.js';
import { TimeZone } from '../../src/selection/time-zone.js';

const EXTENT = { firstS: 1_521_854_100.25, lastS: 1_521_900_000.75 };

function ranges(options: SelectionOptions, extent = EXTENT): readonly TimeRange[] | undefined {
  const selection = parseSelection(options);
  return selection && resolveSelection(selection, extent);
}

/** The one range of a selection. */
function range(options: SelectionOptions): (number | string)[] {
  const [only, ...others] = ranges(options) ?? [];
  assert.equal(others.length, 0);
  return [only.startS, only.endS];
}

const OPEN = Number.POSITIVE_INFINITY;

test('has no range where nothing is asked for', () => {
  assert.equal(parseSelection({}), undefined);
  assert.equal(parseSelection({ timezone: 'UTC' }), undefined);
});

test('reads points in time', () => {
  const starts: [string | number, number][] = [
    ['2018-03-24T01:15:00Z', 1_521_854_100],
    ['2018-03-24 01:15Z', 1_521_854_100],
    ['2018-03-24t01:15:00.250001z', 1_521_854_100.250001],
    ['2018-03-24T01:15:00.25+00:00', 1_521_854_100.25],
    ['2018-03-24T03:15:00+0200', 1_521_854_100],
    ['2018-03-23T20:45:00-04:30', 1_521_854_100],
    ['2018-03-23T20:15', 1_521_854_100],
    ['2018-03-23 20:15:00.5', 1_521_854_100.5],
    ['2018-03-24', 1_521_867_600],
    ['1969-12-31T23:59:58.500001Z', -1.499999],
    ['1521854100.25', 1_521_854_100.25],
    [1_521_854_100.25, 1_521_854_100.25],
    ['0', 0],
    ['+0', EXTENT.firstS],
    ['+90m', EXTENT.firstS + 5400],
    ['+1h30m', EXTENT.firstS + 5400],
    ['+0.000001', 1_521_854_100.250001],
    ['-10m', EXTENT.lastS - 600],
    ['-1.5h', EXTENT.lastS - 5400],
    ['-0.5d', EXTENT.lastS - 43_200],
  ];
  for (const [start, expected] of starts) assert.deepEqual(range({ start }), [expected, OPEN], `${start}`);
  assert.deepEqual(range({ start: '2018-03-24', timezone: 'UTC' }), [1_521_849_600, OPEN]);
  assert.deepEqual(range({ end: '2018-03-24T01:15:00Z' }), [-OPEN, 1_521_854_100]);
  assert.deepEqual(range({ start: '+1m', end: '-1m' }), [EXTENT.firstS + 60, EXTENT.lastS - 60]);
});

test('counts a duration from the start, or back from the end', () => {
  const { firstS, lastS } = EXTENT;
  assert.deepEqual(range({ duration: '10m' }), [firstS, firstS + 600]);
  assert.deepEqual(range({ duration: 600 }), [firstS, firstS + 600]);
  assert.deepEqual(range({ start: '+1h', duration: '10m' }), [firstS + 3600, firstS + 4200]);
  assert.deepEqual(range({ start: '1000.000001', duration: '0.000001' }), [1000.000001, 1000.000002]);
  assert.deepEqual(range({ end: '-1m', duration: '1h30m' }), [lastS - 5460, lastS - 60]);
  assert.deepEqual(range({ end: '5000', duration: '1h' }), [1400, 5000]);
});

test('takes a night from noon to noon, also where the clock is put forward or back', () => {
  const hours = (night: string, timezone?: string) => {
    const [startS, endS] = range({ night, timezone }) as number[];
    return [isoText(startS), (endS - startS) / 3600];
  };
  assert.deepEqual(hours('2018-03-23'), ['2018-03-23T17:00:00Z', 24]);
  assert.deepEqual(hours('2018-03-23..2018-03-25'), ['2018-03-23T17:00:00Z', 72]);
  assert.deepEqual(hours('2018-03-10'), ['2018-03-10T18:00:00Z', 23]);
  assert.deepEqual(hours('2018-11-03'), ['2018-11-03T17:00:00Z', 25]);
  assert.deepEqual(hours('2018-03-23', 'Pacific/Honolulu'), ['2018-03-23T22:00:00Z', 24]);
  assert.deepEqual(hours('2018-03-31', 'Australia/Lord_Howe'), ['2018-03-31T01:00:00Z', 24.5]);
});

test('takes hours of each night', () => {
  const of = (options: SelectionOptions) =>
    ranges(options)?.map(({ startS, endS }) => `${isoText(startS)} ${isoText(endS)}`);
  const night = '2018-03-23..2018-03-24';
  assert.deepEqual(of({ night, fromHour: 20, toHour: '20:30' }), [
    '2018-03-24T01:00:00Z 2018-03-24T01:30:00Z',
    '2018-03-25T01:00:00Z 2018-03-25T01:30:00Z',
  ]);
  assert.deepEqual(of({ night: '2018-03-23', fromHour: '20.5' }), [
    '2018-03-24T01:30:00Z 2018-03-24T17:00:00Z',
  ]);
  assert.deepEqual(of({ night: '2018-03-23', toHour: '4' }), ['2018-03-23T17:00:00Z 2018-03-24T09:00:00Z']);
  assert.deepEqual(of({ night: '2018-03-23', fromHour: '24', toHour: '0:00:01' }), [
    '2018-03-24T05:00:00Z 2018-03-24T05:00:01Z',
  ]);
  // The nights are those of the recordings where none is named: from 20:15 on the 23rd to 09:00 on the 24th.
  assert.deepEqual(of({ fromHour: 22, toHour: 1 }), ['2018-03-24T03:00:00Z 2018-03-24T06:00:00Z']);
  assert.deepEqual(of({ night: '2018-03-23', fromHour: 22, start: '2018-03-24T04:00:00Z', end: '+4h' }), [
    '2018-03-24T04:00:00Z 2018-03-24T05:15:00.25Z',
  ]);
  assert.deepEqual(of({ night: '2018-03-23', start: '2018-04-24' }), []);
});

test('has nothing, or says so, where no event has a time', () => {
  const none = { firstS: Number.NaN, lastS: Number.NaN };
  assert.deepEqual(ranges({ fromHour: 20 }, none), []);
  assert.throws(() => ranges({ start: '+1m' }, none), { code: 'BAD_OPTION', message: /no event has a time/ });
  assert.throws(() => ranges({ fromHour: 20 }, { firstS: 0, lastS: 1e13 }), { code: 'BAD_OPTION' });
});

const REFUSED: [SelectionOptions, RegExp][] = [
  [{ start: 'yesterday' }, /Expected start to be a time such as .*, got "yesterday"/],
  [{ start: '' }, /got ""/],
  [{ start: '2018-02-29' }, /got "2018-02-29"/],
  [{ start: '2018-03-24T24:00' }, /got/],
  [{ start: '2018-03-24T01:15:00+25:00' }, /got/],
  [{ start: '+' }, /got "\+"/],
  [{ end: '-10m30h' }, /Expected end to be/],
  [{ start: '20180324' }, /did you mean 2018-03-24, or/],
  [{ start: '1521854100250' }, /milliseconds/],
  [{ start: Number.NaN }, /got NaN/],
  [{ timezone: 'america/chicgo' }, /Expected timezone to be .*; did you mean America\/Chicago\?/],
  [{ timezone: 'berlin' }, /did you mean Europe\/Berlin\?/],
  [{ night: '2018-03-23..2018-03-22' }, /Expected night to be/],
  [{ night: '2018-03-23..' }, /Expected night to be/],
  [{ night: '23.3.2018' }, /Expected night to be/],
  [{ night: '1900-01-01..2100-01-01' }, /Expected night to be/],
  [{ fromHour: 25 }, /Expected fromHour to be an hour/],
  [{ fromHour: '20:60' }, /Expected fromHour to be an hour/],
  [{ fromHour: 20, toHour: 18 }, /Expected toHour to be later in the night than fromHour 20, got 18/],
  [{ fromHour: 4, toHour: 20 }, /later in the night than fromHour 4, got 20/],
  [{ toHour: 12 }, /later in the night than noon/],
  [{ start: 1, end: 2, duration: 1 }, /^start, end and duration do not go together: /],
  [{ night: '2018-03-23', duration: 1 }, /^duration needs start or end: /],
  [{ duration: '0' }, /Expected duration to be a time above 0/],
  [
    { start: '2018-03-24T02:00:00Z', end: '2018-03-24T01:00:00.5Z' },
    /Expected the end to be after the start, 2018-03-24T02:00:00Z, got "2018-03-24T01:00:00.5Z"/,
  ],
  [{ start: 5, end: 5 }, /Expected the end to be after the start/],
];

test('refuses what it cannot read, in words', () => {
  for (const [options, message] of REFUSED) {
    assert.throws(() => parseSelection(options), { code: 'BAD_OPTION', message }, JSON.stringify(options));
  }
  assert.throws(() => ranges({ start: '+2m', end: '+1m' }), {
    code: 'BAD_OPTION',
    message: /after the start/,
  });
  assert.throws(() => parseSelection({ night: '' }, (option) => `--${option}`), {
    message: /Expected --night to/,
  });
});

test('tells what does not depend on the recordings', () => {
  const of = (options: SelectionOptions) => {
    const selection = parseSelection(options);
    assert.ok(selection);
    return [isAbsolute(selection), ...absoluteRanges(selection).map(({ startS, endS }) => [startS, endS])];
  };
  assert.deepEqual(of({ start: 5 }), [true, [5, OPEN]]);
  assert.deepEqual(of({ start: 5, duration: 5 }), [true, [5, 10]]);
  assert.deepEqual(of({ end: 5, duration: 2 }), [true, [3, 5]]);
  assert.deepEqual(of({ start: '+1', end: 5 }), [false, [-OPEN, 5]]);
  assert.deepEqual(of({ duration: 5 }), [false, [-OPEN, OPEN]]);
  assert.deepEqual(of({ end: '-5', duration: 5 }), [false, [-OPEN, OPEN]]);
  assert.deepEqual(of({ fromHour: 20 }), [false, [-OPEN, OPEN]]);
  assert.deepEqual(of({ night: '2018-03-23', end: '-1' }), [false, [1_521_824_400, 1_521_910_800]]);
  assert.deepEqual(of({ night: '2018-03-23', fromHour: 20, toHour: 21 }), [
    true,
    [1_521_853_200, 1_521_856_800],
  ]);
});

/** Decimal digits of a time, to the microsecond. */
const arbitraryMicros = fc.bigInt({ min: 10n ** 15n, max: 4n * 10n ** 15n });
const digits = (micros: bigint) => `${micros / 1_000_000n}.${`${micros % 1_000_000n}`.padStart(6, '0')}`;

test('includes the start and excludes the end to the microsecond, whatever the form', () => {
  const forms = (micros: bigint) => {
    const second = new Date(Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19);
    return [
      digits(micros),
      `${second}.${digits(micros).slice(-6)}Z`,
      `${second}.${digits(micros).slice(-6)}000+00:00`,
    ];
  };
  fc.assert(
    fc.property(arbitraryMicros, fc.bigInt(1n, 10n ** 11n), fc.nat(2), (startUs, lengthUs, form) => {
      const endUs = startUs + lengthUs;
      const extent = { firstS: Number(digits(startUs)), lastS: Number(digits(endUs)) };
      const span = digits(lengthUs);
      const asked: SelectionOptions[] = [
        { start: forms(startUs)[form], end: forms(endUs)[form] },
        { start: forms(startUs)[form], duration: span },
        { end: forms(endUs)[form], duration: span },
        { end: `+${span}`, start: '+0' },
        { start: `-${span}`, end: forms(endUs)[form] },
      ];
      for (const options of asked) {
        const found = ranges(options, extent) ?? [];
        const isWithin = (micros: bigint) => new RangeCursor(found).isWithin(Number(digits(micros)));
        const near = [startUs - 1n, startUs, endUs - 1n, endUs].map(isWithin);
        assert.deepEqual(near, [false, true, true, false], JSON.stringify(options));
      }
    }),
  );
});

test('writes a time as it is read', () => {
  fc.assert(
    fc.property(arbitraryMicros, (micros) => {
      const timeS = Number(digits(micros));
      assert.deepEqual(range({ start: isoText(timeS) }), [timeS, OPEN]);
    }),
  );
});

const ZONES = [
  'America/Chicago',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Pacific/Apia',
  'Atlantic/Canary',
  'UTC',
];
const DAY_S = 86_400;

/** What the clock of a zone shows, made of its text. */
function naiveWall(name: string): (unixS: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: name,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return (unixS) => Date.parse(`${format.format(unixS * 1000).replace(' ', 'T')}Z`) / 1000;
}

/** Days on which the clock is put forward or back, and some others, from 2008 to 2020. */
function notableDays(name: string): number[] {
  const wall = naiveWall(name);
  const offset = (day: number) => wall(day * DAY_S) - day * DAY_S;
  const days = Array.from({ length: 12 * 365 }, (_, i) => 13_880 + i);
  return days
    .filter((day) => offset(day) !== offset(day + 1) || day % 365 === 0)
    .flatMap((day) => [day - 1, day]);
}

test('finds nights and their hours as a look at the clock, minute by minute, does', () => {
  const zones = ZONES.map((name) => ({ name, wall: naiveWall(name), days: notableDays(name) }));
  const minuteOfNight = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const hour = (minute: number) =>
    `${Math.floor(minute / 60 + 12) % 24}:${`${minute % 60}`.padStart(2, '0')}`;
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(...zones), minuteOfNight, minuteOfNight, (pick, zone, a, b) => {
      const day = zone.days[pick % zone.days.length];
      const [from, to] = a < b ? [a, b] : [b, a + 1];
      const night = new Date(day * DAY_S * 1000).toISOString().slice(0, 10);
      const asked: SelectionOptions = { night, timezone: zone.name };
      if (from > 0) asked.fromHour = hour(from);
      if (to < 24 * 60) asked.toHour = hour(to);

      // From noon where the clock is 14 hours ahead to noon of the next day where it is 12 behind, and some.
      const minutes = Array.from({ length: 54 * 60 }, (_, i) => day * DAY_S + (i - 3 * 60) * 60);
      const shown = minutes.map((unixS) => zone.wall(unixS) - day * DAY_S - DAY_S / 2);
      const first = (second: number) => minutes[shown.findIndex((wall) => wall >= second)];
      const [startS, endS] = [first(from * 60), first(to * 60)];
      assert.deepEqual(ranges(asked), startS < endS ? [{ startS, endS }] : [], JSON.stringify(asked));
    }),
    { numRuns: 200 },
  );
});

test('knows the first moment of each time of the clock', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.integer({ min: -3_000_000_000, max: 4_000_000_000 }),
      (name, unixS) => {
        const zone = new TimeZone(name);
        const wallS = zone.wallS(unixS);
        const found = zone.unixS(wallS);
        assert.ok(found <= unixS && zone.wallS(found) === wallS);
      },
    ),
  );
});

const arbitraryRanges = fc.array(
  fc
    .tuple(fc.integer({ min: -9, max: 60 }), fc.nat(9))
    .map(([startS, length]) => ({ startS, endS: startS + length })),
);

test('finds times in ranges as a look at each of them does, in any order of the times', () => {
  const isIn = (all: readonly TimeRange[], timeS: number) =>
    all.some(({ startS, endS }) => timeS >= startS && timeS < endS);
  const times = fc.array(
    fc.oneof(fc.integer({ min: -12, max: 75 }), fc.constantFrom(Number.NaN, OPEN, -OPEN)),
  );
  fc.assert(
    fc.property(
      arbitraryRanges,
      arbitraryRanges,
      times,
      fc.boolean(),
      (all, [clip], unordered, isOrdered) => {
        const merged = mergeRanges(all);
        const clipped = clip === undefined ? merged : clipRanges(merged, clip);
        const ordered = isOrdered ? [...unordered].sort((a, b) => a - b) : unordered;
        const cursor = new RangeCursor(clipped);
        for (const timeS of ordered)
          assert.equal(
            cursor.isWithin(timeS),
            isIn(all, timeS) && (clip === undefined || isIn([clip], timeS)),
          );
        for (const [i, { startS, endS }] of merged.entries())
          assert.ok(startS < endS && (i === 0 || startS > merged[i - 1].endS));
      },
    ),
  );
});
