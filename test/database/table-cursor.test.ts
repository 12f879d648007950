import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import SQLite from 'better-sqlite3';
import fc from 'fast-check';
import { OddRow } from '../../src/database/pages/odd-row.js';
import { PageFault } from '../../src/database/pages/page-fault.js';
import { PageFile } from '../../src/database/pages/page-file.js';
import { isInteger, isText, sizeOf } from '../../src/database/pages/record.js';
import { TableCursor } from '../../src/database/pages/table-cursor.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface MadeTable {
  readonly pageBytes: number;
  readonly rows: number;
  /** Largest length of a value: larger ones go on in overflow pages. */
  readonly longest: number;
  /** Of how many rows, in percent, are deleted and inserted again elsewhere. */
  readonly changed: number;
  readonly isVacuumed: boolean;
  readonly seed: number;
}

const tables = fc.record<MadeTable>({
  pageBytes: fc.constantFrom(512, 1024, 4096, 65536),
  rows: fc.constantFrom(0, 1, 30, 2000),
  longest: fc.constantFrom(3, 40, 5000),
  changed: fc.constantFrom(0, 30),
  isVacuumed: fc.boolean(),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function make(
  path: string,
  { pageBytes, rows, longest, changed, isVacuumed, seed }: MadeTable,
): SQLite.Database {
  const db = new SQLite(path);
  db.pragma(`page_size = ${pageBytes}`);
  db.pragma('synchronous = OFF');
  db.exec('CREATE TABLE other(x); CREATE TABLE t(number, text TEXT)');
  const pick = random(seed);
  const insert = db.prepare('INSERT OR REPLACE INTO t(rowid, number, text) VALUES (?, ?, ?)');
  const other = db.prepare('INSERT INTO other VALUES (zeroblob(?))');
  const add = (row: number) => {
    const number = [0n, 1n, null, BigInt(pick(2 ** 31)) * BigInt(pick(2 ** 20)), -BigInt(pick(70_000))][
      pick(5)
    ];
    insert.run(row, number, pick(20) === 0 ? null : 'x'.repeat(pick(longest)));
  };
  db.transaction(() => {
    for (let i = 0; i < rows; i++) {
      add(i * (1 + pick(3)));
      if (pick(5) === 0) other.run(pick(pageBytes));
    }
    for (let i = 0; i < (rows * changed) / 100; i++) {
      db.prepare('DELETE FROM t WHERE rowid BETWEEN ? AND ?').run(
        ...[pick(rows), 0].map((n, k) => n + k * 9),
      );
      add(pick(2 ** 40));
    }
  })();
  if (isVacuumed) db.exec('VACUUM');
  return db;
}

/** The rows from `rowid` on, as the cursor finds them. */
function walk(file: PageFile, root: number, rowid: number): unknown[][] {
  const cursor = new TableCursor(file, root, 2);
  const rows: unknown[][] = [];
  try {
    for (cursor.seek(rowid); cursor.isOnRow; cursor.next()) {
      const { bytes, types, starts, row } = cursor;
      const [number, text] = types.subarray(row, row + 2);
      const start = starts[row + 1];
      rows.push([
        cursor.rowid,
        isInteger(number) ? cursor.integer(0) : null,
        isText(text) ? Buffer.from(bytes.slice(start, start + sizeOf(text))).toString() : null,
      ]);
    }
  } finally {
    cursor.release();
  }
  return rows;
}

function rootOf(db: SQLite.Database): number {
  return db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 't'").pluck().get() as number;
}

test('finds the rows of a table, from any of them on, as SQLite does', (t) => {
  const folder = temporaryFolder(t);
  let made = 0;
  fc.assert(
    fc.property(tables, (table) => {
      const path = join(folder, `${made++}.db`);
      const db = make(path, table);
      const file = new PageFile(path);
      try {
        assert.equal(file.refresh(), true);
        const pick = random(table.seed + 1);
        for (const from of [0, pick(table.rows + 1), pick(3 * table.rows + 1), 2 ** 41]) {
          const expected = db
            .prepare('SELECT rowid, number, text FROM t WHERE rowid >= ? ORDER BY rowid')
            .raw()
            .all(from);
          assert.deepEqual(walk(file, rootOf(db), from), expected);
        }
        assert.equal(file.refresh(), false);
        db.exec("INSERT INTO t VALUES (1, 'new')");
        assert.equal(file.refresh(), true);
        const count = db.prepare('SELECT count(*) FROM t').pluck().get();
        assert.equal(walk(file, rootOf(db), 0).length, count);
      } finally {
        file.close();
        db.close();
      }
    }),
    { numRuns: 25 },
  );
});

test('a damaged table ends with a fault or with rows that ascend, whatever its pages hold', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  const db = make(path, {
    pageBytes: 512,
    rows: 1500,
    longest: 900,
    changed: 10,
    isVacuumed: false,
    seed: 7,
  });
  const root = rootOf(db);
  db.close();
  const whole = readFileSync(path);
  const spoilt = fc.record({
    bytes: fc.array(fc.tuple(fc.nat(whole.length - 513), fc.nat(255)), { minLength: 1, maxLength: 30 }),
    isCut: fc.boolean(),
  });
  let faults = 0;
  fc.assert(
    fc.property(spoilt, ({ bytes, isCut }) => {
      const damaged = Buffer.from(whole);
      // Not in the first page. Half of the changes are to the headers of pages.
      for (const [i, [at, value]] of bytes.entries())
        damaged[512 + (i % 2 === 0 ? at : at - (at % 512) + (at % 24))] = value;
      writeFileSync(path, isCut ? damaged.subarray(0, 512 + bytes[0][0]) : damaged);
      const file = new PageFile(path);
      try {
        file.refresh();
        const rows = walk(file, root, 0).map(([row]) => row as number);
        for (let i = 1; i < rows.length; i++) assert.ok(rows[i] > rows[i - 1]);
      } catch (error) {
        // An integer may have become too large, too.
        assert.ok(error instanceof PageFault || error instanceof OddRow, String(error));
        faults += 1;
      } finally {
        file.close();
      }
    }),
    { numRuns: 100 },
  );
  assert.ok(faults > 0);
});

test('a row id or an integer that a number does not hold exactly is left to SQLite', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  const db = new SQLite(path);
  db.exec('CREATE TABLE t(number, text)');
  const root = rootOf(db);
  const largest = BigInt(Number.MAX_SAFE_INTEGER);
  for (const [rowid, number] of [
    [-1n, 0n],
    [largest + 1n, 0n],
    [1n, largest + 1n],
    [1n, -largest - 1n],
  ]) {
    db.prepare('DELETE FROM t').run();
    db.prepare('INSERT INTO t(rowid, number) VALUES (?, ?)').run(rowid, number);
    const file = new PageFile(path);
    file.refresh();
    assert.throws(() => walk(file, root, 0), OddRow, `${rowid} ${number}`);
    file.close();
  }
  db.exec('DELETE FROM t');
  db.prepare('INSERT INTO t(rowid, number) VALUES (?, ?)').run(largest, -largest);
  const file = new PageFile(path);
  file.refresh();
  assert.deepEqual(walk(file, root, 5), [[Number(largest), -Number(largest), null]]);
  file.close();
  db.close();
});
