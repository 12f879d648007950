import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { type Attribute, RecordingWriter } from '../../src/database/recording-writer.js';
import { temporaryFolder } from '../support/generate-fixture.js';

const ROW: Attribute = { key: 'name', value: 'Boötes I', dataType: 'string' };

test('writes the documented tables and index', (context) => {
  const path = join(temporaryFolder(context), 'a.db');
  new RecordingWriter(path).close();
  const db = new Database(path, { readonly: true });
  const names = db.prepare('SELECT name FROM sqlite_master ORDER BY name').pluck().all();
  const columns = (table: string): unknown[] =>
    db.prepare(`SELECT name || ' ' || type FROM pragma_table_info(?)`).pluck().all(table);
  assert.deepEqual(names, ['attribute', 'attribute_event_id', 'event']);
  assert.deepEqual(columns('event'), ['event_id INTEGER', 'topic TEXT', 'data_time REAL']);
  assert.deepEqual(columns('attribute'), ['event_id INTEGER', 'key TEXT', 'value TEXT', 'data_type TEXT']);
  db.close();
});

for (const count of [0, 1, 63, 64, 65, 200]) {
  test(`keeps ${count} rows of an event, and their order`, (context) => {
    const path = join(temporaryFolder(context), 'a.db');
    const attributes = Array.from({ length: count }, (_, index) => ({ ...ROW, key: `key${index}` }));
    const writer = new RecordingWriter(path);
    assert.equal(writer.write('a.b.c', null, attributes), 1);
    assert.equal(writer.write('a.b.d', 1.5, [{ ...ROW, value: null }]), 2);
    assert.equal(writer.eventCount, 2);
    assert.equal(writer.attributeCount, count + 1);
    writer.close();
    const db = new Database(path, { readonly: true });
    assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
    assert.deepEqual(db.prepare('SELECT * FROM event').raw().all(), [
      [1, 'a.b.c', null],
      [2, 'a.b.d', 1.5],
    ]);
    assert.deepEqual(db.prepare('SELECT * FROM attribute ORDER BY rowid').raw().all(), [
      ...attributes.map(({ key }) => [1, key, 'Boötes I', 'string']),
      [2, 'name', null, 'string'],
    ]);
    db.close();
  });
}

test('shows the recording only when it is complete', (context) => {
  const folder = temporaryFolder(context);
  const writer = new RecordingWriter(join(folder, 'a.db'));
  writer.write('a.b.c', 1, [ROW]);
  assert.deepEqual(readdirSync(folder), ['a.db.part']);
  writer.close();
  assert.deepEqual(readdirSync(folder), ['a.db']);
});

test('leaves nothing when discarded, and cannot be used any more', (context) => {
  const folder = temporaryFolder(context);
  const writer = new RecordingWriter(join(folder, 'a.db'));
  writer.write('a.b.c', 1, [ROW]);
  writer.discard();
  writer.discard();
  assert.deepEqual(readdirSync(folder), []);
  assert.throws(() => writer.write('a.b.c', 1, [ROW]), { code: 'WRITE_FAILED', message: /discarded/ });
  assert.throws(() => writer.close(), { code: 'WRITE_FAILED' });
});

test('leaves nothing when a row cannot be written', (context) => {
  const folder = temporaryFolder(context);
  const writer = new RecordingWriter(join(folder, 'a.db'));
  const rows = new Array(64).fill({ ...ROW, key: null });
  assert.throws(() => writer.write('a.b.c', 1, rows), { code: 'WRITE_FAILED', message: /NOT NULL/ });
  assert.deepEqual(readdirSync(folder), []);
});

test('keeps what another put in its place meanwhile', (context) => {
  const folder = temporaryFolder(context);
  const writer = new RecordingWriter(join(folder, 'a.db'));
  writeFileSync(join(folder, 'a.db'), 'precious');
  assert.throws(() => writer.close(), { code: 'WRITE_FAILED', message: /exists already/ });
  assert.deepEqual(readdirSync(folder), ['a.db']);
  assert.equal(readFileSync(join(folder, 'a.db'), 'utf8'), 'precious');
});

test('removes the companions of the database that it replaces', (context) => {
  const folder = temporaryFolder(context);
  for (const name of ['a.db', 'a.db-wal', 'a.db-shm']) writeFileSync(join(folder, name), 'stale');
  assert.throws(() => new RecordingWriter(join(folder, 'a.db')), { code: 'WRITE_FAILED' });
  new RecordingWriter(join(folder, 'a.db'), { overwrite: true }).close();
  assert.deepEqual(readdirSync(folder), ['a.db']);
});

test('does not disturb another writer of the same recording', (context) => {
  const path = join(temporaryFolder(context), 'a.db');
  const writer = new RecordingWriter(path);
  assert.throws(() => new RecordingWriter(path), { code: 'WRITE_FAILED', message: /another run is writing/ });
  writer.close();
});

test('rejects a path that names no file', (context) => {
  const folder = temporaryFolder(context);
  assert.throws(() => new RecordingWriter(''), { code: 'BAD_OPTION' });
  assert.throws(() => new RecordingWriter(folder, { overwrite: true }), { message: /got a folder/ });
  assert.throws(() => new RecordingWriter(join(folder, 'x', 'a.db')), { code: 'NO_SUCH_FILE' });
});
