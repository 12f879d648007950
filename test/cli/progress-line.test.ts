import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressLine } from '../../src/cli/live/progress-line.js';
import { TimeZone } from '../../src/selection/time-zone.js';

const UTC = new TimeZone('UTC');

const STATUS = {
  state: 'playing' as const,
  speedup: 1,
  firstS: 1_521_850_000,
  lastS: 1_521_860_000,
  sent: 11_981,
  bytes: 4_000_000,
  elapsedS: 2,
  eventsPerS: 6226,
  bytesPerS: 2_200_000,
  positionS: 1_521_854_153,
  share: 0.131,
  latenessUs: 12.4,
  lateness: undefined,
  nextInS: 0,
  leftS: 18.2,
  pass: 1,
  subscribers: 1,
  awaitedSubscribers: 0,
  addresses: ['tcp://127.0.0.1:5556'],
  timezone: 'UTC',
  search: undefined,
};

test('shows all that there is room for', () => {
  assert.equal(
    progressLine(STATUS, UTC, 200),
    '[##..............]   13%  11,981 events  6,226/s  2.2 MB/s  at 2018-03-24 01:15:53 UTC  late 12µs  18s left',
  );
});

test('leaves out what matters less on a narrow terminal, and never wraps', () => {
  assert.equal(
    progressLine(STATUS, UTC, 80),
    ' 13%  11,981 events  6,226/s  at 2018-03-24 01:15:53 UTC  late 12µs  18s left',
  );
  assert.equal(progressLine(STATUS, UTC, 41), ' 13%  11,981 events  6,226/s  late 12µs');
  for (let columns = 15; columns < 130; columns++) {
    assert(progressLine(STATUS, UTC, columns).length < columns, `${columns} columns`);
  }
});

test('says when the next event comes, so that a gap does not look like a hang', () => {
  assert.match(progressLine({ ...STATUS, nextInS: 3725 }, UTC, 200), / {2}next in 1h2m5s {2}/);
});

test('leaves out a position and a time left that are not known, and says which pass it is', () => {
  const line = progressLine({ ...STATUS, positionS: Number.NaN, leftS: Number.NaN, pass: 2 }, UTC, 200);
  assert.match(line, /2\.2 MB\/s {2}pass 2 {2}late 12µs$/);
});

test('says at which speed it plays, and when it is paused, whatever else there is no room for', () => {
  const paused = { ...STATUS, state: 'paused' as const, speedup: 60 };
  assert.match(progressLine(paused, UTC, 200), /^paused {2}\[.* {2}60x {2}at /);
  assert.match(progressLine(paused, UTC, 15), /^paused$/);
  const flatOut = progressLine({ ...STATUS, speedup: Number.POSITIVE_INFINITY }, UTC, 200);
  assert.match(flatOut, / {2}max {2}/);
  assert.doesNotMatch(flatOut, /late/);
});
