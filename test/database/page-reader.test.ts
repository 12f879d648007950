import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type SQLite from 'better-sqlite3';
import fc from 'fast-check';
import { addOddities, noWarnings } from '../../src/batch/warnings.js';
import type { EventReader } from '../../src/database/event-reader.js';
import type { ReadRules } from '../../src/database/recording.js';
import type { Rows } from '../../src/database/rows.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { rules } from '../support/arbitrary-event.js';
import { decodedEvents, PLAIN_RULES, readBatches, withReader } from '../support/decoded-event.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** How a night is stored, and what of it is odd. */
interface Shape {
  readonly pageBytes: number;
  readonly ids: 'row ids' | 'integers' | 'falling integers' | 'ascending texts' | 'any texts';
  readonly topic: 'column' | 'parts';
  /** Whether the index has a further column. */
  readonly isIndexWider: boolean;
  /** Whether there is an index; SQLite reads a copy that has one. */
  readonly isIndexed: boolean;
  /** Column types; without them values stay what they are written as. */
  readonly isTyped: boolean;
  readonly events: number;
  /** Of how many events in a thousand something is odd. */
  readonly oddities: number;
  /** Of how many events in a thousand the rows are deleted, or written anew behind all others. */
  readonly changes: number;
  readonly isVacuumed: boolean;
  readonly seed: number;
}

const shapes = fc.record<Shape>({
  pageBytes: fc.constantFrom(512, 1024, 4096, 65536),
  ids: fc.constantFrom('row ids', 'integers', 'falling integers', 'ascending texts', 'any texts'),
  topic: fc.constantFrom('column', 'parts'),
  isIndexWider: fc.boolean(),
  isIndexed: fc.boolean(),
  isTyped: fc.boolean(),
  events: fc.constantFrom(1, 40, 700),
  oddities: fc.constantFrom(0, 5, 200),
  changes: fc.constantFrom(0, 5, 200),
  isVacuumed: fc.boolean(),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});
/** A plain night: nothing of it is left to SQLite. */
const PLAIN: Shape = {
  ...{ pageBytes: 4096, ids: 'row ids', topic: 'column', isIndexWider: false, isTyped: true },
  isIndexed: true,
  ...{ events: 1500, oddities: 0, changes: 0, isVacuumed: false, seed: 1 },
};
const FIRST_TIME_S = 1_600_000_000;

type Random = (below: number) => number;
type Value = string | number | bigint | Buffer | null;

