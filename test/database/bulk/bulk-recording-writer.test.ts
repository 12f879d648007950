import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { BulkRecordingWriter } from '../../../src/database/bulk/bulk-recording-writer.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

type Value = string | bigint | number | null;

interface Event {
  readonly topic: string;
  readonly dataTimeS: number;
  readonly attributes: readonly (readonly [key: string, value: Value])[];
}

/** Sizes of texts around those at which SQLite stores a row in another way. */
const SIZES = [0, 1, 57, 58, 59, 121, 122, 4000, 4030, 4045, 4061, 4092, 4100, 8150, 8190, 70_000];

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.tuple(fc.constantFrom(...SIZES), fc.nat(60)).map(([size, more]) => 'x'.repeat(size + more)),
);
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 127n, 128n, 32_767n, 32_768n, 2n ** 23n, 2n ** 31n, 2n ** 47n - 1n, 2n ** 47n),
  fc.double({ noNaN: true }),
  fc.constant(null),
);
const event: fc.Arbitrary<Event> = fc.record({
  topic: text,
  dataTimeS: fc.oneof(fc.double({ noNaN: true, min: -1e10, max: 1e10 }), fc.constant(Number.NaN)),
  attributes: fc.array(fc.tuple(text, value), { maxLength: 12 }),
});

describe('a recording that is written in pages', () => {
  it('is a sound database with the rows that were given', (context) => {
    const folder = temporaryFolder(context);
    let files = 0;
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.integer({ min: 1, max: 60 }), (some, times) => {
        const events = Array.from({ length: times }, () => some).flat();
        const path = join(folder, `${files++}.db`);
        assert.deepEqual(written(path, events), expected(events));
      }),
      { numRuns: 40 },
    );
  });

  it('has as many levels as it needs', (context) => {
    const events = Array.from(
      { length: 60_000 },
      (_, i): Event => ({
        topic: `a.b.${i % 50}`,
        dataTimeS: i,
        attributes: [
          ['key', String(i)],
          ['other', BigInt(i)],
          ['third', i % 7],
        ],
      }),
    );
    const path = join(temporaryFolder(context), 'night.db');
    assert.deepEqual(written(path, events), expected(events));
    const database = new Database(path, { readonly: true });
    const found = database.prepare('SELECT count(*) FROM attribute WHERE event_id = ?').pluck();
    for (const id of [1, 2, 255, 30_000, 59_999, 60_000]) assert.equal(found.get(id), 3);
    database.close();
  });

  it('can be written to by SQLite', (context) => {
    const path = join(temporaryFolder(context), 'night.db');
    const events = Array.from({ length: 3000 }, (_, i) => sample(i));
    written(path, events);
    const database = new Database(path);
    database.exec('DELETE FROM attribute WHERE event_id % 3 = 0; DELETE FROM event WHERE event_id % 3 = 0');
    database.exec("INSERT INTO attribute SELECT event_id, 'new', topic, 'string' FROM event");
    assert.deepEqual(database.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
    assert.equal(database.prepare('SELECT count(*) FROM attribute').pluck().get(), 2000 * 3);
    database.close();
  });

  it('of more than a gigabyte leaves out the page that SQLite locks', (context) => {
    const path = join(temporaryFolder(context), 'night.db');
    writeFileSync(path, '');
    const writer = new BulkRecordingWriter(path);
    const [key, value] = [Buffer.from('key'), Buffer.alloc(4 << 20, 'x')];
    for (let i = 0; i < 260; i++) {
      writer.addEvent(Buffer.from('a'), i);
      writer.addText(key, 'string', value);
    }
    assert.ok(writer.finish() > 1 << 30);
    const database = new Database(path, { readonly: true });
    assert.deepEqual(database.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
    assert.equal(database.prepare('SELECT sum(length(value)) FROM attribute').pluck().get(), 260 * (4 << 20));
    database.close();
  });
});

function sample(i: number): Event {
  return {
    topic: 'a.b',
    dataTimeS: i,
    attributes: [
      ['x', 'y'.repeat(i % 200)],
      ['z', null],
    ],
  };
}

/** Writes events. @returns all rows of both tables, once the database is found to be sound */
function written(path: string, events: readonly Event[]): unknown {
  writeFileSync(path, '');
  const writer = new BulkRecordingWriter(path);
  for (const { topic, dataTimeS, attributes } of events) {
    writer.addEvent(Buffer.from(topic), dataTimeS);
    for (const [key, value] of attributes) {
      if (value === null) writer.addNull(Buffer.from(key), 'string');
      else if (typeof value === 'string') writer.addText(Buffer.from(key), 'boolean', Buffer.from(value));
      else writer.addNumber(Buffer.from(key), 'number', value);
    }
  }
  writer.finish();
  const database = new Database(path, { readonly: true });
  database.defaultSafeIntegers();
  try {
    assert.deepEqual(database.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
    return {
      events: database.prepare('SELECT event_id, topic, data_time FROM event ORDER BY event_id').raw().all(),
      attributes: database
        .prepare('SELECT rowid, event_id, key, value, typeof(value), data_type FROM attribute ORDER BY rowid')
        .raw()
        .all(),
    };
  } finally {
    database.close();
  }
}

function expected(events: readonly Event[]): unknown {
  let row = 0n;
  return {
    events: events.map(({ topic, dataTimeS }, i) => [
      BigInt(i + 1),
      stored(topic),
      Number.isNaN(dataTimeS) ? null : dataTimeS,
    ]),
    attributes: events.flatMap(({ attributes }, i) =>
      attributes.map(([key, value]) => {
        row += 1n;
        const type = value === null ? 'string' : typeof value === 'string' ? 'boolean' : 'number';
        const text = typeof value === 'string' ? stored(value) : value;
        return [row, BigInt(i + 1), stored(key), text, CLASSES[value === null ? 'null' : typeof value], type];
      }),
    ),
  };
}

const CLASSES: Readonly<Record<string, string>> = {
  null: 'null',
  string: 'text',
  bigint: 'integer',
  number: 'real',
};

/** A text as UTF-8 holds it. */
function stored(text: string): string {
  return Buffer.from(text).toString();
}
