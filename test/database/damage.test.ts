import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Batch, BatchBuilder } from '../../src/batch/batch.js';
import { type Damage, DamageTally, LARGEST_ROW, SMALLEST_ROW } from '../../src/batch/damage.js';
import type { SortBy } from '../../src/database/order/sort-by.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import { RecordingSource } from '../../src/sources/recording-source.js';
import { makeNight, type Night, type NightEvent, type NightShape } from '../support/damaged-night.js';
import { decodedEvents, PLAIN_RULES } from '../support/decoded-event.js';
import { openRecording } from '../support/open-recording.js';
import { SqlitePages } from '../support/sqlite-pages.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SHAPE: NightShape = { name: 'night', pageSize: 1024, events: 400 };

interface Played {
  readonly payloads: string[];
  readonly damage: Damage[];
  readonly ids: unknown[];
}

/** Plays a file as a replay does, without sending it. */
async function play(path: string, sortBy: SortBy = 'none'): Promise<Played> {
  const pool = new DecoderPool(2);
  try {
    const options = {
      sortBy,
      rules: PLAIN_RULES,
      budget: new ReadAheadBudget(1 << 20),
      workers: 2,
      batchEvents: 1024,
    };
    const source = await RecordingSource.open(pool, path, options);
    const played: Played = { payloads: [], damage: [...source.damage], ids: [] };
    for await (const { batch } of source.batches()) {
      played.payloads.push(...decodedEvents(batch).map(({ payload }) => payload.toString()));
      played.damage.push(...batch.damage);
    }
    for await (const id of source.eventIds()) played.ids.push(id);
    return played;
  } finally {
    await pool.close();
  }
}

function nightOf(context: TestContext, shape: NightShape = SHAPE): { night: Night; path: string } {
  const folder = temporaryFolder(context);
  return { night: makeNight(folder, shape), path: join(folder, 'damaged.db') };
}

function withoutPage(night: Night, page: number): Buffer {
  return Buffer.from(night.bytes).fill(0, (page - 1) * night.pageSize, page * night.pageSize);
}

/** The leaf in the middle of a table, and the row ids on it. */
function middleLeaf(night: Night, table: string): { page: number; rows: bigint[] } {
  const pages = new SqlitePages(night.bytes).rowsOf(night.roots.get(table) as number);
  const leaves = [...pages.values()].map((path) => path.at(-1) as number);
  const page = leaves[leaves.length >> 1];
  return { page, rows: [...pages].filter(([, path]) => path.includes(page)).map(([row]) => row) };
}

function payloadsOf(events: readonly NightEvent[]): string[] {
  return events.map(({ payload }) => payload);
}

function unreadableRows(table: string, firstRow: bigint, lastRow: bigint): Damage {
  const lostEvents = table === 'event' ? undefined : 0;
  return { table, firstRow, lastRow, reason: 'unreadable rows', lostEvents };
}

test('plays all events but those of a zeroed page of the event table, and tells their row ids', async (context) => {
  const { night, path } = nightOf(context);
  const { page, rows } = middleLeaf(night, 'event');
  writeFileSync(path, withoutPage(night, page));
  const left = night.events.filter(({ row }) => !rows.includes(row));
  const damage = [unreadableRows('event', rows[0], rows.at(-1) as bigint)];
  assert.ok(rows.length > 10 && left.length > 300);
  const ids = left.map(({ row }) => Number(row));
  assert.deepEqual(await play(path), { payloads: payloadsOf(left), damage, ids });

  const byTime = left.toSorted((a, b) => a.wireTime - b.wireTime);
  const sorted = await play(path, '__wire_time');
  assert.deepEqual([sorted.payloads, sorted.damage], [payloadsOf(byTime), damage]);
});

test('loses whole events with a page of the attribute table, and tells of each', async (context) => {
  const { night, path } = nightOf(context);
  const { page } = middleLeaf(night, 'attribute');
  writeFileSync(path, withoutPage(night, page));
  const lost = night.events.filter(({ pages }) => pages.has(page));
  const left = night.events.filter(({ pages }) => !pages.has(page));
  assert.ok(lost.length > 1);
  for (const sortBy of ['none', '__data_time'] as const) {
    const { payloads, damage } = await play(path, sortBy);
    assert.deepEqual(payloads.toSorted(), payloadsOf(left).toSorted());
    const told = damage.toSorted((a, b) => Number(a.firstRow - b.firstRow));
    assert.deepEqual(
      [
        told[0].firstRow,
        told.at(-1)?.lastRow,
        told.reduce((sum, { lostEvents }) => sum + (lostEvents ?? 0), 0),
      ],
      [lost[0].row, lost.at(-1)?.row, lost.length],
    );
    for (const { table, reason } of told) assert.deepEqual([table, reason], ['event', 'unreadable event']);
  }
});

test('loses nothing with pages of the index: the attributes are found without it', async (context) => {
  const { night, path } = nightOf(context);
  const bytes = Buffer.from(night.bytes);
  // A leaf of an index has the type 10.
  for (let at = 0; at < bytes.length; at += night.pageSize) if (bytes[at] === 10) bytes.fill(0, at, at + 8);
  assert.notDeepEqual(bytes, night.bytes);
  writeFileSync(path, bytes);
  for (const sortBy of ['none', '__wire_time'] as const) {
    const events =
      sortBy === 'none' ? night.events : night.events.toSorted((a, b) => a.wireTime - b.wireTime);
    const { payloads, damage } = await play(path, sortBy);
    assert.deepEqual([payloads, damage], [payloadsOf(events), []]);
  }
});

