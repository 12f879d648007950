import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { countAttributes } from '../../src/database/file-facts.js';
import { countEntries } from '../../src/database/pages/count-entries.js';
import { PageFault } from '../../src/database/pages/page-fault.js';
import { PageFile } from '../../src/database/pages/page-file.js';
import { openRecording } from '../support/open-recording.js';
import { makeNight, nightShapes, PLAIN_NIGHT } from '../support/shaped-night.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** The trees of a file: what each is, where it begins, and the number of its entries as SQLite counts them. */
function treesOf(path: string) {
  const db = createDatabase(path);
  const rows = db
    .prepare(
      "SELECT type, rootpage, name, tbl_name FROM sqlite_schema WHERE name IN ('attribute', 'event', 'i')",
    )
    .all() as { type: 'table' | 'index'; rootpage: number; tbl_name: string }[];
  const trees = rows.map(({ type, rootpage, tbl_name }) => ({
    ...{ type, rootpage },
    count: db.prepare(`SELECT count(*) FROM ${tbl_name} NOT INDEXED`).pluck().get() as number,
  }));
  db.close();
  return trees;
}

/** Counts the entries of a tree. */
function countIn(path: string, { type, rootpage }: { type: 'table' | 'index'; rootpage: number }): number {
  const file = new PageFile(path);
  try {
    file.refresh();
    return countEntries(file, rootpage, type, () => {});
  } finally {
    file.close();
  }
}

test('rows of tables and entries of indexes are counted as SQLite counts them', (t) => {
  const folder = temporaryFolder(t);
  let made = 0;
  fc.assert(
    fc.property(nightShapes, (shape) => {
      const path = join(folder, `${made++}.db`);
      makeNight(path, shape);
      for (const tree of treesOf(path)) assert.equal(countIn(path, tree), tree.count);
    }),
    { numRuns: 30 },
  );
});

test('the attributes of a recording are counted with an index and without', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'night.db');
  makeNight(path, PLAIN_NIGHT);
  const [{ count }] = treesOf(path).filter(({ type }) => type === 'index');
  const counted = () => {
    const { readPath, schema } = openRecording(path, { scratchFolder: folder });
    return countAttributes(path, readPath, schema, () => {});
  };
  assert.equal(counted(), count);
  const db = createDatabase(path);
  db.exec('DROP INDEX i');
  db.close();
  assert.equal(counted(), count);
});

test('a count ends when it is told to', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, PLAIN_NIGHT);
  const { readPath, schema } = openRecording(path, { scratchFolder: temporaryFolder(t) });
  const stop = () => {
    throw new Error('stopped');
  };
  assert.throws(() => countAttributes(path, readPath, schema, stop), /stopped/);
});

test('a page that does not add up is a fault, and a count always ends', (t) => {
  const path = join(temporaryFolder(t), 'night.db');
  makeNight(path, { ...PLAIN_NIGHT, pageBytes: 512, events: 200 });
  const trees = treesOf(path);
  const bytes = readFileSync(path);
  fc.assert(
    fc.property(
      fc.integer({ min: 512, max: bytes.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (at, bits) => {
        // In the header of a page, or in what points to its cells.
        const place = at - (at % 512) + (at % 40);
        const damaged = Buffer.from(bytes);
        damaged[place] ^= bits;
        writeFileSync(path, damaged);
        for (const tree of trees) {
          try {
            assert.ok(countIn(path, tree) >= 0);
          } catch (error) {
            assert.ok(error instanceof PageFault, String(error));
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});
