import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Batch } from '../../src/batch/batch.js';
import type { Damage } from '../../src/batch/damage.js';
import { CacheFolder } from '../../src/database/cache/cache-folder.js';
import type { ReadRules, Recording } from '../../src/database/recording.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import { RecordingSource } from '../../src/sources/recording-source.js';
import type { PlacedBatch } from '../../src/sources/source.js';
import { batchesOf, PLAIN_RULES } from '../support/decoded-event.js';
import { LARGE_EVENTS, largeTimeS, writeLargeNight } from '../support/large-unindexed-night.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** An attribute of the first event that stands behind nearly all others, where no sample is taken. */
const LATE_ROW = { of: 1, before: 9440 };

interface Opened {
  readonly pool: DecoderPool;
  readonly source: RecordingSource;
  readonly notices: string[];
}

/** Opens a night to play it at once. One thread does its tasks in the order in which they were asked for. */
async function open(
  context: TestContext,
  path: string,
  cacheFolder: string,
  rules: Partial<ReadRules> = {},
): Promise<Opened> {
  const notices: string[] = [];
  const pool = new DecoderPool(1, { cacheFolder, onNotice: (notice) => notices.push(notice) });
  context.after(() => pool.close());
  const source = await RecordingSource.open(pool, path, {
    ...{ sortBy: 'none', workers: 1, batchEvents: 512, mayAssumeAscent: true },
    rules: { ...PLAIN_RULES, ...rules },
    budget: new ReadAheadBudget(1 << 20),
  });
  return { pool, source, notices };
}

/** The payloads of events: their ends, and a digest, since whole ones are long. */
function payloadsIn(batch: Batch): string[] {
  return Array.from({ length: batch.count }, (_, i) => {
    const payload = batch.payloads.subarray(batch.startOf(i), batch.endOf(i));
    const end = Buffer.from(payload.subarray(-30)).toString('latin1');
    return `${createHash('sha1').update(payload).digest('hex')} ${end}`;
  });
}

async function payloadsOf(
  batches: AsyncIterableIterator<PlacedBatch>,
): Promise<{ payloads: string[]; damage: Damage[] }> {
  const payloads: string[] = [];
  const damage: Damage[] = [];
  for await (const { batch } of batches) {
    payloads.push(...payloadsIn(batch));
    damage.push(...batch.damage);
  }
  return { payloads, damage };
}

/** The payloads that SQLite reads, by an index. */
function expected(folder: string, path: string, rules: Partial<ReadRules> = {}): string[] {
  const copy = join(folder, 'indexed.db');
  copyFileSync(path, copy);
  const db = createDatabase(copy);
  db.exec('CREATE INDEX attribute_event_id ON attribute (event_id)');
  db.close();
  return batchesOf(copy, { ...PLAIN_RULES, ...rules, reader: 'sql' }).flatMap(payloadsIn);
}

/** Of texts that differ only the first one is shown. */
function assertSame(found: readonly string[], wanted: readonly string[]): void {
  const at = wanted.findIndex((text, i) => text !== found[i]);
  if (at !== -1) assert.equal(found[at]?.slice(0, 100), wanted[at].slice(0, 100), `at ${at}`);
  assert.equal(at, -1);
  assert.equal(found.length, wanted.length);
}

function place(context: TestContext): { folder: string; path: string; cacheFolder: string } {
  const folder = temporaryFolder(context);
  return { folder, path: join(folder, 'night.db'), cacheFolder: join(folder, 'cache') };
}

function kindsIn(cacheFolder: string): string[] {
  return new CacheFolder(cacheFolder).entries().map(({ kind }) => kind);
}

function recordingOf({ recording }: RecordingSource): Recording {
  return recording as Recording;
}

