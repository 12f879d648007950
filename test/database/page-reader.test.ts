import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { decodedEvents, PLAIN_RULES, readBatches, withReader } from '../support/decoded-event.js';
import { assertReadPastFlippedBits } from '../support/flipped-bits.js';
import { asked, makeNight, nightShapes, PLAIN_NIGHT, readWith } from '../support/shaped-night.js';
import { createDatabase, writeEvents } from '../support/stored-event.js';
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
    { numRuns: 40 },
  );
  assert.ok(fromPages > events / 20, `${fromPages} of ${events} events were read from pages`);
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
  assertReadPastFlippedBits(t, { numRuns: 100 });
});

test('a REAL is written as SQLite writes it, with any number of digits', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  const digits = fc.stringMatching(/^[1-9][0-9]{0,19}$/);
  const reals = fc.tuple(digits, fc.nat(20), fc.constantFrom(1, -1)).map(([text, places, sign]) => {
    return sign * Number(`${text}e-${places}`);
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(reals, fc.double({ noNaN: true })), { maxLength: 200 }), (values) => {
      rmSync(path, { force: true });
      const attributes = values.map((value, i) => ({ key: `k${i}`, value, dataType: 'number' }));
      writeEvents(path, [{ id: 1n, topic: 'a.b.c', dataTime: null, attributes }]);
      assert.deepEqual(readWith(path, 'pages', {}).found, readWith(path, 'sql', {}).found);
    }),
    // SQLite writes 17 digits for the first, of which JavaScript writes 14, and the second with an exponent.
    {
      numRuns: 30,
      examples: [
        [[86391818.543087, 0.000031, 0.0001, 0.1, 123456789012345.6, 1e15, -1.5, 0.30000000000000004]],
      ],
    },
  );
});
