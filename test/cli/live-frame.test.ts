import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activityByColumn } from '../../src/cli/live/activity.js';
import { type LiveModel, liveFrame } from '../../src/cli/live/live-frame.js';
import { painted } from '../../src/cli/live/styled-text.js';
import type { ReplayStatus } from '../../src/playback/playback.js';
import { columnOf, TimeAxis, timeMarks } from '../../src/selection/time-axis.js';
import { TimeZone } from '../../src/selection/time-zone.js';

const CHICAGO = new TimeZone('America/Chicago');
/** 2018-03-23 20:15:00 in Chicago. */
const NIGHT_S = 1_521_854_100;
const HOUR_S = 3600;

const STATUS: ReplayStatus = {
  state: 'playing',
  speedup: 60,
  firstS: NIGHT_S,
  lastS: NIGHT_S + 9 * HOUR_S,
  sent: 11_981,
  bytes: 4_000_000,
  elapsedS: 2,
  eventsPerS: 6226,
  bytesPerS: 2_200_000,
  positionS: NIGHT_S + 3 * HOUR_S,
  share: 0.131,
  latenessUs: 12.4,
  lateness: { p50Us: 1.2, p99Us: 260, maxUs: 2940 },
  nextInS: 0,
  leftS: 360,
  pass: 1,
  subscribers: 1,
  awaitedSubscribers: 0,
  addresses: ['tcp://127.0.0.1:5556'],
  timezone: 'America/Chicago',
  search: undefined,
};

const EXPECTED_100 = [
  '▶ playing  60x  2018-03-23  23:15:00 America/Chicago                                         6m left',
  '▁▁▁▁▁▂▂▂▂▂▃▃▃▃▃▃▄▄▄▄▄▅▅▅▅▅▅▆▆▆▆▆▇▇▇▇▇▇██████▄          ▄██████▇▇▇▇▇▇▆▆▆▆▆▅▅▅▅▅▅▄▄▄▄▄▃▃▃▃▃▃▂▂▂▂▂▁▁▁▁▁',
  '━━━━━━━━┯━━━━━━━━━━┯━━━━━━━━━━┯━━▲───────┬──────────┬──────────┬───────────┬──────────┬─────────────',
  '        21:00      22:00      23:00      00:00      01:00      02:00       03:00      04:00',
  'sent     11,981 events      4 MB      6,226 events/s      2.2 MB/s',
  'lateness p50 1µs      p99 260µs    max 2.94ms',
  'busiest  tracker.position.demand 258/s  lrs2.hardware.status 4.3/s  tcs.pointing.sky 2.0/s',
  'to       1 subscriber at tcp://127.0.0.1:5556',
  '? all keys  space pause  ←→ seek  +- speed  q quit',
];
const EXPECTED_200 = [
  '▶ playing  60x  2018-03-23  23:15:00 America/Chicago                                                                                                                                             6m left',
  '▁▁▁▁▁▁▁▁▁▁▁▂▂▂▂▂▂▂▂▂▂▂▃▃▃▃▃▃▃▃▃▃▃▄▄▄▄▄▄▄▄▄▄▄▅▅▅▅▅▅▅▅▅▅▅▆▆▆▆▆▆▆▆▆▆▆▇▇▇▇▇▇▇▇▇▇▇████████████                      ████████████▇▇▇▇▇▇▇▇▇▇▇▆▆▆▆▆▆▆▆▆▆▆▅▅▅▅▅▅▅▅▅▅▅▄▄▄▄▄▄▄▄▄▄▄▃▃▃▃▃▃▃▃▃▃▃▂▂▂▂▂▂▂▂▂▂▂▁▁▁▁▁▁▁▁▁▁▁',
  '━━━━━┯━━━━━━━━━━┯━━━━━━━━━━┯━━━━━━━━━━┯━━━━━━━━━━━┯━━━━━━━━━━┯━━━━▲─────┬──────────┬──────────┬──────────┬──────────┬──────────┬──────────┬───────────┬──────────┬──────────┬──────────┬──────────┬─────',
  '     20:30      21:00      21:30      22:00       22:30      23:00      23:30      00:00      00:30      01:00      01:30      02:00      02:30       03:00      03:30      04:00      04:30      05:00',
  'sent     11,981 events      4 MB      6,226 events/s      2.2 MB/s',
  'lateness p50 1µs      p99 260µs    max 2.94ms',
  'busiest  tracker.position.demand 258/s  lrs2.hardware.status 4.3/s  tcs.pointing.sky 2.0/s',
  'to       1 subscriber at tcp://127.0.0.1:5556',
  '? all keys  space pause  ←→ seek  +- speed  q quit',
];
const EXPECTED_60 = [
  '▶ playing  60x  23:15:00 America/Chicago             6m left',
  '▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▅▆▆▆▇▇▇████▆      ▆████▇▇▇▆▆▆▅▅▅▄▄▄▄▃▃▃▂▂▂▁▁▁',
  '━━━━━━━━━━━┯━━━━━━━━▲────┬────────────┬────────────┬────────',
  '           22:00         00:00        02:00        04:00',
  'sent     11,981 events      6,226 events/s',
  'lateness p50 1µs      p99 260µs    max 2.94ms',
  'busiest  tracker.position.demand 258/s',
  'to       1 subscriber at tcp://127.0.0.1:5556',
  '? all keys  space pause  ←→ seek  +- speed  q quit',
];