test('a log without an index is played at once, and what was found of it is kept', async (context) => {
  const { folder, path, cacheFolder } = place(context);
  writeLargeNight(path);
  const first = await open(context, path, cacheFolder);
  assert.equal(recordingOf(first.source).ascending?.isProved, false);
  assert.deepEqual(kindsIn(cacheFolder), []);
  const { payloads, damage } = await payloadsOf(first.source.batches());
  assert.deepEqual([damage, first.notices], [[], []]);
  assertSame(payloads, expected(folder, path));
  assert.equal(recordingOf(first.source).ascending?.isProved, true);
  assert.deepEqual(kindsIn(cacheFolder), ['ascent']);

  const second = await open(context, path, cacheFolder);
  assert.equal(recordingOf(second.source).ascending?.isProved, true);
  // A file that was changed is looked at again.
  const now = new Date();
  utimesSync(path, now, now);
  const third = await open(context, path, cacheFolder);
  assert.equal(recordingOf(third.source).ascending?.isProved, false);
});

test('events that were sent before a late attribute was found are counted and reported, and no others', async (context) => {
  const { folder, path, cacheFolder } = place(context);
  writeLargeNight(path, { lateRow: LATE_ROW });
  const { source, notices } = await open(context, path, cacheFolder);
  assert.equal(recordingOf(source).ascending?.isProved, false);
  const { payloads, damage } = await payloadsOf(source.batches());
  const whole = expected(folder, path);
  assert.equal(payloads.length, LARGE_EVENTS);
  assertSame(payloads.slice(1), whole.slice(1));
  assert.match(whole[0], /"late":"x"/);
  assert.doesNotMatch(payloads[0], /late/);
  assert.deepEqual(damage, [
    { table: 'event', firstRow: 1n, lastRow: 1n, reason: 'doubtful event', lostEvents: 0 },
  ]);
  assert.equal(notices.length, 1);
  assert.match(notices[0], /night\.db has no index, .* 1 were sent without some of their attributes$/);
  assert.deepEqual(kindsIn(cacheFolder).sort(), ['ascent', 'index']);

  // The next time the side index is used from the start, and nothing is missing.
  const second = await open(context, path, cacheFolder);
  assert.notEqual(recordingOf(second.source).sideIndexPath, undefined);
  const again = await payloadsOf(second.source.batches());
  assert.deepEqual(again.damage, []);
  assertSame(again.payloads, whole);
});

test('an event that is not wanted is not reported', async (context) => {
  const { folder, path, cacheFolder } = place(context);
  writeLargeNight(path, { lateRow: LATE_ROW });
  const rules = { filter: topicFilter({ topics: ['tcs.large.2'] }) };
  const { source, notices } = await open(context, path, cacheFolder, rules);
  const { payloads, damage } = await payloadsOf(source.batches());
  assert.deepEqual(damage, []);
  assertSame(payloads, expected(folder, path, rules));
  assert.match(notices[0], / 0 were sent without/);
});

test('a jump waits for the proof', async (context) => {
  for (const lateRow of [undefined, LATE_ROW]) {
    const { folder, path, cacheFolder } = place(context);
    writeLargeNight(path, { lateRow });
    const { source } = await open(context, path, cacheFolder);
    const batches = source.batches();
    const { value } = await batches.next();
    assert.equal(value.batch.count, 64);
    const place_ = await source.from(largeTimeS(LARGE_EVENTS - 10));
    await batches.return?.();
    const { payloads, damage } = await payloadsOf(place_.batches());
    assertSame(payloads, expected(folder, path).slice(-11));
    assert.equal(damage.length, lateRow === undefined ? 0 : 1);
  }
});

test('what is not read from pages waits for the proof, and is read', async (context) => {
  const { folder, path, cacheFolder } = place(context);
  writeLargeNight(path, { bare: 3 });
  const { source } = await open(context, path, cacheFolder);
  const { payloads, damage } = await payloadsOf(source.batches());
  assert.deepEqual(damage, []);
  assertSame(payloads, expected(folder, path));
});

test('a pass that ends before the proof says so', async (context) => {
  const { path, cacheFolder } = place(context);
  writeLargeNight(path);
  const { source, notices } = await open(context, path, cacheFolder);
  const batches = source.batches();
  await batches.next();
  await batches.return?.();
  assert.match(notices[0], /ended before it was known .* some of 64 events may have been sent without/);
});
