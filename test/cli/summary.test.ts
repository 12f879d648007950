import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noWarnings } from '../../src/batch/warnings.js';
import { summary } from '../../src/cli/reports/summary.js';
import type { ReplayOutcome } from '../../src/index.js';

const NONE = { count: 0, totalS: 0, longestS: 0 };
const OUTCOME: ReplayOutcome = {
  endedBy: 'end',
  sent: 1000,
  filtered: 0,
  bytes: 300_000,
  primed: 0,
  dropped: 0,
  shifts: { count: 0, totalS: 0 },
  undelivered: { subscribers: 0, mostEvents: 0 },
  seeks: 0,
  pauses: { count: 0, totalS: 0 },
  gaps: { count: 0, leftOutS: 0 },
  disorder: { count: 0, mostS: 0, strays: 0, stepsBack: 0 },
  recordedFromS: 1_521_854_100,
  recordedToS: 1_521_854_700,
  unreadable: [],
  damage: { stretches: 0, lostEvents: 0, mostFurtherEvents: 0, places: [] },
  passes: 1,
  durationS: 10,
  eventsPerS: 100,
  bytesPerS: 30_000,
  lateness: { p50Us: 3.2, p90Us: 8, p99Us: 31, p999Us: 96, p9999Us: 1400, maxUs: 41_000, meanUs: 5 },
  latenessByTopic: undefined,
  driftPpm: 0.0312,
  stalls: { readAhead: NONE, eventLoop: NONE, send: NONE, longest: undefined },
  failed: [],
  warnings: noWarnings(),
};

const HEAD = 'Played 1,000 events in 10.00 s\n  rate        100 events/s, 30 kB/s\n  size        300 kB\n';
const LATENESS = '  lateness    p50 3 µs, p90 8 µs, p99 31 µs, p99.9 96 µs, p99.99 1.40 ms, max 41.0 ms\n';

test('says no more than there is to say', () => {
  assert.equal(summary(OUTCOME), `${HEAD}${LATENESS}`);
  assert.equal(summary({ ...OUTCOME, lateness: undefined }), HEAD);
});

test('shows the disorder of the recording, and clocks that were wrong', () => {
  const disorder = { count: 12, mostS: 1.25, strays: 1, stepsBack: 2 };
  const lines = [
    '  disorder    12 events recorded out of order, by 1.25 s at most\n',
    '  clocks      1 event whose clock was wrong: sent with their neighbours\n',
    '  clocks      recorded times stepped back 2 times\n',
  ];
  assert.equal(summary({ ...OUTCOME, disorder }), `${HEAD}${lines.join('')}${LATENESS}`);
});

test('shows the drift of a run that is long enough for it', () => {
  assert.match(summary({ ...OUTCOME, durationS: 3600 }), /^ {2}drift {7}0\.03 ppm$/m);
});

test('names the longest stall with its cause, and sums up all', () => {
  const longest = { cause: 'readAhead', durationS: 0.041, atS: 12, recordedS: 1_521_860_000 } as const;
  const readAhead = { count: 1, totalS: 0.041, longestS: 0.041 };
  const one = summary({ ...OUTCOME, stalls: { ...OUTCOME.stalls, readAhead, longest } });
  assert.match(one, /^ {2}stalls {6}41\.0 ms, read-ahead ran dry, at 02:53:20$/m);
  const send = { count: 11, totalS: 0.119, longestS: 0.02 };
  const untimed = { ...longest, recordedS: Number.NaN };
  const all = summary({ ...OUTCOME, stalls: { ...OUTCOME.stalls, readAhead, send, longest: untimed } });
  assert.match(all, /^ {2}stalls {6}longest 41\.0 ms, read-ahead ran dry; 12 in all, 160 ms$/m);
});

test('says what was done by hand, and what was given up', () => {
  const shown = summary({
    ...OUTCOME,
    endedBy: 'quit',
    seeks: 2,
    pauses: { count: 1, totalS: 65 },
    dropped: 12,
    shifts: { count: 3, totalS: 1.2 },
    undelivered: { subscribers: 1, mostEvents: 200 },
  });
  assert.match(shown, /^Quit after 1,000 events in/);
  for (const line of [
    'paused      1 time, 1:05 in all',
    'sought      2 times',
    'dropped     12 events that were too late',
    'shifted     the plan was moved 3 times, 1.20 s in all',
    'undelivered at most 200 events each, to 1 subscriber',
  ]) {
    assert(shown.includes(`\n  ${line}\n`), shown);
  }
});

test('shows the twenty topics that were the latest', () => {
  const latenessByTopic = Array.from({ length: 30 }, (_, i) => ({
    topic: i === 0 ? `tcs.${'x'.repeat(60)}` : `a.b\n${i}`,
    count: 1000 + i,
    p50Us: 3,
    p99Us: 5000 - i,
    maxUs: 2e6,
  }));
  const lines = summary({ ...OUTCOME, latenessByTopic })
    .split('\n')
    .slice(4);
  assert.equal(lines[0], 'Latest topics, by p99');
  assert.match(lines[1], /^ {2}topic +events +p50 +p99 +max$/);
  assert.match(lines[2], /^ {2}tcs\.x+…x+ +1,000 +3 µs +5\.00 ms +2\.00 s$/);
  assert.match(lines[3], /^ {2}a\.b\\n1 +1,001/);
  assert.deepEqual([lines.length, lines.at(-2), lines.at(-1)], [24, '  10 more: see --json', '']);
});