/** Rises, falls silent for an hour, and falls. */
const COUNTS = Array.from({ length: 90 }, (_, i) => (i >= 40 && i < 50 ? 0 : Math.min(i + 1, 90 - i)));

const MODEL: LiveModel = {
  status: STATUS,
  pending: undefined,
  overview: { fromS: STATUS.firstS, toS: STATUS.lastS, counts: COUNTS },
  topics: [
    { topic: 'tracker.position.demand', eventsPerS: 258.4 },
    { topic: 'lrs2.hardware.status', eventsPerS: 4.25 },
    { topic: 'tcs.pointing.sky', eventsPerS: 2 },
  ],
  axis: new TimeAxis(CHICAGO),
  preparation: undefined,
  prompt: undefined,
  notice: undefined,
  isHelpShown: false,
  hasKeyboard: true,
};

function shown(model: Partial<LiveModel>, columns: number, rows = 24): string[] {
  return painted(liveFrame({ ...MODEL, ...model }, { columns, rows }), columns, false);
}

function withStatus(status: Partial<ReplayStatus>): Partial<LiveModel> {
  return { status: { ...STATUS, ...status } };
}

test('shows all that is known at 100 columns', () => {
  assert.deepEqual(shown({}, 100), EXPECTED_100);
});

test('shows more of the timeline and of topics at 200 columns', () => {
  assert.deepEqual(shown({}, 200), EXPECTED_200);
});

test('leaves out what matters less at 60 columns', () => {
  assert.deepEqual(shown({}, 60), EXPECTED_60);
});

test('is one line below 60 columns or 12 rows', () => {
  assert.deepEqual(shown({}, 40), [' 13%  11,981 events  6,226/s  60x']);
  assert.equal(shown({}, 100, 11).length, 1);
  assert.equal(shown({}, 60, 12).length, 9);
});

test('no line is longer than the terminal, and no frame higher, whatever is shown', () => {
  const notice = { text: 'words '.repeat(50), isError: true };
  for (const isHelpShown of [false, true]) {
    for (let columns = 1; columns < 210; columns += 7) {
      for (let rows = 1; rows < 40; rows += 3) {
        for (const model of [{}, { notice }, { pending: { what: 'seeking', sinceS: 3 } }]) {
          const lines = shown({ ...model, isHelpShown }, columns, rows);
          assert(lines.length <= Math.max(1, rows - 1), `${columns} x ${rows}: ${lines.length}`);
          for (const line of lines) assert([...line].length <= columns, line);
        }
      }
    }
  }
});