test('tells without an index which rows are gone, which events with them, and which are doubtful', async (context) => {
  const { night, path } = nightOf(context, { ...SHAPE, pageSize: 4096, index: false });
  const { page, rows } = middleLeaf(night, 'attribute');
  writeFileSync(path, withoutPage(night, page));
  const { payloads, damage } = await play(path);
  const touched = night.events.filter(({ pages }) => pages.has(page));
  const [first, last] = [touched[0].row, touched.at(-1)?.row as bigint];
  const left = night.events.filter(({ pages }) => !pages.has(page));
  assert.deepEqual(
    payloads.filter((payload) => payloadsOf(night.events).includes(payload)),
    payloadsOf(left),
  );
  assert.deepEqual(damage[0], unreadableRows('attribute', rows[0], rows.at(-1) as bigint));
  const doubtful = damage.filter(({ reason }) => reason === 'doubtful event').map(({ firstRow }) => firstRow);
  const lost = damage.filter(({ reason }) => reason === 'unreadable event');
  assert.equal(payloads.length + lost.reduce((sum, { lostEvents }) => sum + (lostEvents ?? 0), 0), 400);
  for (const { firstRow, lastRow } of lost) assert.ok(firstRow >= first && lastRow <= last);
  assert.ok(doubtful.length <= 2 && payloads.length - left.length <= doubtful.length);
  for (const row of doubtful) assert.ok(row >= first - 1n && row <= last + 1n);
});

for (const [what, surplus] of [
  ['between two pages', 0],
  ['within a page', 300],
] as const) {
  test(`plays what stands before the end of a file that was cut off ${what}`, async (context) => {
    const { night, path } = nightOf(context);
    const whole = night.bytes.length / night.pageSize / 2;
    writeFileSync(path, night.bytes.subarray(0, Math.floor(whole) * night.pageSize + surplus));
    const isWhole = ({ pages }: NightEvent) => [...pages].every((page) => page <= whole);
    const left = night.events.filter(isWhole);
    const { payloads, damage } = await play(path);
    assert.ok(left.length > 100 && left.length < 300);
    const known = new Set(payloadsOf(night.events));
    assert.deepEqual(
      payloads.filter((payload) => known.has(payload)),
      payloadsOf(left),
    );
    const doubtful = damage.filter(({ reason }) => reason === 'doubtful event');
    assert.ok(payloads.length - left.length <= doubtful.length);
    // The rows after the last that can be read: how many there were nobody can tell.
    const [end] = damage.filter(({ table }) => table === 'event');
    assert.deepEqual([end.lastRow, end.reason, end.lostEvents], [LARGEST_ROW, 'unreadable rows', undefined]);
  });
}

for (const pageSize of [512, 2048, 8192, 32768, 65536]) {
  test(`plays a night in pages of ${pageSize} bytes`, async (context) => {
    const { night, path } = nightOf(context, { ...SHAPE, pageSize });
    writeFileSync(path, night.bytes);
    const { payloads, damage } = await play(path);
    assert.deepEqual([payloads, damage], [payloadsOf(night.events), []]);
  });
}

test('tells of an event table of which nothing can be read, and plays nothing', async (context) => {
  const { night, path } = nightOf(context);
  writeFileSync(path, withoutPage(night, night.roots.get('event') as number));
  const { payloads, damage } = await play(path);
  assert.deepEqual([payloads, damage], [[], [unreadableRows('event', 1n, LARGEST_ROW)]]);
});

test('says which table is missing', async (context) => {
  const folder = temporaryFolder(context);
  for (const table of ['event', 'attribute']) {
    const path = join(folder, `${table}.db`);
    createDatabase(path).exec(`CREATE TABLE ${table} (event_id INTEGER, topic, key, value)`).close();
    const missing = table === 'event' ? 'attribute' : 'event';
    assert.throws(() => openRecording(path, { scratchFolder: join(folder, 'scratch') }), {
      code: 'UNKNOWN_SCHEMA',
      message: new RegExp(`^No table ${missing} or ${missing}s in .*: found ${table}`),
    });
  }
});

test('holds damage in a batch as it is, whatever the row ids', () => {
  const damage = [SMALLEST_ROW, -1n, 0n, 7n, 2n ** 53n + 1n, LARGEST_ROW].map((row) =>
    unreadableRows('event', row, LARGEST_ROW),
  );
  const meta = { topics: [], oddities: [], format: 'json' as const };
  assert.deepEqual(new Batch(new BatchBuilder().pack({ ...meta, damage })).damage, damage);
  assert.deepEqual(new Batch(new BatchBuilder().pack(meta)).damage, []);
});

test('adds damage up: joins neighbours, keeps the first hundred stretches, counts all', () => {
  const tally = new DamageTally();
  tally.add(unreadableRows('event', 1n, 5n));
  tally.add(unreadableRows('event', 6n, 10n));
  assert.deepEqual(tally.stretches, [unreadableRows('event', 1n, 10n)]);
  tally.add(unreadableRows('attribute', 11n, 20n));
  for (let i = 0; i < 300; i++) {
    const row = BigInt(100 + 2 * i);
    tally.add({ table: 'event', firstRow: row, lastRow: row, reason: 'unreadable event', lostEvents: 1 });
  }
  assert.deepEqual(
    [tally.stretches.length, tally.count, tally.lostEvents, tally.mostFurtherEvents],
    [100, 302, 300, 10n],
  );
});
