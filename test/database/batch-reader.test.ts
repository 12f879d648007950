import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { Batch } from '../../src/batch/batch.js';
import type { Rows } from '../../src/database/rows.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { arbitraryEvents, rules, topic } from '../support/arbitrary-event.js';
import {
  batchesOf,
  decodedEvents,
  eventsOf,
  PLAIN_RULES,
  readBatches,
  withReader,
} from '../support/decoded-event.js';
import { assertDecoded, modelOf } from '../support/event-model.js';
import { createDatabase, plainEvent, type StoredEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const [SMALLEST, LARGEST] = [-(2n ** 63n), 2n ** 63n - 1n];

/** A recording with an event of each id, that says its id. */
function recordingOf(context: TestContext, ids: Iterable<bigint>): string {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(
    path,
    Array.from(ids, (id) => plainEvent(id, 'a.b.c', { id: String(id) })),
  );
  return path;
}

function idsOf(batches: Batch[]): bigint[] {
  return batches
    .flatMap(decodedEvents)
    .map(({ payload }) => BigInt((JSON.parse(payload.toString()) as { id: string }).id));
}

function listOf(ids: readonly bigint[]): Rows {
  return { list: BigInt64Array.from(ids) };
}

/** Whether a name or a pattern, in which `*` is any text and `?` any character, stands for a topic. */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  if (pattern.length === 0) return text.length === 0;
  const [sign, ...further] = pattern;
  if (sign === '*') return matches(further, text) || (text.length > 0 && matches(pattern, text.slice(1)));
  return text.length > 0 && (sign === '?' || sign === text[0]) && matches(further, text.slice(1));
}

const filters = fc.array(
  fc.oneof(
    topic,
    fc.constantFrom('*', 'tracker.*', '*.x', '?as.x', 'a.[x].*', '*.🔭', '*.?', 'TRACKER.*', 'no.such'),
    topic.map((name) => `${[...name].slice(0, 3).join('')}*`),
  ),
  { minLength: 1, maxLength: 3 },
);

test('reads the same whether it may rest or not; where it may, it reads few events at a time, and rests after them', (context) => {
  const ids = Array.from({ length: 700 }, (_, i) => BigInt(i));
  const path = recordingOf(context, ids);
  for (const mayRest of [false, true]) {
    let rests = 0;
    const breaks = {
      mustEnd: () => false,
      mayRest,
      rest: () => {
        rests += 1;
      },
    };
    const { buffer, rest } = withReader(path, PLAIN_RULES, (reader) =>
      reader.read({ first: 0n, last: 699n }, breaks),
    );
    assert.equal(rest, undefined);
    assert.deepEqual(idsOf([new Batch(buffer)]), ids);
    assert.ok(mayRest ? rests >= 700 / 64 : rests === 0, `${rests} rests`);
  }
});

test('reads the wanted topics as the rules say, and counts the others where they stood', (context) => {
  const folder = temporaryFolder(context);
  let run = 0;
  const wellFormed = arbitraryEvents({ maxLength: 30 }).map((events) =>
    events.map((event) => (typeof event.topic === 'string' ? event : { ...event, topic: 'tracker.drive.x' })),
  );
  fc.assert(
    fc.property(wellFormed, rules, filters, (events, asked, topics) => {
      const path = join(folder, `${run++}.db`);
      writeEvents(path, events);
      const batches = batchesOf(path, { ...PLAIN_RULES, ...asked, filter: topicFilter({ topics }) });
      const decoded = batches.flatMap(decodedEvents);
      let skipped = 0;
      for (const event of events) {
        if (!topics.some((wanted) => matches([...wanted], [...(event.topic as string)]))) {
          skipped += 1;
          continue;
        }
        const next = decoded.shift();
        assert.ok(next !== undefined, 'an event is missing');
        assertDecoded(next, modelOf(event, asked));
        assert.equal(next.skippedBefore, skipped);
        skipped = 0;
      }
      assert.equal(decoded.length, 0);
      assert.equal(batches.at(-1)?.skippedAtEnd ?? 0, skipped);
    }),
    { numRuns: 75 },
  );
});

test('counts rejected events between accepted ones across the chunks of a batch', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(
    path,
    Array.from({ length: 1000 }, (_, i) => plainEvent(BigInt(i + 1), i % 333 === 332 ? 'wanted' : 'other')),
  );
  const [batch] = batchesOf(path, { ...PLAIN_RULES, filter: topicFilter({ topics: ['wanted'] }) });
  assert.deepEqual(
    decodedEvents(batch).map(({ skippedBefore }) => skippedBefore),
    [332, 332, 332],
  );
  assert.equal(batch.skippedAtEnd, 1);
});

