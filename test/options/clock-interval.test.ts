import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clockInterval } from '../../src/options/clock-interval.js';

describe('the interval of a clock', () => {
  for (const [given, expectedS] of [
    [0.1, 0.1],
    ['0.1', 0.1],
    ['100ms', 0.1],
    ['10Hz', 0.1],
    ['100 hz', 0.01],
    ['3Hz', 0.333333],
    ['0.5Hz', 2],
    ['1m', 60],
  ] as const) {
    it(`is a time or a rate: ${given}`, () => assert.equal(clockInterval(given, 'clock'), expectedS));
  }

  for (const wrong of [
    0,
    -1,
    Number.NaN,
    0.001,
    1e6,
    '',
    'Hz',
    '0Hz',
    '-1Hz',
    '101Hz',
    'often',
    'Infinity',
  ]) {
    it(`is refused: ${wrong}`, () => {
      assert.throws(() => clockInterval(wrong, '--clock'), {
        code: 'BAD_OPTION',
        message: /^Expected --clock to be a rate such as 10Hz/,
      });
    });
  }
});
