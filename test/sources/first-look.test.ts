import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { resolveOptions } from '../../src/options/resolve-options.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { firstLook } from '../../src/sources/first-look.js';
import { openSources } from '../../src/sources/open-sources.js';
import { plainEvent, type StoredEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EVENTS = 40;
const START_S = 1_521_854_100;
const nameOf = (option: string) => `--${option}`;

function withTimes(write: (seconds: number, i: number) => string | null, count = EVENTS): StoredEvent[] {
  return Array.from({ length: count }, (_, i) => ({
    ...plainEvent(BigInt(i + 1)),
    attributes: [{ key: '__wire_time', value: write(START_S + i, i), dataType: 'number' }],
  }));
}

/** What is told of a database of these events, without its path. */
async function told(
  context: TestContext,
  events: readonly StoredEvent[],
  options: Parameters<typeof resolveOptions>[0] = {},
): Promise<string[]> {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(path, events);
  const resolved = resolveOptions({ ...options, databases: path });
  const pool = new DecoderPool(0, resolved);
  try {
    const { recordings } = await openSources(pool, resolved);
    const notices = await firstLook(recordings, resolved, nameOf);
    return notices.map((notice) => notice.replace(`${path}: `, ''));
  } finally {
    await pool.close();
  }
}

const RATE = ', and --rate plays at an even rate without them';
const MENDED = `; docs/database.md#odd-times says how to mend a copy${RATE}`;

for (const [what, write, says, unit] of [
  [
    'milliseconds',
    (seconds) => String(seconds * 1000),
    'seem to be in milliseconds, such as 1521854100000, and are taken for seconds',
    'unix-ms',
  ],
  [
    'microseconds',
    (seconds) => String(seconds * 1e6),
    'seem to be in microseconds, such as 1521854100000000, and are taken for seconds',
    'unix-us',
  ],
  [
    'nanoseconds',
    (seconds) => `${seconds}000000000`,
    'seem to be in nanoseconds, such as 1521854100000000000, and are taken for seconds',
    'unix-ns',
  ],
  [
    'Julian dates',
    (_, i) => String(2_458_201.5 + i / 86_400),
    'seem to be Julian dates, such as 2458201.5, and are taken for seconds',
    'jd',
  ],
  [
    'modified Julian dates',
    (_, i) => String(58_201.5 + i / 86_400),
    'seem to be modified Julian dates, such as 58201.5, and are taken for seconds',
    'mjd',
  ],
  ['zeros', () => '0', 'are 0: these events are due at once'],
  [
    'of the far future',
    (seconds) => String(seconds + 1e10),
    'are after 2099, such as 11521854100: they seem to be no Unix seconds',
  ],
  [
    'dates',
    () => '2018-03-24T01:15:00',
    'are dates in ISO 8601, such as 2018-03-24T01:15:00, and not numbers: these events are due at once',
    'iso',
  ],
  [
    'with a decimal comma',
    (seconds) => `${seconds},5`,
    'have a decimal comma, such as 1521854100,5, and are no numbers: these events are due at once',
  ],
  ['missing', () => null, 'are missing: these events are due at once'],
] as [string, (seconds: number, i: number) => string | null, string, string?][]) {
  test(`tells at the start of times that are ${what}`, async (context) => {
    const advice = unit === undefined ? MENDED : `; --schema event.time=${unit} converts them${RATE}`;
    const asSeconds = { schema: 'event.time=unix-s' };
    assert.deepEqual(await told(context, withTimes(write), asSeconds), [
      `the times of its events ${says}${advice}`,
    ]);
    if (unit !== undefined) assert.deepEqual(await told(context, withTimes(write)), []);
    const mostly = withTimes((seconds, i) => (i === 0 ? String(seconds) : write(seconds, i)));
    const [first] = await told(context, mostly);
    assert.match(first, /^most times of its events /);
    assert.deepEqual(await told(context, mostly, { rate: 100 }), []);
  });
}

test('tells at the start of times that descend, unless they are sorted', async (context) => {
  const descending = withTimes((_, i) => String(START_S - i));
  assert.deepEqual(await told(context, descending), [
    'most events are due before the one ahead of them; --sortBy __wire_time plays them in order of time',
  ]);
  assert.deepEqual(await told(context, descending, { sortBy: '__wire_time' }), []);
});

test('tells nothing of plain times, nor of a few that are odd', async (context) => {
  const events = withTimes((seconds, i) => (i % 5 === 0 ? '0' : String(seconds)));
  assert.deepEqual(await told(context, events), []);
});

test('tells topics that no event has: for certain of a small recording, by a part of a large one', async (context) => {
  const topics = { topics: ['trakcer.*', 'nowhere.near'] };
  const near = "did you mean 'tracker.*'?";
  const few = withTimes(String);
  assert.deepEqual(await told(context, few, topics), [
    '--topics nowhere.near: no event has such a topic',
    `--topics trakcer.*: no event has such a topic; ${near}`,
  ]);
  const many = withTimes(String, 5000);
  const [one, ...others] = await told(context, many, topics);
  assert.deepEqual(others, []);
  assert.match(
    one,
    /^--topics trakcer\.\*: none of the [\d,]+ events looked at has such a topic; did you mean 'tracker\.\*'\?$/,
  );
  assert.deepEqual(await told(context, many, { topics: 'tracker.*' }), []);
});
