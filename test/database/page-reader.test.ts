import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EventReader } from '../../src/database/event-reader.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { decodedEvents, PLAIN_RULES, readBatches, withReader } from '../support/decoded-event.js';
import { asked, makeNight, nightShapes, PLAIN_NIGHT, readWith } from '../support/shaped-night.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('pages give what SQLite gives, whatever the tables hold and whatever is asked', (t) => {
  const folder = temporaryFolder(t);
  let made = 0;
  let [fromPages, events] = [0, 0];
  fc.assert(
    fc.property(nightShapes, asked, (shape, { rules: conversions, keyTime, filter, ranges }) => {
      const path = join(folder, `${made++}.db`);
      makeNight(path, shape);
      const given = {
        ...conversions,
        ...{ keyTime, ranges, filter: filter && topicFilter({ topics: filter }) },
      };
      const pages = readWith(path, 'pages', given);
      const indexed = shape.isIndexed ? path : join(folder, `${made++}.db`);
      if (!shape.isIndexed) makeNight(indexed, { ...shape, isIndexed: true });
      const sql = readWith(indexed, 'sql', given);
      assert.deepEqual(pages.found, sql.found);
      if (!shape.isIndexed) assert.deepEqual(readWith(path, 'sql', given).found, sql.found);
      assert.equal(sql.fromPages, 0);
      fromPages += pages.fromPages;
      events += shape.events;
    }),
    { numRuns: 150 },
  );
  assert.ok(fromPages > events / 10, `${fromPages} of ${events} events were read from pages`);
});

for (const ids of ['row ids', 'integers', 'ascending texts', 'any texts'] as const) {
  for (const isIndexed of [true, false]) {
    test(`a plain night with ${ids} is read from pages alone${isIndexed ? '' : ', without an index'}`, (t) => {
      const path = join(temporaryFolder(t), 'night.db');
      makeNight(path, { ...PLAIN_NIGHT, ids, isIndexed });
      const { found, fromPages } = readWith(path, 'pages', { timeSlots: true });
      assert.equal(fromPages, PLAIN_NIGHT.events);
      assert.deepEqual(found, readWith(path, 'sql', { timeSlots: true }).found);
    });
  }
}

test('a plain night whose topics are made of attributes is read from pages alone', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, { ...PLAIN_NIGHT, topic: 'attributes' });
  for (const filter of [undefined, topicFilter({ topics: ['tcs.source1.*'] })]) {
    const { found, fromPages } = readWith(path, 'pages', { filter });
    assert.equal(fromPages, PLAIN_NIGHT.events);
    assert.deepEqual(found, readWith(path, 'sql', { filter }).found);
  }
});

test('an odd event now and then is left to SQLite, and only that', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, PLAIN_NIGHT);
  const db = createDatabase(path);
  for (const id of [300, 1500, 4500]) db.prepare('DELETE FROM attribute WHERE event_id = ?').run(id);
  db.close();
  const { found, fromPages } = readWith(path, 'pages', {});
  assert.deepEqual(found, readWith(path, 'sql', {}).found);
  assert.equal(found.warnings.noAttributes, 3);
  assert.ok(
    fromPages >= PLAIN_NIGHT.events - 8,
    `${fromPages} of ${PLAIN_NIGHT.events} events were read from pages`,
  );
});

test('what another program writes between two batches is read, and it gets its lock in between', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, PLAIN_NIGHT);
  withReader(path, { ...PLAIN_RULES, reader: 'pages' }, (reader) => {
    const half = BigInt((3 * PLAIN_NIGHT.events) / 2);
    reader.read({ first: 1n, last: half });
    const writer = createDatabase(path);
    writer
      .prepare("UPDATE attribute SET value = 'changed' WHERE event_id = ? AND key = 'key 5'")
      .run(half + 3n);
    writer.prepare('INSERT INTO attribute VALUES (?, ?, ?, ?)').run(half + 6n, 'added', 'late', 'string');
    writer.close();
    const batches = readBatches(reader, { first: half + 1n, last: half + 12n });
    const payloads = batches.flatMap(decodedEvents).map(({ payload }) => payload.toString());
    assert.match(payloads[0], /"key 5":"changed"/);
    assert.match(payloads[1], /"added":"late"/);
    const before = reader.eventsFromPages;
    reader.read({ first: half + 100n, last: half + 1000n });
    assert.ok(reader.eventsFromPages > before, 'events that were not changed are read from pages');
  });
});

test('one flipped bit anywhere: as many events as SQLite reads, each as SQLite reads it or as it was', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'night.db');
  makeNight(path, { ...PLAIN_NIGHT, pageBytes: 1024, events: 60, seed: 3 });
  const bytes = readFileSync(path);
  const whole = readWith(path, 'sql', {}).found.events.map(({ payload }) => payload.toString());
  let made = 0;
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const at = join(folder, `damaged ${made++}.db`);
      writeFileSync(at, damaged);
      const outcome = (reader: EventReader) => {
        try {
          return readWith(at, reader, {}).found;
        } catch (error) {
          return String(error);
        }
      };
      const [pages, sql] = [outcome('pages'), outcome('sql')];
      if (typeof pages === 'string' || typeof sql === 'string') {
        assert.equal(pages, sql);
        return;
      }
      // SQLite may lose rows to a damaged index, and say nothing: pages then have the event as it was.
      const payloads = ({ events }: typeof sql) => events.map(({ payload }) => payload.toString());
      const known = new Set([...whole, ...payloads(sql)]);
      for (const payload of payloads(pages)) assert.ok(known.has(payload), payload);
      assert.ok(pages.events.length >= sql.events.length, `${pages.events.length} < ${sql.events.length}`);
    }),
    { numRuns: 400 },
  );
});
