import assert from 'node:assert/strict';
import { readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CacheFolder } from '../../src/database/cache/cache-folder.js';
import type { SortBy } from '../../src/database/order/sort-by.js';
import type { Preparation } from '../../src/database/preparation.js';
import type { Recording } from '../../src/database/recording.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { notesOf, STRETCH_EVENTS, type Stretch } from '../../src/prepare/topic-notes.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import { RecordingSource } from '../../src/sources/recording-source.js';
import { PLAIN_RULES } from '../support/decoded-event.js';
import { Night, type Row } from '../support/log-table.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** More events than are read sooner than noted, with topics that are rare, or are never met again. */
const EVENTS = 5 * STRETCH_EVENTS + 100;

function night(context: TestContext): { path: string; rows: Row[] } {
  const file = new Night(context);
  const rows = Array.from({ length: EVENTS }, (_, i) => ({
    row: BigInt(2 * i - 5000),
    timeS: 1000 + i,
    topic: i === 7 ? 'once' : i % 20_000 === 19_999 ? 'rare' : i % 3 === 0 ? 'not.wanted' : `often.${i % 5}`,
  }));
  file.fill(rows);
  return { path: file.path, rows };
}

/** Row ids of the last events of the topics that are wanted, before a place. */
function modelOf(rows: readonly Row[], beforeS: number): bigint[] {
  const last = new Map<string, bigint>();
  for (const { row, topic, timeS } of rows) {
    if (timeS === undefined || timeS >= beforeS || topic === undefined || topic === 'not.wanted') continue;
    last.delete(topic);
    last.set(topic, row);
  }
  return [...last.values()];
}

/** Tells states. @returns what was made for that */
async function tell(
  path: string,
  cacheFolder: string,
  sortBy: SortBy,
  rows: readonly Row[],
): Promise<string[]> {
  const pool = new DecoderPool(2, { cacheFolder });
  const made: Preparation[] = [];
  try {
    const source = await RecordingSource.open(pool, path, {
      sortBy,
      rules: { ...PLAIN_RULES, filter: topicFilter({ exclude: ['not.*'] }) },
      budget: new ReadAheadBudget(1 << 20),
      workers: 2,
      batchEvents: 1024,
      onPreparation: (preparation) => made.push(preparation),
    });
    const times = [0, 1, 100, 4 * STRETCH_EVENTS - 1, 4 * STRETCH_EVENTS, EVENTS - 1, EVENTS, 2 * EVENTS];
    for (const atS of times) {
      const place = await source.from(1000 + atS);
      const states = await place.states();
      assert.deepEqual(
        states.map(({ row }) => row),
        modelOf(rows, 1000 + atS),
        `before ${atS}`,
      );
    }
    for (const { share } of made) assert.ok(share >= 0 && share <= 1);
    return [...new Set(made.filter(({ share }) => share === 1).map(({ what }) => what))];
  } finally {
    await pool.close();
  }
}

function dataOf(cacheFolder: string, kind: string): string {
  const entry = new CacheFolder(cacheFolder).entries().find((other) => other.kind === kind);
  assert.ok(entry !== undefined);
  return join(entry.folder, 'data');
}

test('notes the states of a large table once, and tells them from the notes', async (context) => {
  const { path, rows } = night(context);
  const cacheFolder = join(temporaryFolder(context), 'cache');
  assert.deepEqual(await tell(path, cacheFolder, 'none', rows), ['states']);
  assert.deepEqual(await tell(path, cacheFolder, 'none', rows), []);
  assert.deepEqual(await tell(path, cacheFolder, '__wire_time', rows), ['order', 'verification', 'states']);
  assert.deepEqual(await tell(path, cacheFolder, '__wire_time', rows), ['verification']);
  const kinds = new CacheFolder(cacheFolder).entries().map(({ kind, state }) => [kind, state]);
  assert.deepEqual(kinds, [
    ['order by __wire_time', 'current'],
    ['states', 'current'],
    ['states by __wire_time', 'current'],
  ]);
  assert.ok(statSync(dataOf(cacheFolder, 'states')).size < 1000);
});

test('makes notes anew that are not whole', async (context) => {
  const { path, rows } = night(context);
  const cacheFolder = join(temporaryFolder(context), 'cache');
  await tell(path, cacheFolder, 'none', rows);
  const data = dataOf(cacheFolder, 'states');
  const { size } = statSync(data);
  truncateSync(data, size - 8);
  assert.deepEqual(await tell(path, cacheFolder, 'none', rows), ['states']);
  // Of the right size, and something else.
  writeFileSync(data, Buffer.alloc(size, 1));
  assert.deepEqual(await tell(path, cacheFolder, 'none', rows), ['states']);
  assert.deepEqual(await tell(path, cacheFolder, 'none', rows), []);
});

test('notes as often as there is reason to, and no more topics than memory is meant to hold', async (context) => {
  const scratchFolder = join(temporaryFolder(context), 'scratch');
  const recording = { path: 'night.db', identity: undefined } as Recording;
  const stretches = 20;
  const few = 3;
  let begun = 0;
  /** First ten topics, again and again; then each event has a topic of its own. */
  async function* ofNewTopics(): AsyncGenerator<Stretch> {
    for (; begun < stretches; begun++) {
      const from = begun * STRETCH_EVENTS;
      const states = Array.from({ length: STRETCH_EVENTS }, (_, i) => ({
        topic: `t${begun < few ? i % 10 : from + i}`,
        row: BigInt(from + i),
      }));
      yield {
        end: BigInt(from + STRETCH_EVENTS - 1),
        events: STRETCH_EVENTS,
        shareAtEnd: (begun + 1) / stretches,
        states: Promise.resolve(states),
      };
    }
  }
  const notes = await notesOf(
    { recording, sortBy: 'none', isWhole: true, stretches: ofNewTopics },
    new DecoderPool(0),
    { concurrency: 2, folders: { scratchFolder }, onPreparation: undefined, tell: () => {} },
  );
  try {
    assert.ok(begun < 12, `${begun} stretches`);
    const [folder] = readdirSync(scratchFolder);
    assert.ok(statSync(join(scratchFolder, folder, 'data')).size < 2 * begun * STRETCH_EVENTS);
    const end = BigInt(STRETCH_EVENTS);
    assert.equal(await notes.upTo(end - 2n), undefined);
    assert.equal((await notes.upTo(end - 1n))?.end, end - 1n);
    assert.equal((await notes.upTo(2n * end))?.end, 2n * end - 1n);
    const last = await notes.upTo(BigInt(stretches) * end);
    assert.equal(last?.end, 3n * end - 1n);
    assert.deepEqual(
      [...(last?.rows ?? [])],
      Array.from({ length: 10 }, (_, i) => 3n * end - 10n + BigInt(i)),
    );
  } finally {
    await notes.close();
  }
});