test('says what the replay is about', () => {
  const head = (model: Partial<LiveModel>) => shown(model, 100)[0].split('  ')[0];
  assert.equal(head(withStatus({ state: 'paused' })), '⏸ paused');
  assert.equal(head(withStatus({ state: 'blocked' })), '■ blocked');
  assert.equal(head(withStatus({ state: 'waiting' })), 'waiting for subscribers');
  assert.equal(head({ pending: { what: 'seeking', sinceS: 1 } }), '» seeking…');
  assert.equal(head({ pending: { what: 'seeking', sinceS: 12 } }), '» seeking… 12s');
  const searching = withStatus({ search: { what: 'tcs.alarm', elapsedS: 12, share: 0.425 } });
  assert.equal(
    head({ ...searching, pending: { what: 'looking for tcs.alarm', sinceS: 12 } }),
    '» looking for tcs.alarm… 42% searched, 12s',
  );
  assert.deepEqual(shown({ ...withStatus({ state: 'opening' }), preparation: 'sorting a.db: 4%' }, 100), [
    'opening  sorting a.db: 4%',
    '? all keys  space pause  ←→ seek  +- speed  q quit',
  ]);
  for (const columns of [40, 100]) {
    const paused = { ...withStatus({ state: 'paused' }), pending: { what: 'seeking', sinceS: 1 } };
    assert.match(shown(paused, columns)[0], /^» seeking…/);
  }
});

test('says when the next event comes in a silence, and nothing of lateness flat out', () => {
  assert.match(shown(withStatus({ nextInS: 3725 }), 100)[5], /^lateness next event in 1h2m5s {2}p50 1µs/);
  assert.match(
    shown(withStatus({ nextInS: 3725, lateness: undefined }), 100)[5],
    /^lateness next event in 1h2m5s$/,
  );
  const flatOut = shown(withStatus({ speedup: Number.POSITIVE_INFINITY, lateness: undefined }), 100);
  assert.match(flatOut[0], /^▶ playing {2}max {2}/);
  assert.equal(flatOut[5], 'lateness never: an event is due when it is sent');
});

test('says which part of the recordings is played, where it is not all', () => {
  const overview = { fromS: NIGHT_S + HOUR_S, toS: NIGHT_S + 2 * HOUR_S, counts: [1, 2] };
  assert.equal(
    shown({ overview }, 120)[4],
    'part     2018-03-23 21:15:00 – 2018-03-23 22:15:00  of 2018-03-23 20:15:00 – 2018-03-24 05:15:00 America/Chicago',
  );
  assert.equal(shown({ overview }, 60)[4], 'part     2018-03-23 21:15:00 – 2018-03-23 22:15:00');
});

test('asks for a line, whose end is seen however long it is', () => {
  const prompt = { question: 'topic to go to', preset: 'tcs.a', text: 'x'.repeat(90).concat('end') };
  const line = shown({ prompt: prompt as never }, 60).at(-1) as string;
  assert.match(line, /^topic to go to \[tcs\.a\]: x+end▏$/);
  assert.equal(line.length, 60);
});

test('shows nothing that a name could do to a terminal', () => {
  const [, , , , , , busiest] = shown({ topics: [{ topic: 'a\u001b[2Jb\n', eventsPerS: 1 }] }, 100);
  assert.equal(busiest, 'busiest  a\\u001b[2Jb\\n 1.0/s');
});

test('without times it shows how much is done instead of a timeline', () => {
  const { NaN: none } = Number;
  const status = withStatus({ firstS: none, lastS: none, positionS: none, leftS: none, share: 0.5 });
  const [head, bar] = shown({ ...status, overview: undefined, topics: [] }, 60);
  assert.equal(head, '▶ playing  60x');
  assert.equal(bar, `[${'#'.repeat(29)}${'.'.repeat(29)}]`);
});

