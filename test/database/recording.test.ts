import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { identify } from '../../src/database/cache/file-identity.js';
import { findRecording, prepareRecording } from '../../src/database/prepare-recording.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { arbitraryEvents } from '../support/arbitrary-event.js';
import { eventsOf, PLAIN_RULES } from '../support/decoded-event.js';
import { openRecording } from '../support/open-recording.js';
import {
  createDatabase,
  insertEvents,
  plainEvent,
  type StoredEvent,
  writeEvents,
} from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Folders {
  /** Holds the recording. */
  readonly folder: string;
  /** Is to hold all that is made to read it; does not exist yet. */
  readonly scratch: string;
  readonly elsewhere: string;
}

function folders(context: TestContext): Folders {
  const root = temporaryFolder(context);
  const [folder, scratch, elsewhere] = ['nights', 'scratch', 'elsewhere'].map((name) => join(root, name));
  mkdirSync(folder);
  mkdirSync(elsewhere);
  return { folder, scratch, elsewhere };
}

/** All files of a folder, with what is in them and when they were changed. */
function stateOf(folder: string): unknown {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const { size, mtimeMs } = statSync(path);
    return [name, size, mtimeMs, createHash('sha256').update(readFileSync(path)).digest('hex')];
  });
}

function numbered(count: number, first = 1): StoredEvent[] {
  return Array.from({ length: count }, (_, i) =>
    plainEvent(BigInt(first + i), 'a.b.c', { n: String(first + i) }),
  );
}

