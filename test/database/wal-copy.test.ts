import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { openReadOnly } from '../../src/database/connection.js';
import { newWalCopy, updatedWalCopy, type WalCopy } from '../../src/database/wal/wal-copy.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** What is done to a database between two looks at it. */
type Step =
  | { readonly kind: 'insert' | 'rollback'; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'update' | 'delete'; readonly part: number }
  | { readonly kind: 'checkpoint'; readonly mode: 'PASSIVE' | 'FULL' | 'RESTART' | 'TRUNCATE' }
  /** `again`: a look from the state before the last one, as after a look that was given up. */
  | { readonly kind: 'vacuum' | 'look' | 'again' | 'close' };

const rows = fc.record({ rows: fc.integer({ min: 1, max: 60 }), bytes: fc.integer({ min: 1, max: 900 }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: rows.map((each) => ({ kind: 'insert' as const, ...each })) },
  { weight: 1, arbitrary: rows.map((each) => ({ kind: 'rollback' as const, ...each })) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('update' as const, 'delete' as const),
      part: fc.integer({ min: 2, max: 9 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('checkpoint' as const),
      mode: fc.constantFrom('PASSIVE' as const, 'FULL' as const, 'RESTART' as const, 'TRUNCATE' as const),
    }),
  },
  { weight: 5, arbitrary: fc.constant({ kind: 'look' as const }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { kind: 'vacuum' as const },
      { kind: 'close' as const },
      { kind: 'again' as const },
    ),
  },
);

class Written {
  readonly path: string;
  private _db: Database.Database;

  constructor(path: string, pageBytes: number) {
    this.path = path;
    this._db = this._open();
    this._db.pragma(`page_size = ${pageBytes}`);
    this._db.pragma('journal_mode = WAL');
    this._db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT); CREATE INDEX t_text ON t (text)');
  }

  do(step: Step): void {
    const db = this._db;
    switch (step.kind) {
      case 'insert':
      case 'rollback': {
        // Pages go to the log before the commit where the cache is full.
        db.pragma('cache_size = 4');
        db.exec('BEGIN');
        const insert = db.prepare('INSERT INTO t (text) VALUES (hex(randomblob(?)))');
        for (let i = 0; i < step.rows; i++) insert.run(step.bytes);
        db.exec(step.kind === 'insert' ? 'COMMIT' : 'ROLLBACK');
        break;
      }
      case 'update':
        db.prepare('UPDATE t SET text = hex(randomblob(20)) WHERE id % ? = 0').run(step.part);
        break;
      case 'delete':
        db.prepare('DELETE FROM t WHERE id % ? = 0').run(step.part);
        break;
      case 'checkpoint':
        db.pragma(`wal_checkpoint(${step.mode})`);
        break;
      case 'vacuum':
        db.exec('VACUUM');
        break;
      case 'close':
        // The log is removed with the last connection, and another one has salts of its own.
        db.close();
        this._db = this._open();
    }
  }

  pragma(...pragmas: readonly string[]): void {
    for (const each of pragmas) this._db.pragma(each);
  }

  get contents(): unknown[] {
    return contentsOf(this._db);
  }

  close(): void {
    this._db.close();
  }

  private _open(): Database.Database {
    const db = new Database(this.path);
    db.pragma('wal_autocheckpoint = 0');
    db.pragma('synchronous = OFF');
    return db;
  }
}

function contentsOf(db: Database.Database): unknown[] {
  return db.prepare('SELECT id, text FROM t ORDER BY id').raw().all();
}

