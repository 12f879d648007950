import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TIME_UNITS, type TimeUnit, unitOfTimes, unixSecondsOf } from '../../src/encode/time-unit.js';

const CONVERTED: [unit: TimeUnit, time: string | number | bigint, seconds: string | undefined][] = [
  ['unix-s', '1521854100.250000', '1521854100.25'],
  ['unix-ms', '1521854100250', '1521854100.25'],
  ['unix-ms', 1_521_854_100_250n, '1521854100.25'],
  ['unix-ms', 1_521_854_100_250.5, '1521854100.2505'],
  ['unix-ms', '-1', '-0.001'],
  ['unix-ms', '1e3', '1'],
  ['unix-ms', ' 1_000 ', '1'],
  ['unix-us', '1521854100250001', '1521854100.250001'],
  ['unix-ns', 1_521_854_100_250_000_001n, '1521854100.250000001'],
  ['unix-ns', '1521854100250000001', '1521854100.250000001'],
  ['unix-ns', '7', '0.000000007'],
  ['jd', '2440587.5', '0'],
  ['jd', '2458201.5', '1521849600'],
  ['jd', '2458201.500001', '1521849600.0864'],
  ['jd', 2_458_201.5, '1521849600'],
  ['mjd', '58201', '1521849600'],
  ['mjd', '58201.000000000001', '1521849600.0000000864'],
  ['mjd', '5.8201e4', '1521849600'],
  ['iso', '2018-03-24T01:15:00.250Z', '1521854100.25'],
  ['iso', '2018-03-24 01:15:00.250001', '1521854100.250001'],
  ['iso', '2018-03-24T01:15:00,123456789+00:00', '1521854100.123456789'],
  ['iso', '2018-03-23T20:15-05:00', '1521854100'],
  ['iso', '2018-03-24T06:45:00+0530', '1521854100'],
  ['iso', '2018-03-24', '1521849600'],
  ['iso', '1969-12-31T23:59:59.75Z', '-0.25'],
  ['iso', '2016-12-31T23:59:60Z', '1483228800'],
  ['iso', '2018-02-30T00:00:00Z', undefined],
  ['iso', '2018-03-24T25:00', undefined],
  ['iso', '24.3.2018', undefined],
  ['iso', 1_521_854_100, undefined],
  ['unix-ms', 'abc', undefined],
  ['unix-ms', '', undefined],
  ['unix-ms', 'nan', undefined],
  ['unix-ms', Number.POSITIVE_INFINITY, undefined],
  ['unix-ms', '1e-99999', undefined],
  ['mjd', '2018-03-24', undefined],
];

for (const [unit, time, seconds] of CONVERTED) {
  test(`takes ${typeof time} ${String(time)} in ${unit} for ${seconds ?? 'no time'}`, () => {
    assert.equal(unixSecondsOf(time, unit), seconds);
  });
}

test('converts counts of each unit exactly, whatever their digits', () => {
  const places = { 'unix-ms': 3, 'unix-us': 6, 'unix-ns': 9 } as const;
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.constantFrom('unix-ms', 'unix-us', 'unix-ns'),
      (count, unit) => {
        const seconds = unixSecondsOf(String(count), unit);
        const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d*[1-9]))?$/.exec(seconds ?? '') ?? [];
        assert.equal(BigInt(`${sign}${whole}${fraction.padEnd(places[unit], '0')}`), count);
      },
    ),
  );
});

const S = 1_521_854_100;
const RECOGNISED: [what: string, times: (string | number | null)[], unit: TimeUnit | undefined][] = [
  ['seconds', [S, String(S + 1)], 'unix-s'],
  ['milliseconds', [`${S}000`, null, S * 1000], 'unix-ms'],
  ['microseconds', [`${S}000000`], 'unix-us'],
  ['nanoseconds', [`${S}000000000`], 'unix-ns'],
  ['Julian dates', ['2458201.5', '2458202.25'], 'jd'],
  ['modified Julian dates', [58_201.25, 58_202], 'mjd'],
  ['dates', ['2018-03-24T01:15:00', '2018-03-24 01:15:01.5Z'], 'iso'],
  ['nothing', [], undefined],
  ['missing times', [null, ''], undefined],
  ['seconds and milliseconds', [S, S * 1000], undefined],
  ['milliseconds and a zero', [S * 1000, 0], undefined],
  ['milliseconds and a word', [S * 1000, 'abc'], undefined],
  ['whole days, which may count anything', ['58201', '58202'], undefined],
  ['seconds of a day, which may be modified Julian dates', ['50000.5', '53600.25'], undefined],
  ['milliseconds of 1980', [315532800000], undefined],
  ['numbers that are too small', ['1', '2.5'], undefined],
  ['dates and numbers', ['2018-03-24T01:15:00', '58201.5'], undefined],
];

for (const [what, times, unit] of RECOGNISED) {
  test(`recognises ${what} as ${unit ?? 'no unit alone'}`, () => {
    assert.equal(unitOfTimes(times), unit);
  });
}

test('takes no moment of 1990 to 2100 for one in another unit', () => {
  const moment = fc.integer({ min: 631_152_000, max: 4_102_444_799 });
  fc.assert(
    fc.property(moment, fc.constantFrom(...TIME_UNITS), (seconds, unit) => {
      const inUnit = {
        'unix-s': () => String(seconds),
        'unix-ms': () => `${seconds}000`,
        'unix-us': () => `${seconds}000000`,
        'unix-ns': () => `${seconds}000000000`,
        jd: () => String(2_440_587.5 + seconds / 86_400),
        mjd: () => String(40_587 + seconds / 86_400 + 1e-6),
        iso: () => new Date(seconds * 1000).toISOString(),
      }[unit]();
      // A whole day may count anything.
      const seen = unitOfTimes([inUnit]);
      assert.ok(seen === unit || (seen === undefined && Number.isInteger(Number(inUnit))), inUnit);
      assert.ok(Math.abs(Number(unixSecondsOf(inUnit, unit)) - seconds) < 1);
    }),
  );
});