test('times that no date can show leave the frame as it is', () => {
  for (const timeS of [1e300, -1e300, 8.64e12, Number.POSITIVE_INFINITY]) {
    const lines = shown(
      { ...withStatus({ lastS: timeS, positionS: timeS }), overview: { fromS: 0, toS: timeS, counts: [1] } },
      100,
    );
    assert.equal(lines.at(-1), '? all keys  space pause  ←→ seek  +- speed  q quit');
  }
});

test('a silence is blank, one bin is a block, and nothing at all is blank', () => {
  const bars = (counts: number[]) => shown({ overview: { ...spanOf(STATUS), counts } }, 60)[1];
  assert.equal(bars([1, 0, 1]), `${'█'.repeat(20)}${' '.repeat(20)}${'█'.repeat(20)}`);
  assert.equal(bars([7]), '█'.repeat(60));
  assert.equal(bars([0, 0, 0]), '');
  assert.equal(bars([Number.NaN, 0]), '');
});

test('events are shared out among the columns that they lie over, none lost', () => {
  assert.deepEqual(activityByColumn([4, 2], 4), [2, 2, 1, 1]);
  assert.deepEqual(activityByColumn([1, 2, 3, 4], 2), [3, 7]);
  assert.deepEqual(activityByColumn([3, 0, 3], 2), [3, 3]);
  for (const columns of [1, 7, 60, 199, 1000]) {
    const sum = activityByColumn(COUNTS, columns).reduce((a, b) => a + b);
    const all = COUNTS.reduce((a, b) => a + b);
    assert(Math.abs(sum - all) < 1e-6, `${columns}: ${sum}`);
  }
});

test('hours are marked as the clock of the place shows them, across midnight too', () => {
  const labels = (fromS: number, toS: number, columns = 100) =>
    timeMarks(fromS, toS, columns, CHICAGO).map(({ column, label }) => `${column} ${label}`);
  assert.deepEqual(labels(NIGHT_S, NIGHT_S + 9 * HOUR_S), [
    '8 21:00',
    '19 22:00',
    '30 23:00',
    '41 00:00',
    '52 01:00',
    '63 02:00',
    '75 03:00',
    '86 04:00',
  ]);
  assert.deepEqual(labels(NIGHT_S, NIGHT_S + 30), [
    '0 20:15:00',
    '16 20:15:05',
    '33 20:15:10',
    '50 20:15:15',
    '66 20:15:20',
    '83 20:15:25',
  ]);
  assert.deepEqual(labels(NIGHT_S, NIGHT_S + 72 * HOUR_S, 60), [
    '3 03-24',
    '13 12:00',
    '23 03-25',
    '33 12:00',
    '43 03-26',
    '53 12:00',
  ]);
  assert.deepEqual(labels(NIGHT_S, NIGHT_S), []);
  assert.deepEqual(labels(Number.NaN, NIGHT_S), []);
  assert.deepEqual(labels(NIGHT_S, NIGHT_S + 1e12), []);
});

test('an hour that the clock leaves out, or shows twice, is marked once', () => {
  for (const midnightS of [1_520_748_000, 1_541_307_600]) {
    const labels = timeMarks(midnightS, midnightS + 6 * HOUR_S, 200, CHICAGO).map(({ label }) => label);
    assert.equal(new Set(labels).size, labels.length, labels.join());
  }
});

test('a position beyond the ends of the timeline is at its ends', () => {
  assert.deepEqual(
    [-5, 0, 4.99, 5, 9.99, 10, 99].map((timeS) => columnOf(timeS, 0, 10, 2)),
    [0, 0, 0, 1, 1, 1, 1],
  );
});

function spanOf({ firstS, lastS }: ReplayStatus) {
  return { fromS: firstS, toS: lastS };
}