test('gives an empty batch where no topic is wanted', (context) => {
  const path = recordingOf(context, [1n, 2n, 3n]);
  const [batch, ...others] = batchesOf(path, {
    ...PLAIN_RULES,
    filter: topicFilter({ topics: ['no.such'] }),
  });
  assert.deepEqual([batch.count, batch.skippedAtEnd, others.length], [0, 3, 0]);
});

test('ends a batch early where its bytes are full, and the rest goes on without loss or repetition', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const sizes = Array.from({ length: 700 }, (_, i) => (i % 7 === 0 ? 40_000 : i % 100));
  writeEvents(
    path,
    sizes.map((size, i) => plainEvent(BigInt(i + 1), 'a.b.c', { id: String(i + 1), fill: 'x'.repeat(size) })),
  );
  withReader(path, PLAIN_RULES, (reader) => {
    const ids = sizes.map((_, i) => BigInt(i + 1));
    const shuffled = ids.map((id) => ((id * 311n) % 701n) as bigint).filter((id) => id > 0n);
    const selections: [Rows, bigint[]][] = [
      [{ first: 1n, last: 700n }, ids],
      [listOf(shuffled), shuffled],
    ];
    for (const [rows, expected] of selections) {
      const batches = readBatches(reader, rows);
      assert.deepEqual(idsOf(batches), expected);
      assert.ok(batches.length >= 2, `${batches.length} batches`);
      for (const batch of batches) {
        // Full is 2 MiB; the events of one statement may come on top.
        assert.ok(batch.sizeBytes < (2 << 20) + (1 << 20), `${batch.sizeBytes} bytes`);
        if (batch !== batches.at(-1)) assert.ok(batch.payloads.length >= 2 << 20);
      }
    }
  });
});

test('reads an event that is larger than a batch', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const fill = 'x'.repeat(5 << 20);
  writeEvents(path, [plainEvent(1n), plainEvent(2n, 'a.b.c', { fill }), plainEvent(3n)]);
  const events = eventsOf(path);
  assert.deepEqual(
    events.map(({ payload }) => payload.length > 5 << 20),
    [false, true, false],
  );
});

/** Row ids of all sorts: dense, with gaps, negative, and such that no double can hold. */
const idSets = fc.uniqueArray(
  fc.oneof(
    fc.bigInt({ min: -50n, max: 50n }),
    fc.bigInt({ min: -10_000n, max: 10_000n }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 53n + 20n }),
    fc.bigInt({ min: SMALLEST, max: LARGEST }),
    fc.constantFrom(SMALLEST, SMALLEST + 1n, LARGEST, LARGEST - 1n, 0n),
  ),
  { maxLength: 40 },
);

test('reads ranges of row ids with gaps, below zero and beyond doubles, in their order', (context) => {
  const folder = temporaryFolder(context);
  let run = 0;
  fc.assert(
    fc.property(idSets, fc.array(fc.nat(39), { maxLength: 3 }), (ids, cuts) => {
      const path = join(folder, `${run++}.db`);
      writeEvents(
        path,
        ids.map((id) => plainEvent(id, 'a', { id: String(id) })),
      );
      const sorted = ids.toSorted((a, b) => (a < b ? -1 : 1));
      withReader(path, PLAIN_RULES, (reader) => {
        const { rows } = reader.recording;
        if (rows === undefined) return assert.equal(ids.length, 0);
        assert.deepEqual(rows, { first: sorted[0], last: sorted.at(-1) });
        assert.deepEqual(idsOf(readBatches(reader, rows)), sorted);

        const ends = [...new Set(cuts.filter((cut) => cut < ids.length - 1))].sort((a, b) => a - b);
        const pieces = [...ends.map((end) => sorted[end]), rows.last];
        let first = rows.first;
        for (const last of pieces) {
          const expected = sorted.filter((id) => id >= first && id <= last);
          assert.deepEqual(idsOf(readBatches(reader, { first, last })), expected);
          first = last + 1n;
        }
      });
    }),
    { numRuns: 50 },
  );
});

