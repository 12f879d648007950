import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type TimeForm, timeForm } from '../../src/encode/time-form.js';

for (const [value, form] of [
  ['1521854100.5', 'seconds'],
  [1521854100.5, 'seconds'],
  ['1521854100500', 'milliseconds'],
  ['1521854100500000', 'microseconds'],
  ['1521854100500000000', 'nanoseconds'],
  ['2458201.552', 'julian'],
  ['58201.052', 'modifiedJulian'],
  ['0', 'zero'],
  [0, 'zero'],
  ['-5', 'early'],
  ['3600', 'early'],
  ['9999999999', 'late'],
  ['2018-03-24T01:15:00.5Z', 'iso'],
  ['2018-03-24 01:15:00', 'iso'],
  ['1521854100,5', 'decimalComma'],
  ['soon', 'text'],
  ['', 'none'],
  [null, 'none'],
] as const) {
  test(`takes ${JSON.stringify(value)} for ${form}`, () => assert.equal(timeForm(value), form));
}

test('knows a moment in each unit, whatever the moment is', () => {
  const momentS = fc.integer({ min: 315_532_800, max: 2_524_608_000 }); // 1980 to 2050
  const forms: [TimeForm, (seconds: number) => number][] = [
    ['seconds', (seconds) => seconds],
    ['milliseconds', (seconds) => seconds * 1e3],
    ['microseconds', (seconds) => seconds * 1e6],
    ['nanoseconds', (seconds) => seconds * 1e9],
    ['julian', (seconds) => seconds / 86_400 + 2_440_587.5],
    ['modifiedJulian', (seconds) => seconds / 86_400 + 40_587],
  ];
  fc.assert(
    fc.property(momentS, fc.constantFrom(...forms), (seconds, [form, write]) => {
      assert.equal(timeForm(String(write(seconds))), form);
      assert.equal(timeForm(write(seconds)), form);
    }),
  );
});