test('a copy of a database in WAL mode has what was committed, whatever is written, moved from the log and restarted', (context) => {
  const folder = temporaryFolder(context);
  let runs = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(512, 1024, 4096),
      fc.array(step, { minLength: 4, maxLength: 30 }),
      (pageBytes, steps) => {
        runs += 1;
        const written = new Written(join(folder, `night-${runs}.db`), pageBytes);
        const copyPath = join(folder, `copy-${runs}`);
        let copy: WalCopy = newWalCopy(written.path, copyPath, () => {});
        let before = copy;
        // It stays open, as those of a replay's threads do.
        const reader = openReadOnly(copyPath);
        try {
          for (const each of [...steps, { kind: 'look' as const }]) {
            if (each.kind !== 'look' && each.kind !== 'again') {
              written.do(each);
              continue;
            }
            const from = each.kind === 'look' ? copy : before;
            before = copy;
            copy = updatedWalCopy(written.path, from, () => {});
            assert.deepEqual(contentsOf(reader), written.contents);
            assert.equal(reader.pragma('integrity_check', { simple: true }), 'ok');
            assert.equal(
              updatedWalCopy(written.path, copy, () => {}),
              copy,
            );
          }
        } finally {
          reader.close();
          written.close();
        }
        assert.deepEqual(
          readdirSync(folder).filter((name) => name.startsWith(`copy-${runs}-`)),
          [],
        );
      },
    ),
    { numRuns: 30 },
  );
});

test('a log that was restarted once is followed without a look at the database, as long as its end still stands in the file', (context) => {
  const folder = temporaryFolder(context);
  const written = new Written(join(folder, 'night.db'), 4096);
  const insert = { kind: 'insert', rows: 40, bytes: 400 } as const;
  try {
    written.do(insert);
    const copyPath = join(folder, 'copy.db');
    let copy = newWalCopy(written.path, copyPath, () => {});
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 4; j++) written.do(insert);
      copy = updatedWalCopy(written.path, copy, () => assert.fail('the database is compared with the copy'));
      // The end of the log that was not seen, and the begin of the next one.
      written.do(insert);
      written.do({ kind: 'checkpoint', mode: 'RESTART' });
      written.do({ ...insert, rows: 1 });
      copy = updatedWalCopy(written.path, copy, () => assert.fail('the database is compared with the copy'));
      const reader = openReadOnly(copyPath);
      assert.deepEqual(contentsOf(reader), written.contents);
      reader.close();
    }
  } finally {
    written.close();
  }
});

test('a copy is not written to while a connection reads it, and is afterwards', (context) => {
  const folder = temporaryFolder(context);
  const written = new Written(join(folder, 'night.db'), 4096);
  const copyPath = join(folder, 'copy.db');
  const copy = newWalCopy(written.path, copyPath, () => {});
  const reader = openReadOnly(copyPath);
  try {
    reader.exec('BEGIN');
    assert.deepEqual(contentsOf(reader), []);
    written.do({ kind: 'insert', rows: 5, bytes: 9 });
    assert.throws(
      () => updatedWalCopy(written.path, copy, () => {}),
      (error: { code?: string }) => error.code === 'SQLITE_BUSY',
    );
    assert.deepEqual(contentsOf(reader), []);
    reader.exec('COMMIT');
    updatedWalCopy(written.path, copy, () => {});
    assert.deepEqual(contentsOf(reader), written.contents);
  } finally {
    reader.close();
    written.close();
  }
});

for (const [how, pragmas] of Object.entries({
  'a checkpoint that empties it': ['wal_checkpoint(TRUNCATE)'],
  'a limit of its size': ['journal_size_limit = 3000', 'wal_checkpoint(RESTART)'],
}))
  test(`what was cut off from a log by ${how} is found in the database`, (context) => {
    const written = new Written(join(temporaryFolder(context), 'night.db'), 512);
    written.do({ kind: 'insert', rows: 1, bytes: 400 });
    const copyPath = `${written.path}-copy`;
    const copy = newWalCopy(written.path, copyPath, () => {});
    const reader = openReadOnly(copyPath);
    try {
      // What was not seen of the log before is only in the database, and the new log is shorter than what was seen.
      written.do({ kind: 'insert', rows: 30, bytes: 300 });
      written.pragma(...pragmas);
      written.do({ kind: 'insert', rows: 1, bytes: 1 });
      updatedWalCopy(written.path, copy, () => {});
      assert.deepEqual(contentsOf(reader), written.contents);
      assert.equal(reader.pragma('integrity_check', { simple: true }), 'ok');
    } finally {
      reader.close();
      written.close();
    }
  });