function random(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function make(path: string, shape: Shape): void {
  const pick = random(shape.seed);
  const db = createDatabase(path);
  db.pragma(`page_size = ${shape.pageBytes}`);
  const { ids, isTyped } = shape;
  const [text, real] = isTyped ? ['TEXT', 'REAL'] : ['', ''];
  const idType = ids.endsWith('texts') ? 'TEXT' : 'INTEGER';
  const id = ids === 'row ids' ? 'event_id INTEGER PRIMARY KEY' : `event_id ${idType}`;
  const topic = shape.topic === 'column' ? `topic ${text}` : 'system TEXT, source TEXT, key TEXT';
  db.exec(`CREATE TABLE event (${id}, ${topic}, data_time ${real});
    CREATE TABLE attribute (event_id ${idType}, key ${text}, value ${text}, data_type TEXT)`);
  if (shape.isIndexed) db.exec(`CREATE INDEX i ON attribute (event_id${shape.isIndexWider ? ', key' : ''})`);
  db.transaction(() => fill(db, shape, pick))();
  if (shape.isVacuumed) db.exec('VACUUM');
  db.close();
}

function fill(db: SQLite.Database, shape: Shape, pick: Random): void {
  const places = shape.topic === 'column' ? '?, ?, ?' : '?, ?, ?, ?, ?';
  const insertEvent = db.prepare(`INSERT INTO event VALUES (${places})`);
  const insertRow = db.prepare('INSERT INTO attribute VALUES (?, ?, ?, ?)');
  const isOdd = () => pick(1000) < shape.oddities;
  for (let i = 1; i <= shape.events; i++) {
    const id = idOf(shape, i, pick);
    const parts = ['tcs', `source${pick(3)}`, isOdd() ? 'é"' : 'status'];
    const topic: Value[] = shape.topic === 'column' ? [isOdd() ? null : parts.join('.')] : parts;
    const timeS = FIRST_TIME_S + i / 8;
    insertEvent.run(id, ...topic, isOdd() ? [null, 'x', 5n, timeS.toFixed(6)][pick(4)] : timeS);
    if (!isOdd())
      insertRow.run(id, '__wire_time', isOdd() ? [null, timeS, 'x', 7n][pick(4)] : String(timeS), 'number');
    if (pick(2) === 0) insertRow.run(id, '__data_time', (timeS - 0.25).toFixed(6), 'number');
    for (let k = isOdd() ? -20 : pick(3); k < 6; k++) {
      insertRow.run(
        id,
        isOdd() ? oddKey(pick) : `key ${Math.abs(k)}`,
        storedValue(pick, isOdd()),
        typeOf(pick),
      );
    }
    if (pick(1000) >= shape.changes) continue;
    const other = idOf(shape, 1 + pick(i), random(shape.seed));
    if (pick(2) === 0) db.prepare('DELETE FROM attribute WHERE event_id = ?').run(other);
    else insertRow.run(other, `later ${i}`, 'x', 'string');
    if (pick(4) === 0) db.prepare('DELETE FROM event WHERE event_id = ?').run(other);
  }
}

function idOf({ ids, events }: Shape, i: number, pick: Random): Value {
  if (ids === 'row ids' || ids === 'integers') return BigInt(3 * i);
  if (ids === 'falling integers') return BigInt(events - i - 20);
  return ids === 'ascending texts' ? `id ${String(i).padStart(6, '0')}` : `${(i * 7919) % 10_007} ${pick(1)}`;
}

function oddKey(pick: Random): Value {
  return ['', 'é', 'a"b', 'a\\b', 'tab\t', 'key 1', null, 7n, '__data_time', 'x'.repeat(300)][pick(10)];
}

function storedValue(pick: Random, isOdd: boolean): Value {
  if (!isOdd) {
    return [String(pick(10_000) / 8), 'text', '-0.125', 'true', 'a somewhat longer text, of a sentence', ''][
      pick(6)
    ];
  }
  return [
    ...[
      'quote "',
      'back \\ slash',
      'é',
      '🔭',
      '\u0001',
      '\0',
      ' 12\n',
      '1_0',
      'x'.repeat(pick(9000)),
      '\u007f',
    ],
    ...[
      null,
      12n,
      -5n,
      2n ** 60n,
      0.1,
      -0.0,
      5.0,
      1e300,
      1 / 3,
      Number.POSITIVE_INFINITY,
      Buffer.from('blob'),
    ],
  ][pick(21)];
}

function typeOf(pick: Random): string {
  return ['string', 'number', 'boolean'][pick(3)];
}

/** All that is read of a recording, and how many of its events were read from pages. */
function readWith(path: string, reader: EventReader, asked: Partial<ReadRules>) {
  return withReader(path, { ...PLAIN_RULES, ...asked, reader }, (batches) => {
    const { rows } = batches.recording;
    const read = rows === undefined ? [] : readBatches(batches, rows as Rows);
    const warnings = noWarnings();
    for (const { oddities, count } of read) addOddities(warnings, oddities, 0, count);
    const skipped = read.reduce((sum, { skippedAtEnd }) => sum + skippedAtEnd, 0);
    const found = {
      events: read.flatMap(decodedEvents),
      keys: read.flatMap(({ keyS }) => [...keyS]),
      damage: read.flatMap(({ damage }) => damage),
      ...{ warnings, skipped },
    };
    return { found, fromPages: batches.eventsFromPages };
  });
}

/** What is asked of a reader. */
const asked = fc.record({
  rules,
  keyTime: fc.constantFrom<ReadRules['keyTime']>('due', 'data'),
  filter: fc.constantFrom(undefined, ['tcs.source1.*'], ['*.status'], ['none.*']),
  ranges: fc.constantFrom(undefined, [{ startS: FIRST_TIME_S + 1, endS: FIRST_TIME_S + 30 }]),
});

test('pages give what SQLite gives, whatever the tables hold and whatever is asked', (t) => {
  const folder = temporaryFolder(t);
  let made = 0;
  let [fromPages, events] = [0, 0];
  fc.assert(
    fc.property(shapes, asked, (shape, { rules: conversions, keyTime, filter, ranges }) => {
      const path = join(folder, `${made++}.db`);
      make(path, shape);
      const given = {
        ...conversions,
        ...{ keyTime, ranges, filter: filter && topicFilter({ topics: filter }) },
      };
      const pages = readWith(path, 'pages', given);
      const indexed = shape.isIndexed ? path : join(folder, `${made++}.db`);
      if (!shape.isIndexed) make(indexed, { ...shape, isIndexed: true });
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
      make(path, { ...PLAIN, ids, isIndexed });
      const { found, fromPages } = readWith(path, 'pages', { timeSlots: true });
      assert.equal(fromPages, PLAIN.events);
      assert.deepEqual(found, readWith(path, 'sql', { timeSlots: true }).found);
    });
  }
}

test('an odd event now and then is left to SQLite, and only that', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  make(path, PLAIN);
  const db = createDatabase(path);
  for (const id of [300, 1500, 4500]) db.prepare('DELETE FROM attribute WHERE event_id = ?').run(id);
  db.close();
  const { found, fromPages } = readWith(path, 'pages', {});
  assert.deepEqual(found, readWith(path, 'sql', {}).found);
  assert.equal(found.warnings.noAttributes, 3);
  assert.ok(fromPages >= PLAIN.events - 8, `${fromPages} of ${PLAIN.events} events were read from pages`);
});

test('what another program writes between two batches is read, and it gets its lock in between', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  make(path, PLAIN);
  withReader(path, { ...PLAIN_RULES, reader: 'pages' }, (reader) => {
    const half = BigInt((3 * PLAIN.events) / 2);
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
  make(path, { ...PLAIN, pageBytes: 1024, events: 60, seed: 3 });
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
