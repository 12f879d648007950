import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import { openReadOnly } from '../../src/database/connection.js';
import { EventQuery } from '../../src/database/events/event-query.js';
import { readSchema } from '../../src/database/schema/read-schema.js';
import { attachSideIndex, buildSideIndex } from '../../src/database/side-index/side-index.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { PLAIN_RULES } from '../support/decoded-event.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Ids of all kinds, some of which are equal though they are not the same, and some that only look like others. */
const id = fc.constantFrom<string>(
  '1',
  '1',
  '1.0',
  '2',
  '-7',
  '0',
  '2.5',
  '9007199254740993',
  '9007199254740992.0',
  '-9223372036854775808',
  "'1'",
  "'01'",
  "'a'",
  "'A'",
  "'a\"b'",
  "'é'",
  "''",
  'NULL',
  "x'31'",
  "x'133132'",
  "x''",
  "CAST(x'ff' AS TEXT)",
  "CAST(x'fe' AS TEXT)",
);
const type = fc.constantFrom('INTEGER', 'TEXT', 'REAL', 'NUMERIC', '');

function rowsByLink(folder: string, path: string): { expected: unknown; found: unknown; links: number } {
  const connection = openReadOnly(path);
  try {
    const schema = readSchema(connection, path);
    const side = join(folder, `side-${readdirSync(folder).length}`);
    const shares: number[] = [];
    buildSideIndex(path, path, schema, side, (share) => shares.push(share));
    assert.ok(shares.every((share, i) => share >= (shares[i - 1] ?? 0) && share <= 1));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('-sorted')),
      [],
    );
    attachSideIndex(connection, side, schema);
    const all = (rows: string) =>
      connection
        .prepare(`SELECT e.rowid, (SELECT group_concat(a.rowid) FROM ${rows}) FROM event AS e`)
        .raw()
        .all();
    return {
      expected: all('attribute AS a NOT INDEXED WHERE a.event_id = +e.event_id'),
      found: all(
        `side.link AS l CROSS JOIN attribute AS a ON a.rowid BETWEEN l.first_row AND l.last_row WHERE l.event_id = +e.event_id`,
      ),
      links: connection.prepare('SELECT count(*) FROM side.link').pluck().get() as number,
    };
  } finally {
    connection.close();
  }
}

function createTables(path: string, eventType: string, attributeType: string): Database.Database {
  const db = createDatabase(path);
  db.exec(
    `CREATE TABLE event (event_id ${eventType}, topic); CREATE TABLE attribute (event_id ${attributeType}, key, value)`,
  );
  return db;
}

test('finds the rows of ids of any kind as SQLite compares them, in order', (context) => {
  const folder = temporaryFolder(context);
  let run = 0;
  const rows = fc.array(fc.tuple(id, fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 1, 2, 9000)), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(
      rows,
      fc.array(id, { maxLength: 8 }),
      type,
      type,
      fc.boolean(),
      (runs, ids, own, other, isWide) => {
        const path = join(folder, `${run++}.db`);
        const db = createDatabase(path);
        if (isWide) db.pragma("encoding = 'UTF-16le'");
        db.exec(
          `CREATE TABLE event (event_id ${own}, topic); CREATE TABLE attribute (event_id ${other}, key, value); BEGIN`,
        );
        for (const each of ids) db.exec(`INSERT INTO event VALUES (${each}, 'a')`);
        let row = -5;
        for (const [each, count, gap] of runs) {
          for (let i = 0; i < count; i++) {
            row += gap;
            db.exec(`INSERT INTO attribute (rowid, event_id) VALUES (${row}, ${each})`);
          }
        }
        db.exec('COMMIT');
        db.close();
        const { expected, found } = rowsByLink(folder, path);
        assert.deepEqual(found, expected);
      },
    ),
    { numRuns: 75 },
  );
});

for (const [kind, idOf] of [
  ['integers', (i: number) => i],
  ['texts', (i: number) => `evt-${i}`],
] as const) {
  test(`has one entry an event for a log, where ids are ${kind}`, (context) => {
    const folder = temporaryFolder(context);
    const path = join(folder, 'night.db');
    const db = createTables(path, '', '');
    const insertEvent = db.prepare('INSERT INTO event VALUES (?, NULL)');
    const insert = db.prepare('INSERT INTO attribute VALUES (?, NULL, NULL)');
    db.exec('BEGIN');
    // One has more rows than are read at a time.
    const counts = Array.from({ length: 500 }, (_, i) => (i === 77 ? 10_000 : (i % 40) + 1));
    for (const [i, count] of counts.entries()) {
      insertEvent.run(idOf(i));
      for (let k = 0; k < count; k++) insert.run(idOf(i));
    }
    db.exec('COMMIT');
    db.close();
    const { expected, found, links } = rowsByLink(folder, path);
    assert.equal(links, counts.length);
    assert.equal(JSON.stringify(found).length, JSON.stringify(expected).length);
  });
}

test('sorts more entries than it holds at a time', (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'night.db');
  const db = createTables(path, 'INTEGER PRIMARY KEY', 'INTEGER');
  const rows = 300_000;
  db.exec(`
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
    INSERT INTO attribute SELECT (i * 7919) % 50021 - 25000, NULL, NULL FROM n;
    INSERT INTO event VALUES (-25000, NULL), (0, NULL), (17, NULL), (25020, NULL), (25021, NULL)`);
  db.close();
  const { expected, found, links } = rowsByLink(folder, path);
  assert.deepEqual(found, expected);
  assert.equal(links, rows);
});

test('lets no statement scan the attribute table', (context) => {
  const folder = temporaryFolder(context);
  for (const [name, columns] of [
    ['topic', 'event_id INTEGER PRIMARY KEY, topic'],
    ['attributes', 'event_id TEXT'],
  ]) {
    const path = join(folder, `${name}.db`);
    createDatabase(path)
      .exec(`CREATE TABLE event (${columns}); CREATE TABLE attribute (event_id, key, value)`)
      .close();
    const connection = openReadOnly(path);
    try {
      const schema = readSchema(connection, path);
      const side = join(folder, `${name}.side`);
      buildSideIndex(path, path, schema, side, () => {});
      attachSideIndex(connection, side, schema);
      const query = new EventQuery(schema);
      const statements = [
        query.times('range'),
        query.events('range', PLAIN_RULES, topicFilter({ topics: ['a', 'b*'] })),
        query.events('list', PLAIN_RULES, undefined),
      ];
      for (const sql of statements) {
        const plan = connection.prepare(`EXPLAIN QUERY PLAN ${sql.replaceAll(/\?|\$\w+/g, '1')}`).all() as {
          detail: string;
        }[];
        const details = plan.map(({ detail }) => detail);
        assert.ok(
          details.some((detail) => detail.startsWith('SEARCH a USING INTEGER PRIMARY KEY')),
          details.join('\n'),
        );
        assert.ok(
          !details.some((detail) => /^SCAN [al]\b|TEMP B-TREE FOR ORDER BY/.test(detail) && name === 'topic'),
          details.join('\n'),
        );
        assert.ok(!details.some((detail) => /^SCAN [al]\b/.test(detail)), details.join('\n'));
      }
    } finally {
      connection.close();
    }
  }
});
