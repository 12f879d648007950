import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missedLine } from '../../src/cli/reports/missed-line.js';
import type { ReplayOutcome } from '../../src/index.js';
import { parseThresholds, testThresholds } from '../../src/measure/threshold.js';
import type { ReportOptions } from '../../src/options/report-options.js';
import { resolveOptions } from '../../src/options/resolve-options.js';

const NO_STALLS = { count: 0, totalS: 0, longestS: 0 };
const OUTCOME = {
  endedBy: 'end',
  sent: 100,
  durationS: 2,
  eventsPerS: 5000,
  dropped: 2,
  undelivered: { subscribers: 1, mostEvents: 5 },
  damage: { stretches: 1, lostEvents: 10, mostFurtherEvents: null, places: [] },
  lateness: { p50Us: 1, p90Us: 40, p99Us: 7100, p999Us: 8000, p9999Us: 9000, maxUs: 1.5e6, meanUs: 55 },
  driftPpm: -3,
  stalls: {
    readAhead: NO_STALLS,
    eventLoop: NO_STALLS,
    send: NO_STALLS,
    longest: { cause: 'send', durationS: 0.12, atS: 1, recordedS: 5 },
  },
} as unknown as ReplayOutcome;

/** What is found missed of one condition. */
function missed(condition: string, outcome = OUTCOME): unknown {
  const { failed, passed } = testThresholds(parseThresholds([condition]), outcome);
  assert.equal(failed.length + passed.length, 1);
  const [first] = failed;
  return first && [first.condition, first.found, first.unit];
}

for (const [condition, expected] of [
  ['p99>5ms', ['p99>5ms', 7.1, 'ms']],
  [' p99 > 7.1 ms ', undefined],
  ['p99>=7.1ms', ['p99>=7.1ms', 7.1, 'ms']],
  ['p99<8ms', ['p99<8ms', 7.1, 'ms']],
  ['p99<=7ms', undefined],
  ['p50>.5us', ['p50>.5us', 1, 'µs']],
  ['p90>39µs', ['p90>39µs', 40, 'µs']],
  ['p99.9>1s', undefined],
  ['p99.99>8ms', ['p99.99>8ms', 9, 'ms']],
  ['max>1s', ['max>1s', 1.5, 's']],
  ['mean>50us', ['mean>50us', 55, 'µs']],
  ['lost>0', ['lost>0', 17, '']],
  ['lost>17', undefined],
  ['sent<1', undefined],
  ['sent<=100', ['sent<=100', 100, '']],
  ['rate<5000', undefined],
  ['rate<5000.5', ['rate<5000.5', 5000, '']],
  ['drift>1ppm', ['drift>1ppm', 3, 'ppm']],
  ['drift>3ppm', undefined],
  ['stall>100ms', ['stall>100ms', 120, 'ms']],
  ['stall>1s', undefined],
] as const) {
  test(`${condition} is ${expected === undefined ? 'not missed' : 'missed'}`, () => {
    assert.deepEqual(missed(condition), expected);
  });
}

test('what was not measured is missed, but for losses and stalls, of which none is a number', () => {
  const outcome = {
    ...OUTCOME,
    durationS: 0,
    lateness: undefined,
    driftPpm: undefined,
    dropped: 0,
    undelivered: { subscribers: 0, mostEvents: 0 },
    damage: { ...OUTCOME.damage, lostEvents: 0 },
    stalls: { ...OUTCOME.stalls, longest: undefined },
  };
  for (const condition of ['p99>5ms', 'max>1s', 'mean<1s', 'drift>1ppm', 'rate<1']) {
    assert.equal((missed(condition, outcome) as unknown[])[1], null, condition);
  }
  for (const condition of ['lost>0', 'stall>1ms']) assert.equal(missed(condition, outcome), undefined);
});

test('missed conditions are said in a line each', () => {
  assert.equal(
    missedLine({ condition: 'p99>5ms', found: 7.1, unit: 'ms' }),
    'threshold missed: p99>5ms: it was 7.1ms',
  );
  assert.equal(
    missedLine({ condition: 'lost>0', found: 17, unit: '' }),
    'threshold missed: lost>0: it was 17',
  );
  assert.equal(
    missedLine({ condition: 'p99>5ms', found: null, unit: 'ms' }),
    'threshold missed: p99>5ms: not measured',
  );
});

for (const [condition, message] of [
  ['', 'Expected failIf to be a condition such as p99>5ms, got ""'],
  ['p99', 'Expected failIf to be a condition such as p99>5ms, got "p99"; p99 takes one of > >= < <='],
  ['p99=5ms', /got "p99=5ms"; p99 takes one of > >= < <=$/],
  ['p98>5ms', /^Expected what failIf compares to be p50, .* or rate, got "p98"; did you mean p9/],
  ['lateness>5ms', /, got "lateness"$/],
  ['drfit>1ppm', /got "drfit"; did you mean drift\?$/],
  ['p99>5', 'Expected failIf to be p99 and a time with its unit, us, ms or s, such as p99>5ms, got "p99>5"'],
  ['p99>ms', /a time with its unit/],
  ['p99>-5ms', /a time with its unit/],
  ['p99>5m', /a time with its unit/],
  ['p99>>5ms', /a time with its unit/],
  ['p99>5constructor', /a time with its unit/],
  ['stall>0.5ms', /a stall of 1ms or more, as shorter ones are not counted, got "stall>0.5ms"$/],
  ['drift>1', 'Expected failIf to be a drift in parts per million, such as drift>1ppm, got "drift>1"'],
  ['lost>1ms', /lost and a number without a unit, such as lost>0/],
  ['rate<5k', /rate and a number without a unit/],
  ['rate<', /rate and a number without a unit/],
] as const) {
  test(`${JSON.stringify(condition)} is no condition`, () => {
    assert.throws(() => parseThresholds([condition]), { code: 'BAD_OPTION', message });
  });
}

test('flat out, what is not measured is refused by the name that the user knows', () => {
  const resolved = (options: ReportOptions, speedup: number | 'max') =>
    resolveOptions({ ...options, databases: 'night.db', speedup }, (option) => `--${option}`);
  for (const condition of ['p99>5ms', 'max>1s', 'mean>1s', 'drift>1ppm']) {
    assert.throws(() => resolved({ failIf: ['lost>0', condition] }, 'max'), {
      code: 'BAD_OPTION',
      message: `Expected --failIf to be on stall, sent, lost, rate at max speed, where no event is late, got "${condition}"`,
    });
  }
  assert.throws(() => resolved({ hlog: 'a.hlog' }, 'max'), {
    message: '--speedup max and --hlog do not go together: flat out, no event is late',
  });
  assert.throws(() => resolved({ latenessByTopic: true }, 'max'), { code: 'BAD_OPTION' });
  assert.throws(() => resolved({ hlog: '' }, 1), { code: 'BAD_OPTION' });
  assert.equal(resolved({ failIf: ['lost>0', 'rate<1', 'stall>1s'] }, 'max').failIf.length, 3);
  assert.equal(resolved({ failIf: 'p99>5ms', hlog: 'a.hlog' }, 1).failIf.length, 1);
});
