import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noWarnings } from '../../src/batch/warnings.js';
import { nothingToPlay, summary } from '../../src/cli/reports/summary.js';
import type { ReplayOutcome } from '../../src/index.js';
import { TimeZone } from '../../src/selection/time-zone.js';

const NONE = { count: 0, totalS: 0, longestS: 0 };
const OUTCOME: ReplayOutcome = {
  endedBy: 'end',
  sent: 1000,
  filtered: 0,
  bytes: 300_000,
  primed: 0,
  dropped: 0,
  shifts: { count: 0, totalS: 0 },
  onFull: 'drop',
  blocked: { count: 0, totalS: 0, longestS: 0, by: [] },
  addresses: ['tcp://127.0.0.1:5556'],
  routes: [],
  subscribers: { atStart: 1, most: 2 },
  undelivered: { subscribers: 0, mostEvents: 0 },
  seeks: 0,
  pauses: { count: 0, totalS: 0 },
  gaps: { count: 0, leftOutS: 0 },
  disorder: { count: 0, mostS: 0, strays: 0, stepsBack: 0 },
  recordedFromS: 1_521_854_100,
  recordedToS: 1_521_854_700,
  selected: undefined,
  unmatchedTopics: [],
  unreadable: [],
  changes: [],
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
  passed: [],
  writeFailures: [],
  warnings: noWarnings(),
};

const shown = (more: Partial<ReplayOutcome>) => summary({ ...OUTCOME, ...more }, new TimeZone());

const HEAD =
  'Played 1,000 events in 10.00s\n  rate        100 events/s, 30 kB/s\n  size        300 kB\n  to          2 subscribers at tcp://127.0.0.1:5556';
const LATENESS = '\n  lateness    p50 3µs, p90 8µs, p99 31µs, p99.9 96µs, p99.99 1.40ms, max 41.0ms';

test('says no more than there is to say', () => {
  assert.equal(shown({}), `${HEAD}${LATENESS}`);
  assert.equal(shown({ lateness: undefined }), HEAD);
});

test('shows the disorder of the recording, and clocks that were wrong', () => {
  const disorder = { count: 12, mostS: 1.25, strays: 1, stepsBack: 2 };
  const lines = [
    '\n  disorder    12 events recorded out of order, by 1.25s at most',
    '\n  clocks      1 event whose clock was wrong: sent with their neighbours',
    '\n  clocks      recorded times stepped back 2 times',
  ];
  assert.equal(shown({ disorder }), `${HEAD}${lines.join('')}${LATENESS}`);
});

test('shows the drift of a run that is long enough for it', () => {
  assert.match(shown({ durationS: 3600 }), /^ {2}drift {7}0\.03ppm$/m);
});

test('names the longest stall with its cause, and sums up all', () => {
  const longest = { cause: 'readAhead', durationS: 0.041, atS: 12, recordedS: 1_521_860_000 } as const;
  const readAhead = { count: 1, totalS: 0.041, longestS: 0.041 };
  const one = shown({ stalls: { ...OUTCOME.stalls, readAhead, longest } });
  assert.match(one, /^ {2}stalls {6}41\.0ms, read-ahead ran dry, at 21:53:20 America\/Chicago$/m);
  const send = { count: 11, totalS: 0.119, longestS: 0.02 };
  const untimed = { ...longest, recordedS: Number.NaN };
  const all = shown({ stalls: { ...OUTCOME.stalls, readAhead, send, longest: untimed } });
  assert.match(all, /^ {2}stalls {6}longest 41\.0ms, read-ahead ran dry; 12 in all, 160ms$/m);
});

test('says what was done by hand, and what was given up', () => {
  const told = shown({
    endedBy: 'quit',
    seeks: 2,
    pauses: { count: 1, totalS: 65 },
    dropped: 12,
    shifts: { count: 3, totalS: 1.2 },
    blocked: { count: 2, totalS: 12, longestS: 10, by: ['127.0.0.1:40112 (python3, process 77)'] },
    undelivered: { subscribers: 1, mostEvents: 200 },
  });
  assert.match(told, /^Quit after 1,000 events in/);
  for (const line of [
    'paused      1 time, 1m5s in all',
    'sought      2 times',
    'dropped     12 events that were too late',
    'shifted     the plan was moved 3 times, 1.20s in all',
    'blocked     2 times, 12.00s in all, longest 10.00s; for\n              127.0.0.1:40112 (python3, process 77)',
    'undelivered at most 200 events each, to 1 subscriber',
  ]) {
    assert(`${told}\n`.includes(`\n  ${line}\n`), told);
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
  const lines = shown({ latenessByTopic }).split('\n').slice(5);
  assert.equal(lines[0], 'Latest topics, by p99');
  assert.match(lines[1], /^ {2}topic +events +p50 +p99 +max$/);
  assert.match(lines[2], /^ {2}tcs\.x+…x+ +1,000 +3µs +5\.00ms +2\.00s$/);
  assert.match(lines[3], /^ {2}a\.b\\n1 +1,001/);
  assert.deepEqual([lines.length, lines.at(-1)], [23, '  10 more: see --json']);
});

test('shows the conditions that were kept, and the topics that no event had', () => {
  const passed = [{ condition: 'p99>5ms', found: 0.0312, unit: 'ms' }];
  const lines = shown({ passed, unmatchedTopics: ['tracker', 'a\nb.*'] });
  assert(lines.includes('\n  kept        p99>5ms: it was 0.0312ms'), lines);
  assert(lines.includes('\n  unmatched   no event sent is of tracker, a\\nb.*\n'), lines);
});

test('says what a condition on losses does not see', () => {
  const passed = [{ condition: 'lost>0', found: 0, unit: '' }];
  assert.match(
    shown({ passed }),
    /^ {2}kept {8}lost>0: it was 0, without what full queues of subscribers dropped,\n +which is not known$/m,
  );
  assert.match(shown({ passed, onFull: 'block' }), /^ {2}kept {8}lost>0: it was 0$/m);
});

test('says of a replay that selected nothing what was asked for, and what there is', () => {
  const nothingIn = (outcome: ReplayOutcome) => nothingToPlay(outcome, new TimeZone());
  const nothing = { ...OUTCOME, sent: 0, bytes: 0, durationS: 0, eventsPerS: 0, bytesPerS: 0 };
  assert.equal(
    shown({ ...nothing, filtered: 7 }),
    'Played no event\n  to          2 subscribers at tcp://127.0.0.1:5556\n  filtered    7 events of other topics',
  );
  const there = 'there are events from 2018-03-23 20:15:00 to 2018-03-23 20:25:00 America/Chicago';
  assert.equal(nothingIn(nothing), `Nothing to play: ${there}`);
  assert.equal(
    nothingIn({ ...nothing, selected: { startS: 1_521_900_000, endS: Number.POSITIVE_INFINITY } }),
    `Nothing to play: asked for were events from 2018-03-24 09:00:00 America/Chicago, ${there}`,
  );
  assert.equal(
    nothingIn({ ...nothing, filtered: 1200, unmatchedTopics: ['tracker'] }),
    `Nothing to play: ${there}; 1,200 events looked at, all of other topics than tracker`,
  );
  const untimed = { ...nothing, recordedFromS: Number.NaN, recordedToS: Number.NaN };
  assert.equal(nothingIn(untimed), 'Nothing to play: no event that there is has a time');
});