function numbersOf(path: string): number[] {
  return eventsOf(path).map(({ payload }) => Number((JSON.parse(payload.toString()) as { n: string }).n));
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

const UNREADABLE: Record<string, [make: (path: string) => void, code: string, message: RegExp]> = {
  'a file that is missing': [() => {}, 'NO_SUCH_FILE', /^No such file: .*night\.db$/],
  'a directory': [
    (path) => mkdirSync(path),
    'NOT_A_DATABASE',
    /^Expected a database file, found a directory: /,
  ],
  'an empty file': [
    (path) => writeFileSync(path, ''),
    'NOT_A_DATABASE',
    /^Not a SQLite database: .* is empty$/,
  ],
  'a text file': [
    (path) => writeFileSync(path, 'time,topic\n1521854100,tracker\n'.repeat(100)),
    'NOT_A_DATABASE',
    /^Not a SQLite database: .*night\.db: it is a text that begins with "time,topic\\n1521854100,tracker\\n"$/,
  ],
  'the beginning of a header': [
    (path) => writeFileSync(path, 'SQLite format'),
    'NOT_A_DATABASE',
    /^Not a SQLite database: .*night\.db: it is a text that begins with "SQLite format"$/,
  ],
  'a header and nothing else': [
    (path) => {
      writeEvents(path, numbered(10));
      truncateSync(path, 100);
    },
    'READ_FAILED',
    /^Cannot read .*night\.db: .* \(SQLITE_(NOTADB|CORRUPT)\)$/,
  ],
  'a header before noise': [
    (path) => {
      writeEvents(path, numbered(10));
      writeFileSync(path, Buffer.concat([readFileSync(path).subarray(0, 100), Buffer.alloc(8092, 0xa5)]));
    },
    'READ_FAILED',
    /^Cannot read .*night\.db: .* \(SQLITE_\w+\)$/,
  ],
  'a database without events': [
    (path) => createDatabase(path).exec('CREATE TABLE log (line)').close(),
    'UNKNOWN_SCHEMA',
    /^No table event or events in .*night\.db: found log; if that is log, give schema: 'event\.table=log'$/,
  ],
  'a database without tables': [
    (path) => createDatabase(path).exec('CREATE TABLE log (line); DROP TABLE log').close(),
    'UNKNOWN_SCHEMA',
    /^No table event or events in .*night\.db: found no table$/,
  ],
  'an attribute table without values': [
    (path) =>
      createDatabase(path).exec('CREATE TABLE event (id, topic); CREATE TABLE attribute (id, key)').close(),
    'UNKNOWN_SCHEMA',
    /^Table attribute of .*night\.db has no column value or val: found id, key; name it by schema: 'attribute\.value=NAME'$/,
  ],
  'attributes without row ids and without an index': [
    (path) =>
      createDatabase(path)
        .exec(
          `CREATE TABLE event (id, topic);
           CREATE TABLE attribute (id, key, value, PRIMARY KEY (key, id)) WITHOUT ROWID`,
        )
        .close(),
    'UNKNOWN_SCHEMA',
    /^Table attribute of .*night\.db has neither an index on id nor row ids: create that index$/,
  ],
  'the same in WAL mode': [
    (path) => {
      const db = new Database(path);
      db.pragma('journal_mode = WAL');
      db.exec(
        `CREATE TABLE event (id, topic);
         CREATE TABLE attribute (id, key, value, PRIMARY KEY (key, id)) WITHOUT ROWID`,
      ).close();
    },
    'UNKNOWN_SCHEMA',
    /^Table attribute of .*night\.db has neither an index on id nor row ids: create that index$/,
  ],
};

for (const [what, [make, code, message]] of Object.entries(UNREADABLE)) {
  test(`refuses ${what}, and leaves it as it is`, (context) => {
    const { folder, scratch } = folders(context);
    const path = join(folder, 'night.db');
    make(path);
    const before = what === 'a directory' ? undefined : stateOf(folder);
    assert.throws(() => openRecording(path, { scratchFolder: scratch }), {
      name: 'TcsReplayError',
      code,
      message,
    });
    if (before !== undefined) assert.deepEqual(stateOf(folder), before);
  });
}

test('refuses a path that leads through a file', (context) => {
  const { folder, scratch } = folders(context);
  writeFileSync(join(folder, 'a'), '');
  assert.throws(() => openRecording(join(folder, 'a', 'night.db'), { scratchFolder: scratch }), {
    code: 'NO_SUCH_FILE',
    message: /^Cannot read .*: ENOTDIR/,
  });
});

test('opens a plain recording in its place, and makes nothing', (context) => {
  const { folder, scratch } = folders(context);
  const path = join(folder, 'night.db');
  writeEvents(path, numbered(100, 7));
  const before = stateOf(folder);
  const recording = openRecording(path, { scratchFolder: scratch });
  assert.deepEqual(
    {
      ...recording,
      schema: undefined,
      salvagePath: undefined,
      landmarks: recording.landmarks.map(({ row }) => row),
    },
    {
      path,
      readPath: path,
      // From the first to the last row, evenly.
      landmarks: [7n, 21n, 35n, 49n, 63n, 77n, 91n, 106n],
      schema: undefined,
      identity: identify(path),
      sideIndexPath: undefined,
      ascending: undefined,
      salvagePath: undefined,
      damage: [],
      sizeBytes: statSync(path).size,
      rows: { first: 7n, last: 106n },
      firstTimeS: 1_521_854_107,
      lastTimeS: 1_521_854_206,
    },
  );
  assert.deepEqual(numbersOf(path), numbersTo(106).slice(6));
  assert.deepEqual(stateOf(folder), before);
  assert.equal(existsSync(scratch), false);
});

test('has no rows where the event table is empty', (context) => {
  const { folder, scratch } = folders(context);
  for (const index of [true, false]) {
    const path = join(folder, `${index}.db`);
    writeEvents(path, [], { index });
    const recording = openRecording(path, { scratchFolder: scratch });
    assert.deepEqual([recording.rows, recording.lastTimeS], [undefined, Number.NaN]);
    assert.deepEqual(eventsOf(path), []);
  }
});

test('knows the due time of the last event, if it has one', (context) => {
  const { folder, scratch } = folders(context);
  const path = join(folder, 'night.db');
  writeEvents(path, []);
  const lastTimeS = (event: StoredEvent) => {
    const db = new Database(path);
    db.exec('DELETE FROM event; DELETE FROM attribute');
    insertEvents(db, [plainEvent(1n), event]);
    db.close();
    return openRecording(path, { scratchFolder: scratch }).lastTimeS;
  };
  const last = { id: 9n, topic: 'a', attributes: [] };
  assert.equal(lastTimeS({ ...plainEvent(9n), dataTime: 5n }), 1_521_854_109);
  assert.equal(lastTimeS({ ...last, dataTime: ' 1521854100.5' }), 1_521_854_100.5);
  // Without a time of its own, that of the event before it.
  assert.equal(lastTimeS({ ...last, dataTime: 'soon' }), 1_521_854_101);
});

/** A recording in WAL mode whose writer is still at it: 100 events are in the file, 50 in the log, one is not committed. */
function writeLive(path: string): Database.Database {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('wal_autocheckpoint = 0');
  db.exec(`
    CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT, data_time);
    CREATE TABLE attribute (event_id INTEGER, key TEXT, value, data_type TEXT);
    CREATE INDEX attribute_event_id ON attribute (event_id);
  `);
  insertEvents(db, numbered(100));
  db.pragma('wal_checkpoint(TRUNCATE)');
  insertEvents(db, numbered(50, 101));
  db.exec("BEGIN; INSERT INTO event VALUES (151, 'a.b.c', NULL)");
  return db;
}

/** Checks that all committed events are read, and that what is made for that is made in the scratch folder alone. */
function assertReadWithoutTrace(path: string, { folder, scratch, elsewhere }: Folders, count: number): void {
  const before = [stateOf(folder), stateOf(elsewhere)];
  const recording = openRecording(path, { scratchFolder: scratch });
  assert.equal(recording.path, path);
  assert.ok(recording.readPath.startsWith(scratch));
  assert.deepEqual(recording.rows, { first: 1n, last: BigInt(count) });
  assert.deepEqual(numbersOf(path), numbersTo(count));
  assert.deepEqual([stateOf(folder), stateOf(elsewhere)], before);
}

test('reads what is committed while a writer holds a log, and leaves no trace', (context) => {
  const all = folders(context);
  const { folder } = all;
  const path = join(folder, 'night.db');
  const writer = writeLive(path);
  try {
    assert.ok(existsSync(`${path}-wal`) && existsSync(`${path}-shm`));
    assertReadWithoutTrace(path, all, 150);
  } finally {
    writer.close();
  }
});

test('reads the log that a killed writer left', (context) => {
  const all = folders(context);
  const { folder, elsewhere } = all;
  const live = join(elsewhere, 'live.db');
  const writer = writeLive(live);
  const path = join(folder, 'night.db');
  for (const suffix of ['', '-wal']) copyFileSync(live + suffix, path + suffix);
  writer.close();
  assertReadWithoutTrace(path, all, 150);
});

test('reads a file in WAL mode that has no log', (context) => {
  const all = folders(context);
  const { folder } = all;
  const path = join(folder, 'night.db');
  const writer = writeLive(path);
  writer.exec('ROLLBACK');
  writer.close();
  assert.deepEqual(readdirSync(folder), ['night.db']);
  assertReadWithoutTrace(path, all, 150);
});

test('reads the log of a recording that a symbolic link leads to', (context) => {
  const all = folders(context);
  const { folder, elsewhere } = all;
  const target = join(elsewhere, 'target.db');
  const writer = writeLive(target);
  try {
    const path = join(folder, 'night.db');
    symlinkSync(target, path);
    assertReadWithoutTrace(path, all, 150);
  } finally {
    writer.close();
  }
});

test('keeps a snapshot while the writer goes on', (context) => {
  const { folder, scratch } = folders(context);
  const path = join(folder, 'night.db');
  const writer = writeLive(path);
  try {
    const recording = openRecording(path, { scratchFolder: scratch });
    writer.exec('COMMIT');
    insertEvents(writer, numbered(10, 200));
    writer.pragma('wal_checkpoint(TRUNCATE)');
    const again = openRecording(path, { scratchFolder: scratch });
    assert.deepEqual([recording.rows?.last, again.rows?.last], [150n, 209n]);
    const rows = [recording, again].map(({ readPath }) => {
      const snapshot = new Database(readPath, { readonly: true });
      const count = snapshot.prepare('SELECT count(*) FROM event').pluck().get();
      snapshot.close();
      return count;
    });
    assert.deepEqual(rows, [150, 161]);
  } finally {
    writer.close();
  }
});

/** A recording whose writer was killed in the middle of a change, half of which is in the file. */
function writeUnfinished(path: string, elsewhere: string, events: StoredEvent[]): void {
  const live = join(elsewhere, 'live.db');
  writeEvents(live, events);
  const writer = new Database(live);
  // So little memory that changes go to the file before they are committed: only the journal can undo them.
  writer.pragma('cache_size = 5');
  writer.exec("BEGIN; UPDATE attribute SET value = 'half done'; DELETE FROM event WHERE event_id > 9");
  for (const suffix of ['', '-journal']) copyFileSync(live + suffix, path + suffix);
  writer.close();
}

test('plays what is committed of a file whose last transaction was never finished, and leaves it as it is', (context) => {
  const all = folders(context);
  const path = join(all.folder, 'night.db');
  writeUnfinished(path, all.elsewhere, numbered(2000));
  assert.notEqual(readFileSync(path).indexOf('half done'), -1);
  assertReadWithoutTrace(path, all, 2000);
});

test('finds out about a recording first, and prepares it later', (context) => {
  const { folder, scratch } = folders(context);
  const path = join(folder, 'night.db');
  writeEvents(path, numbered(10), { index: false });
  const found = findRecording(path);
  assert.deepEqual([found.companion, found.schema?.attribute.index], [undefined, undefined]);
  assert.equal(existsSync(scratch), false);
  const recording = prepareRecording(found, { scratchFolder: scratch });
  assert.deepEqual(recording.rows, { first: 1n, last: 10n });
  assert.ok(recording.ascending?.isProved, 'a log needs no side index');
  assert.equal(existsSync(scratch), false);

  const scattered = new Database(path);
  scattered.exec("INSERT INTO attribute VALUES (1, 'late', 'x', 'string')");
  scattered.close();
  const indexed = prepareRecording(findRecording(path), { scratchFolder: scratch });
  assert.deepEqual(indexed.rows, { first: 1n, last: 10n });
  assert.deepEqual([indexed.ascending, readdirSync(scratch).length], [undefined, 1]);

  const live = join(folder, 'live.db');
  const writer = writeLive(live);
  try {
    assert.deepEqual(findRecording(live).companion, '-wal');
  } finally {
    writer.close();
  }
});

test('sends the same without an index, from rows that lie scattered, and leaves no trace', (context) => {
  const { folder } = folders(context);
  let run = 0;
  fc.assert(
    fc.property(arbitraryEvents(), fc.infiniteStream(fc.nat(20)), (events, stream) => {
      const paths = [true, false].map((index) => {
        const path = join(folder, `${run++}.db`);
        writeEvents(path, events, { index });
        return path;
      });
      // The same rows in the same, another order: that of their events is lost.
      const order = events.flatMap((event) => event.attributes.map(() => stream.next().value as number));
      for (const path of paths) {
        const db = createDatabase(path);
        db.exec('BEGIN; CREATE TABLE place (old INTEGER PRIMARY KEY, new)');
        const insert = db.prepare('INSERT INTO place VALUES (?, ?)');
        for (const [i, place] of order.entries()) insert.run(i + 1, place);
        db.exec(`
          CREATE TABLE other AS SELECT a.* FROM attribute AS a JOIN place ON place.old = a.rowid ORDER BY new, old;
          DELETE FROM attribute; INSERT INTO attribute SELECT * FROM other; DROP TABLE other; DROP TABLE place; COMMIT
        `);
        db.close();
      }
      const [indexed, plain] = paths.map((path) => eventsOf(path, { ...PLAIN_RULES, convertNumber: true }));
      assert.deepEqual(plain, indexed);
    }),
    { numRuns: 50 },
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => !name.endsWith('.db')),
    [],
  );
});

test('indexes a recording in WAL mode from its log', (context) => {
  const all = folders(context);
  const { folder } = all;
  const path = join(folder, 'night.db');
  const writer = writeLive(path);
  try {
    writer.exec('COMMIT; DELETE FROM event WHERE event_id = 151; DROP INDEX attribute_event_id');
    assertReadWithoutTrace(path, all, 150);
  } finally {
    writer.close();
  }
});

test('has what was made for recordings and is not kept removed when their pool is closed', async (context) => {
  const { folder, scratch } = folders(context);
  mkdirSync(scratch);
  const { TMPDIR } = process.env;
  process.env.TMPDIR = scratch;
  context.after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  const writer = writeLive(join(folder, 'live.db'));
  const pool = new DecoderPool(1);
  try {
    const { readPath } = await pool.open(join(folder, 'live.db'));
    assert.ok(readPath.startsWith(scratch));
    assert.equal(readdirSync(scratch).length, 1);
  } finally {
    await pool.close();
    writer.close();
  }
  assert.deepEqual(readdirSync(scratch), []);
});
