import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { GrowingRecording } from '../../src/database/growing-recording.js';
import { EventRows } from '../../src/record/event-rows.js';
import { payload } from '../support/arbitrary-payload.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** As SQLite takes it from JavaScript: half a surrogate pair is no character. */
const wellFormed = (text: string) => Buffer.from(text).toString();

describe('the rows of an event', () => {
  it('are one for each member of its payload, with the text that was written and its kind', (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const recording = new GrowingRecording(path);
    t.after(() => recording.close());
    const rows = new EventRows();
    const db = new Database(path, { readonly: true });
    t.after(() => db.close());
    const read = db
      .prepare('SELECT event_id, key, value, data_type FROM attribute WHERE event_id > ? ORDER BY rowid')
      .raw();
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 10 }), (payloads) => {
        const before = recording.eventCount;
        recording.begin();
        const ids = payloads.map(({ json }) => {
          const bytes = Buffer.from(`12${json}3`);
          return rows.add(recording, 'a.b.c', bytes, 2, bytes.length - 1);
        });
        recording.commit();
        assert.deepEqual(
          ids,
          ids.map((_, i) => before + i + 1),
        );
        const expected = payloads.flatMap(({ members }, i) =>
          members.map(([key, kind, text]) => [
            before + i + 1,
            wellFormed(key),
            kind === 'null' ? null : wellFormed(text),
            kind === 'nonFinite' ? 'number' : ['number', 'boolean'].includes(kind) ? kind : 'string',
          ]),
        );
        assert.deepEqual(read.all(before), expected);
      }),
    );
  });

  it('are there for texts of any size, and any number of them', (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const recording = new GrowingRecording(path);
    const rows = new EventRows();
    const sizes = [0, 1, 11, 12, 48, 49, 255, 256, 65_535, 65_536, 3_000_000];
    const values = Array.from({ length: 151 }, (_, i) => [i, i % 2 === 0, null, `${i}`, '\u0000é'][i % 5]);
    const events = [
      Object.fromEntries(
        sizes.map((size, i) => [`${i}`.padEnd(size, 'k').slice(0, 70_000), 'v'.repeat(size)]),
      ),
      Object.fromEntries(values.map((value, i) => [`key ${i}`, value])),
      Object.fromEntries(values.slice(0, 50).map((value, i) => [`key ${i}`, value])),
      {},
      { last: true },
    ];
    recording.begin();
    for (const event of events) {
      const payload = Buffer.from(JSON.stringify(event));
      rows.add(recording, 't', payload, 0, payload.length);
    }
    recording.commit();
    recording.close();
    const db = new Database(path, { readonly: true });
    t.after(() => db.close());
    const found = db.prepare('SELECT * FROM attribute ORDER BY rowid').raw().all();
    const expected = events.flatMap((event, i) =>
      Object.entries(event).map(([key, value]) => [
        i + 1,
        key,
        value === null ? null : String(value),
        value === null ? 'string' : typeof value,
      ]),
    );
    assert.ok(
      expected.every((row, i) => JSON.stringify(found[i]) === JSON.stringify(row)),
      'all rows are the same',
    );
    assert.equal(found.length, expected.length);
  });

  it('have the data time of the event, of its last value', (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const recording = new GrowingRecording(path);
    const rows = new EventRows();
    recording.begin();
    const times = [
      '{"__data_time":1521854100.25}',
      '{"__data_time":"1521854100.5"}',
      '{"__data_time":1,"__data_time":2}',
      '{"__data_time":1,"__data_time":null}',
      '{"__data_time":1e400}',
      '{"__data_time":NaN}',
      '{"__data_time":"soon"}',
      '{"__data_time":[1]}',
      '{"a":1}',
      '{}',
      '{"__data\\u005ftime":5,"__data_times":6,"__data_tim_":7}',
    ];
    for (const json of times) rows.add(recording, 't', Buffer.from(json), 0, json.length);
    recording.commit();
    recording.close();
    const db = new Database(path, { readonly: true });
    t.after(() => db.close());
    const found = db.prepare('SELECT data_time FROM event ORDER BY event_id').pluck().all();
    assert.deepEqual(found, [1521854100.25, 1521854100.5, 2, null, null, null, null, null, null, null, 5]);
  });

  it('are forgotten with all that was not committed', (t) => {
    const path = join(temporaryFolder(t), 'out.db');
    const recording = new GrowingRecording(path);
    const rows = new EventRows();
    const add = () => rows.add(recording, 't', Buffer.from('{"a":1,"b":2}'), 0, 13);
    recording.begin();
    for (let i = 0; i < 100; i++) add();
    recording.commit();
    recording.begin();
    for (let i = 0; i < 100; i++) add();
    recording.rollback();
    recording.begin();
    assert.equal(add(), 101);
    recording.commit();
    recording.close();
    const db = new Database(path, { readonly: true });
    t.after(() => db.close());
    assert.deepEqual(
      db.prepare('SELECT count(*), count(DISTINCT event_id), max(event_id) FROM attribute').raw().get(),
      [202, 101, 101],
    );
  });
});