test('reads a list of row ids in its own order', (context) => {
  const folder = temporaryFolder(context);
  const ids = [SMALLEST, -5n, 0n, 1n, 2n, 3n, 900n, 2n ** 53n + 1n, LARGEST];
  const path = join(folder, 'night.db');
  writeEvents(
    path,
    ids.map((id) => plainEvent(id, id > 2n ? 'late' : 'early', { id: String(id) })),
  );
  withReader(path, PLAIN_RULES, (reader) => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: 1 }), (list) => {
        assert.deepEqual(idsOf(readBatches(reader, listOf(list))), list);
      }),
    );
  });
  withReader(path, { ...PLAIN_RULES, filter: topicFilter({ topics: ['early'] }) }, (reader) => {
    const [batch] = readBatches(reader, listOf([LARGEST, 2n, 3n, 900n, -5n, LARGEST]));
    assert.deepEqual(idsOf([batch]), [2n, -5n]);
    assert.deepEqual([batch.skippedBefore(0), batch.skippedBefore(1), batch.skippedAtEnd], [1, 2, 1]);
  });
});

test('asks the event table for the times of just those events that need them, in any order', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const events: StoredEvent[] = Array.from({ length: 400 }, (_, i) => ({
    id: BigInt(i + 1),
    topic: i % 3 === 0 ? 'other' : 'wanted',
    dataTime: i % 2 === 0 ? 1_521_854_100 + i : `${1_521_854_100 + i}`,
    attributes: i % 5 === 0 ? plainEvent(BigInt(i)).attributes : [],
  }));
  writeEvents(path, events);
  withReader(path, { ...PLAIN_RULES, filter: topicFilter({ topics: ['wanted'] }) }, (reader) => {
    for (const rows of [{ first: 1n, last: 400n }, listOf(events.map(({ id }) => 401n - id))]) {
      const order = 'list' in rows ? events.toReversed() : events;
      const wanted = order.filter((event) => event.topic === 'wanted');
      assert.deepEqual(
        readBatches(reader, rows).flatMap((batch) => [...batch.dueS]),
        wanted.map((event) => modelOf(event, PLAIN_RULES).dueS),
      );
    }
  });
});

test('orders scattered rows of an event by their place in the table', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(path, []);
  const db = new Database(path);
  for (const id of [1, 2, 3]) db.prepare("INSERT INTO event VALUES (?, 'a', NULL)").run(id);
  for (const [id, key] of [
    [2, 'z'],
    [1, 'b'],
    [3, 'c'],
    [1, 'a'],
    [2, 'y'],
    [1, 'c'],
    [9, 'no event'],
  ])
    db.prepare("INSERT INTO attribute VALUES (?, ?, '', 'string')").run(id, key);
  db.close();
  assert.deepEqual(
    eventsOf(path).map(({ payload }) => Object.keys(JSON.parse(payload.toString())).join('')),
    ['bac', 'zy', 'c'],
  );
});

for (const encoding of ['UTF-16le', 'UTF-16be']) {
  for (const index of [true, false]) {
    test(`reads a database in ${encoding}, ${index ? 'with' : 'without'} an index`, (context) => {
      const path = join(temporaryFolder(context), 'night.db');
      const db = createDatabase(path);
      db.pragma(`encoding = '${encoding}'`);
      db.exec(`
        CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT, data_time);
        CREATE TABLE attribute (event_id INTEGER, key TEXT, value, data_type TEXT);
        INSERT INTO event VALUES (1, 'схема.星.🔭', '5.5'), (2, 'b', NULL);
        INSERT INTO attribute VALUES (1, 'é', '🔭', 'string'), (1, 'n', '1_0', 'number'), (1, 'blob', x'c3a9', 'string');
      `);
      if (index) db.exec('CREATE INDEX attribute_event_id ON attribute (event_id)');
      db.close();
      const events = eventsOf(path, { ...PLAIN_RULES, convertNumber: true });
      assert.deepEqual(
        events.map(({ topic, payload, dueS }) => [topic, payload.toString(), dueS]),
        [
          ['схема.星.🔭', '{"\\u00e9":"\\ud83d\\udd2d","n":10,"blob":"\\u00e9"}', 5.5],
          ['b', '{}', Number.NaN],
        ],
      );
      assert.deepEqual(
        eventsOf(path, { ...PLAIN_RULES, filter: topicFilter({ topics: ['*.🔭'] }) }).length,
        1,
      );
    });
  }
}

test('owns nothing of the buffers that it has returned', (context) => {
  const path = recordingOf(context, [1n, 2n]);
  withReader(path, PLAIN_RULES, (reader) => {
    const { buffer } = reader.read({ first: 1n, last: 1n });
    const before = Buffer.from(buffer.slice(0));
    reader.read({ first: 2n, last: 2n });
    assert.deepEqual(Buffer.from(buffer), before);
    assert.equal(new Batch(buffer).count, 1);
  });
});
