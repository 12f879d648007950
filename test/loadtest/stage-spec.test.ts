import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseStages } from '../../src/loadtest/stage-spec.js';

it('reads rates, ramps and speeds', () => {
  assert.deepEqual(parseStages(['1k:30s', '1k..20k:2m', '2.5M/s:1s'], '--stage'), {
    unit: 'rate',
    stages: [
      { fromPerS: 1000, toPerS: 1000, durationS: 30 },
      { fromPerS: 1000, toPerS: 20_000, durationS: 120 },
      { fromPerS: 2.5e6, toPerS: 2.5e6, durationS: 1 },
    ],
  });
  assert.deepEqual(parseStages(['1x..50x:90s', '50x:1m'], '--stage'), {
    unit: 'speed',
    stages: [
      { fromPerS: 1, toPerS: 50, durationS: 90 },
      { fromPerS: 50, toPerS: 50, durationS: 60 },
    ],
  });
});

it('refuses what is no stage, and says how one is written', () => {
  for (const [given, told] of [
    [['1000'], /^Expected --stage to be a rate and a time such as 1k:30s, .*, got "1000"$/],
    [['fast:30s'], /such as 1k:30s/],
    [['0:30s'], /rates from 0.000001 to 1000000000, got "0:30s"/],
    [['1k:soon'], /^Expected the time of --stage to be a time above 0 such as .*, got "soon"$/],
    [
      ['1k:30s', '10x:30s'],
      /all stages as rates such as 1k:30s, or all as speeds .*, got "10x:30s"; the first one is 1k:30s$/,
    ],
  ] as const)
    assert.throws(() => parseStages(given, '--stage'), { message: told });
});
