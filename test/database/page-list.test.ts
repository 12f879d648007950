import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Rows } from '../../src/database/rows.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { PLAIN_RULES, withReader } from '../support/decoded-event.js';
import { assertReadPastFlippedBits, SMALL_NIGHT } from '../support/flipped-bits.js';
import { asked, makeNight, nightShapes, PLAIN_NIGHT, random, readWith } from '../support/shaped-night.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** How the rows of a night are listed. */
interface ListShape {
  /** How far events are moved at most, in places of the table. */
  readonly farthest: number;
  /** Of how many rows in a thousand the list does not have them, or has those of no event in their place. */
  readonly missing: number;
  readonly seed: number;
}

const lists = fc.record<ListShape>({
  farthest: fc.constantFrom(0, 3, 60, 1e6),
  missing: fc.constantFrom(0, 5, 500),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});
const NEAR: ListShape = { farthest: 20, missing: 0, seed: 2 };

/** Lists rows of a night. */
function listOf(path: string, { farthest, missing, seed }: ListShape): Rows {
  const db = createDatabase(path);
  const rows = db.prepare('SELECT rowid FROM event').pluck().safeIntegers().all() as bigint[];
  db.close();
  const pick = random(seed);
  const placed = rows.map((row, i) => ({ row, place: i + pick(farthest + 1) }));
  const list = placed.toSorted((a, b) => a.place - b.place).map(({ row }) => row);
  const listed = list.flatMap((row) => (pick(1000) >= missing ? row : pick(3) === 0 ? row + 1n : []));
  return { list: BigInt64Array.from(new Set(listed)) };
}

test('pages give what SQLite gives, in the order of the list, whatever the tables hold and whatever is asked', (t) => {
  const folder = temporaryFolder(t);
  let made = 0;
  let [fromPages, events] = [0, 0];
  fc.assert(
    fc.property(nightShapes, lists, asked, (shape, listShape, { rules, keyTime, filter, ranges }) => {
      const path = join(folder, `${made++}.db`);
      makeNight(path, shape);
      const list = () => listOf(path, listShape);
      const given = { ...rules, ...{ keyTime, ranges, filter: filter && topicFilter({ topics: filter }) } };
      const pages = readWith(path, 'pages', given, list);
      const sql = readWith(path, 'sql', given, list);
      assert.deepEqual(pages.found, sql.found);
      assert.equal(sql.fromPages, 0);
      fromPages += pages.fromPages;
      events += shape.events;
    }),
    { numRuns: 30 },
  );
  assert.ok(fromPages > events / 40, `${fromPages} of ${events} events were read from pages`);
});

for (const [name, shape, list] of [
  ['in the order of the table', {}, { ...NEAR, farthest: 0 }],
  ['nearly in the order of the table', {}, NEAR],
  ['of every other event', {}, { ...NEAR, missing: 250 }],
  ['of a table whose row ids have gaps', { ids: 'ascending texts' }, NEAR],
  ['of a night with topics in parts', { topic: 'parts' }, NEAR],
] as const) {
  test(`a list ${name} is read from pages alone`, (t) => {
    const path = join(temporaryFolder(t), 'night.db');
    makeNight(path, { ...PLAIN_NIGHT, ...shape });
    const rows = () => listOf(path, list);
    const { found, fromPages } = readWith(path, 'pages', { timeSlots: true }, rows);
    const sql = readWith(path, 'sql', { timeSlots: true }, rows);
    assert.deepEqual(found, sql.found);
    assert.ok(fromPages >= found.events.length - 32, `${fromPages} of ${found.events.length} events`);
  });
}

test('an odd event now and then is left to SQLite, and few others', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, PLAIN_NIGHT);
  const db = createDatabase(path);
  for (const id of [300, 1500, 3900]) db.prepare('DELETE FROM attribute WHERE event_id = ?').run(id);
  db.close();
  const rows = () => listOf(path, NEAR);
  const { found, fromPages } = readWith(path, 'pages', {}, rows);
  assert.deepEqual(found, readWith(path, 'sql', {}, rows).found);
  assert.equal(found.warnings.noAttributes, 3);
  assert.ok(fromPages >= PLAIN_NIGHT.events - 40, `${fromPages} of ${PLAIN_NIGHT.events} events`);
});

test('after many odd events in a row, the others are read from pages again', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, { ...PLAIN_NIGHT, events: 6000 });
  const db = createDatabase(path);
  db.exec('DELETE FROM attribute WHERE event_id BETWEEN 1500 AND 4500');
  db.close();
  const rows = () => listOf(path, NEAR);
  const { found, fromPages } = readWith(path, 'pages', {}, rows);
  assert.deepEqual(found, readWith(path, 'sql', {}, rows).found);
  assert.equal(found.warnings.noAttributes, 1001);
  assert.ok(fromPages > 2500, `${fromPages} of 6000 events were read from pages`);
});

test('a list in no order of the table is left to SQLite, and little is read for nothing', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, { ...PLAIN_NIGHT, events: 20_000 });
  const { list } = listOf(path, { farthest: 1e6, missing: 0, seed: 4 }) as {
    list: BigInt64Array<ArrayBuffer>;
  };
  const rows = () => ({ list: list.subarray(0, 5000) });
  const { found, fromPages } = readWith(path, 'pages', {}, rows);
  assert.deepEqual(found, readWith(path, 'sql', {}, rows).found);
  assert.ok(fromPages < 1000, `${fromPages} events were read from pages`);
});

test('what another program writes between two batches is read, and it gets its lock in between', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, PLAIN_NIGHT);
  const { list } = listOf(path, NEAR) as { list: BigInt64Array<ArrayBuffer> };
  withReader(path, { ...PLAIN_RULES, reader: 'pages' }, (reader) => {
    reader.read({ list: list.slice(0, 500) });
    const [changed] = list.slice(600, 601);
    const writer = createDatabase(path);
    writer
      .prepare("UPDATE attribute SET value = 'changed' WHERE event_id = ? AND key = 'key 5'")
      .run(changed);
    writer.close();
    const before = reader.eventsFromPages;
    const { buffer } = reader.read({ list: list.slice(500, 1000) });
    assert.equal(Buffer.from(buffer).toString('latin1').split('"key 5":"changed"').length, 2);
    assert.equal(reader.eventsFromPages, before + 500);
  });
});

test('one flipped bit anywhere: as many events as SQLite reads, each as SQLite reads it or as it was', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, SMALL_NIGHT);
  const { list } = listOf(path, NEAR) as { list: BigInt64Array<ArrayBuffer> };
  assertReadPastFlippedBits(t, { rows: () => ({ list }), numRuns: 75 });
});
