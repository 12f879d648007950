import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { CacheFolder } from '../../src/database/cache/cache-folder.js';
import type { Preparation } from '../../src/database/preparation.js';
import { parseSchemaOverride, type SchemaOverride } from '../../src/database/schema/schema-override.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { arbitraryEvents } from '../support/arbitrary-event.js';
import { eventsOf, PLAIN_RULES } from '../support/decoded-event.js';
import { stateOfFolder } from '../support/folder-state.js';
import { writeOddNight, writeWildTimesNight } from '../support/odd-night.js';
import { putViews, writeJsonEvents, writeTopicTables } from '../support/other-shapes.js';
import { type Stored, type StoredAttribute, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const CONVERTED = { ...PLAIN_RULES, convertNumber: true, convertBool: true };
const SLOTS = { ...CONVERTED, timeSlots: true };
const S = 1_521_854_100;
/** Units of times are recognised. */
const RECOGNISED = {};

/** What is sent of a recording, and when. */
function sent(path: string, rules = PLAIN_RULES, override?: SchemaOverride): unknown[] {
  return eventsOf(path, rules, override).map(({ topic, payload, dueS, dataS, wireSlot, dataSlot }) => [
    topic,
    payload.toString('latin1'),
    ...[dueS, dataS, wireSlot, dataSlot],
  ]);
}

/** What is sent of it by each kind of rules. */
function sentByAll(path: string, override?: SchemaOverride): unknown[] {
  return [PLAIN_RULES, CONVERTED, SLOTS].map((rules) => sent(path, rules, override));
}

for (const [name, write] of [
  ['odd', writeOddNight],
  ['wild', writeWildTimesNight],
] as const) {
  test(`plays the ${name} night from views as from its tables`, (context) => {
    const path = join(temporaryFolder(context), 'night.db');
    write(path);
    const plain = sentByAll(path);
    putViews(path);
    assert.deepEqual(sentByAll(path), plain);
  });
}

test('plays any events from views as from their tables', (context) => {
  const folder = temporaryFolder(context);
  let runs = 0;
  fc.assert(
    fc.property(arbitraryEvents(), fc.boolean(), (events, index) => {
      const path = join(folder, `${runs++}.db`);
      writeEvents(path, events, { index });
      const plain = sent(path, SLOTS);
      putViews(path);
      assert.deepEqual(sent(path, SLOTS), plain);
    }),
    { numRuns: 20 },
  );
});

test('plays a view over other tables, with text ids, in the order of the view', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const db = new Database(path);
  db.exec(`
    CREATE TABLE log (n INTEGER PRIMARY KEY, name TEXT, unit TEXT, at REAL, az REAL, el TEXT);
    INSERT INTO log VALUES (1, 'drive', 'tracker', ${S}.5, 1.5, 'x'), (2, 'status', 'lrs2', ${S + 1}.5, 2, NULL);
    CREATE VIEW event AS SELECT 'e' || n AS id, unit || '.' || name || '.' || 'k' AS topic, at AS time FROM log ORDER BY n DESC;
    CREATE VIEW attribute AS SELECT 'e' || n AS id, 'az' AS key, az AS value, 'number' AS type FROM log
      UNION ALL SELECT 'e' || n, 'el', el, 'string' FROM log;
  `);
  db.close();
  const found = eventsOf(path).map(({ topic, payload, dueS }) => [topic, payload.toString(), dueS]);
  assert.deepEqual(found, [
    ['lrs2.status.k', '{"az":2.0,"el":null}', S + 1.5],
    ['tracker.drive.k', '{"az":1.5,"el":"x"}', S + 0.5],
  ]);
});

test('plays an event table without row ids in the order of its primary key', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const db = new Database(path);
  db.exec(`
    CREATE TABLE event (event_id TEXT PRIMARY KEY, topic) WITHOUT ROWID;
    CREATE TABLE attribute (event_id TEXT, key, value);
    INSERT INTO event VALUES ('b', 't.b'), ('a', 't.a');
    INSERT INTO attribute VALUES ('b', '__wire_time', '${S}'), ('a', '__wire_time', '${S + 1}');
  `);
  db.close();
  assert.deepEqual(
    eventsOf(path).map(({ topic, dueS }) => [topic, dueS]),
    [
      ['t.a', S + 1],
      ['t.b', S],
    ],
  );
});

type JsonValue = [written: string, stored: Pick<StoredAttribute, 'value' | 'dataType'>];

/** A value of JSON as it is written there, and as the default schema holds it. */
const jsonValue: fc.Arbitrary<JsonValue> = fc.oneof(
  fc
    .string({ unit: 'grapheme' })
    .map((text): JsonValue => [JSON.stringify(text), { value: text, dataType: 'string' }]),
  fc
    .oneof(
      fc.bigInt().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => JSON.stringify(x)),
      fc.constantFrom('1.50', '-0', '1E5', '12345678901234567890123', '0.1234567890123456789', '1e400'),
    )
    .map((text): JsonValue => [text, { value: text, dataType: 'number' }]),
  fc.constantFrom('true', 'false').map((text): JsonValue => [text, { value: text, dataType: 'boolean' }]),
  fc.constant<JsonValue>(['null', { value: null, dataType: 'string' }]),
  fc
    .constantFrom('[1, "a"]', '{"b":{"c":[]}}', '[]')
    .map((text): JsonValue => [text, { value: text, dataType: 'string' }]),
);
const jsonKey = fc.oneof(
  fc.constantFrom('a', 'b', 'itf.phi', '', '0', '__proto__', 'a"b', '__wire_time', '__data_time'),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
);

test('plays objects of a JSON column as their members in an attribute table, with types', (context) => {
  const folder = temporaryFolder(context);
  let runs = 0;
  const event = fc.record({
    topic: fc.constantFrom('a.b.c', 'tracker.drive.x'),
    time: fc.constantFrom<Stored>(S + 0.25, null, BigInt(S), `${S}.5`),
    members: fc.option(fc.array(fc.tuple(jsonKey, jsonValue), { maxLength: 6 })),
    space: fc.constantFrom('', ' ', '\n\t'),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (events) => {
      const [shaped, plain] = [join(folder, `json-${runs}.db`), join(folder, `plain-${runs++}.db`)];
      writeEvents(
        plain,
        events.map(({ topic, time, members }, i) => ({
          id: BigInt(i + 1),
          topic,
          dataTime: time,
          attributes: (members ?? []).map(([key, [, stored]]) => ({ key, ...stored })),
        })),
      );
      writeJsonEvents(
        shaped,
        events.map(({ topic, time, members, space }) => {
          const written = members?.map(
            ([key, [value]]) => `${space}${JSON.stringify(key)}${space}:${space}${value}`,
          );
          return { topic, time, json: written === undefined ? null : `{${written.join(',')}${space}}` };
        }),
      );
      assert.deepEqual(sent(shaped), sent(plain, CONVERTED));
    }),
    { numRuns: 30 },
  );
});

test('loses only the events whose JSON is no object, and says which', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'night.db');
  const bad = ['{"a":1', '[1]', '7', '{"a":01}', '{"a":nul}', '{"a":1}x'];
  const rows = ['{"a":1}', ...bad, '{"b":2}', null, new Uint8Array(Buffer.from('{"c":3}'))];
  writeJsonEvents(
    path,
    rows.map((json, i) => ({ topic: 'a.b.c', time: S + i, json })),
  );
  const pool = new DecoderPool(0, { cacheFolder: join(folder, 'cache') });
  try {
    for (const _ of ['made', 'kept']) {
      const { damage } = await pool.open(path);
      assert.deepEqual(damage, [
        { table: 'event', firstRow: 2n, lastRow: 7n, reason: 'unreadable event', lostEvents: 6 },
      ]);
    }
  } finally {
    await pool.close();
  }
  const payloads = eventsOf(path).map(({ payload }) => payload.toString());
  assert.deepEqual([payloads[0], payloads[1], payloads[3]], ['{"a":1}', '{"b":2}', '{"c":3}']);
  assert.match(payloads[2], /^{"__data_time":/);
});

test('reads JSON in the binary form of SQLite, and keeps the digits of its numbers', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  writeJsonEvents(path, [{ topic: 'a.b.c', time: S, json: '{"a":1.50,"b":12345678901234567890}' }]);
  const db = new Database(path);
  db.exec('UPDATE event SET json = jsonb(json)');
  db.close();
  assert.deepEqual(
    eventsOf(path).map(({ payload }) => payload.toString()),
    ['{"a":1.50,"b":12345678901234567890}'],
  );
});

test('takes topics and times from the objects of a JSON column where the table has none', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const db = new Database(path);
  db.exec('CREATE TABLE log (message TEXT)');
  const object = { __system: 'a', __source: 'b', __key: 'c', __wire_time: S * 1000 + 250 };
  db.prepare('INSERT INTO log VALUES (?)').run(JSON.stringify(object));
  db.close();
  const named = parseSchemaOverride('event.table=log,event.json=message');
  assert.deepEqual(
    eventsOf(path, PLAIN_RULES, named).map(({ topic, dueS, payload }) => [topic, dueS, payload.toString()]),
    [['a.b.c', S + 0.25, `{"__system":"a","__source":"b","__key":"c","__wire_time":${S}.25}`]],
  );
});

test('reads the times of tables of topics from the column that the user names, in its unit', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const db = new Database(path);
  db.exec(`
    CREATE TABLE pos (id INTEGER PRIMARY KEY, utc TEXT, az REAL);
    INSERT INTO pos VALUES (7, '2018-03-24T01:15:00.5Z', 1.5), (8, 'unknown', 2), (9, '2018-03-24T01:15:02Z', NULL);
    CREATE VIEW "a.b.c" AS SELECT utc, az FROM pos;
  `);
  db.close();
  for (const [schema, topic] of [
    ['event.data_time=utc', 'a.b.c'],
    ['event.data_time=utc,topic.pos=x.y.z', 'x.y.z'],
  ]) {
    const found = eventsOf(path, PLAIN_RULES, parseSchemaOverride(`${schema},event.time=iso`));
    assert.deepEqual(
      found.map((event) => [event.topic, event.payload.toString(), event.dueS]),
      [
        [topic, '{"az":1.5}', S + 0.5],
        [topic, '{"az":2.0}', Number.NaN],
        [topic, '{"az":null}', S + 2],
      ],
    );
  }
  assert.throws(() => eventsOf(path, PLAIN_RULES, parseSchemaOverride('topic.pos=x.y.z')), {
    code: 'UNKNOWN_SCHEMA',
    message: /^Table pos of .* has no column data_time or __data_time or time: found id, utc, az; /,
  });
});

const cell: fc.Arbitrary<Stored> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.uint8Array({ maxLength: 5 }),
  fc.constant(null),
);

test('plays tables of topics, merged by time, as the same events in the default schema', (context) => {
  const folder = temporaryFolder(context);
  let runs = 0;
  const COLUMNS = ['az', 'itf.phi', '__wire_time'];
  // No two events have the same time, so that there is one order only.
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 30 });
  const rows = times.chain((unique) =>
    fc.tuple(
      ...unique.map((ms) =>
        fc.tuple(fc.constant(S + ms / 1000), fc.nat(2), fc.array(cell, { minLength: 3, maxLength: 3 })),
      ),
    ),
  );
  fc.assert(
    fc.property(rows, (all) => {
      const [shaped, plain] = [join(folder, `topics-${runs}.db`), join(folder, `plain-${runs++}.db`)];
      const events = [...all].sort(([a], [b]) => a - b);
      const columnsOf = (topic: number) => COLUMNS.slice(0, topic + 1);
      writeTopicTables(
        shaped,
        [0, 1, 2].map((topic) => ({
          table: `a.b.${topic}`,
          columns: columnsOf(topic),
          rows: events
            .filter(([, of]) => of === topic)
            .map(([time, , values]) => [time, ...values.slice(0, topic + 1)]),
        })),
      );
      writeEvents(
        plain,
        events.map(([time, topic, values], i) => ({
          id: BigInt(i + 1),
          topic: `a.b.${topic}`,
          dataTime: time,
          attributes: columnsOf(topic).map((key, j) => ({
            key,
            value: values[j],
            dataType: ['number', 'bigint'].includes(typeof values[j]) ? 'number' : 'string',
          })),
        })),
      );
      for (const rules of [PLAIN_RULES, SLOTS]) assert.deepEqual(sent(shaped, rules), sent(plain, rules));
    }),
    { numRuns: 40 },
  );
});

test('names topics as the user says, and takes no other tables', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const rows = [[S, 1n]];
  writeTopicTables(
    path,
    ['position', 'status', 'other'].map((table) => ({ table, columns: ['x'], rows })),
  );
  const topicsBy = (schema: string) =>
    eventsOf(path, PLAIN_RULES, parseSchemaOverride(schema))
      .map(({ topic }) => topic)
      .sort();
  assert.deepEqual(topicsBy('topic.position=tracker.drive.position,topic.status=a.b.c'), [
    'a.b.c',
    'tracker.drive.position',
  ]);
  assert.deepEqual(topicsBy('topic.*=tcs.log.*,topic.status=a.b.c'), [
    'a.b.c',
    'tcs.log.other',
    'tcs.log.position',
  ]);
});

/** Times as they are written in each unit, by a number of millionths of a day since 2018-03-24. */
const WRITTEN: Record<string, (millionths: number) => string> = {
  'unix-ms': (n) => decimal(1_521_849_600_000_0n + BigInt(n) * 864n, 1),
  'unix-us': (n) => decimal(1_521_849_600_000_000n + BigInt(n) * 86_400n, 0),
  'unix-ns': (n) => decimal(1_521_849_600_000_000_000n + BigInt(n) * 86_400_000n, 0),
  jd: (n) => decimal(2_458_201_500_000n + BigInt(n), 6),
  mjd: (n) => decimal(58_201_000_000n + BigInt(n), 6),
  iso: (n) => {
    const seconds = decimal(15_218_496_000_000n + BigInt(n) * 864n, 4);
    const [whole, fraction = ''] = seconds.split('.');
    return `${new Date(Number(whole) * 1000).toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}`;
  },
};

function decimal(digits: bigint, places: number): string {
  const text = String(digits);
  const fraction = places === 0 ? '' : text.slice(-places).replace(/0+$/, '');
  return `${places === 0 ? text : text.slice(0, -places)}${fraction === '' ? '' : `.${fraction}`}`;
}

const inSeconds = (n: number) => decimal(15_218_496_000_000n + BigInt(n) * 864n, 4);

function writeTimes(path: string, times: readonly number[], write: (n: number) => string): void {
  writeEvents(
    path,
    times.map((n, i) => ({
      id: BigInt(i + 1),
      topic: `a.b.${i % 3}`,
      dataTime: write(n),
      attributes: [
        { key: '__wire_time', value: write(n + 1), dataType: 'number' },
        { key: 'n', value: String(i), dataType: 'number' },
        { key: '__data_time', value: write(n), dataType: 'number' },
      ],
    })),
  );
}

for (const [unit, write] of Object.entries(WRITTEN)) {
  test(`recognises times in ${unit}, tells it, and plays them as the same times in seconds`, async (context) => {
    const folder = temporaryFolder(context);
    let runs = 0;
    const millionths = fc.integer({ min: 1, max: 999_998 }).filter((n) => n % 10 !== 9 && n % 10 !== 0);
    fc.assert(
      fc.property(fc.array(millionths, { minLength: 1, maxLength: 50 }), (times) => {
        const [shaped, plain] = [join(folder, `${unit}-${runs}.db`), join(folder, `plain-${runs++}.db`)];
        writeTimes(shaped, times, write);
        writeTimes(plain, times, inSeconds);
        assert.deepEqual(sentByAll(shaped, RECOGNISED), sentByAll(plain));
      }),
      { numRuns: 15 },
    );
    const path = join(folder, 'told.db');
    writeTimes(path, [1, 2, 3], write);
    const notices: string[] = [];
    const pool = new DecoderPool(0, { onNotice: (notice) => notices.push(notice) });
    try {
      await pool.open(path);
    } finally {
      await pool.close();
    }
    assert.match(notices.join('\n'), /^\S+told\.db is read once into a normal form, .*; time units: /);
    // Taken for seconds if the user says so.
    const given = parseSchemaOverride('event.time=unix-s');
    assert.deepEqual(
      eventsOf(path, PLAIN_RULES, given).map(({ payload }) => JSON.parse(payload.toString()).__wire_time),
      [2, 3, 4].map(write),
    );
  });
}

test('converts only the times that are in another unit', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const attributes = [{ key: '__wire_time', value: '1521871200.5', dataType: 'number' }];
  writeEvents(path, [
    { id: 1n, topic: 'a.b.c', dataTime: 58_201.25, attributes },
    { id: 2n, topic: 'a.b.c', dataTime: 58_201.5, attributes: [] },
  ]);
  assert.deepEqual(
    eventsOf(path, PLAIN_RULES, RECOGNISED).map(({ dueS }) => dueS),
    [1_521_871_200.5, 1_521_892_800],
  );
});

test('makes a normal form once, makes it anew when the file changes, and leaves the file alone', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'nights', 'night.db');
  const cacheFolder = join(folder, 'cache');
  mkdirSync(join(folder, 'nights'));
  writeTopicTables(path, [{ table: 'a.b.c', columns: ['x'], rows: [[S, 1n]] }]);
  const before = stateOfFolder(join(folder, 'nights'));
  const use = async (schema = '') => {
    const made = new Set<string>();
    const onPreparation = ({ what }: Preparation) => made.add(what);
    const override = schema === '' ? {} : parseSchemaOverride(schema);
    const pool = new DecoderPool(0, { cacheFolder, schema: override });
    try {
      const { path: shown, rows } = await pool.open(path, { onPreparation });
      assert.equal(shown, path);
      return [made.has('normalForm'), Number(rows?.last)];
    } finally {
      await pool.close();
    }
  };
  assert.deepEqual(await use(), [true, 1]);
  assert.deepEqual(await use(), [false, 1]);
  assert.deepEqual(await use('topic.a.b.c=x.y.z'), [true, 1]);
  assert.deepEqual(stateOfFolder(join(folder, 'nights')), before);
  const db = new Database(path);
  db.exec(`INSERT INTO "a.b.c" VALUES (${S + 1}, 2)`);
  db.close();
  assert.deepEqual(await use(), [true, 2]);
  assert.deepEqual(
    new CacheFolder(cacheFolder).entries().map(({ kind, state }) => [kind, state]),
    [['normal form', 'current']],
  );
});

test('reads what is committed in WAL mode, and leaves nothing beside it', (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'night.db');
  writeTopicTables(path, [{ table: 'a.b.c', columns: ['x'], rows: [[S, 1n]] }]);
  const writer = new Database(path);
  context.after(() => writer.close());
  writer.pragma('journal_mode = WAL');
  writer.exec(`INSERT INTO "a.b.c" VALUES (${S + 1}, 2)`);
  const before = stateOfFolder(folder);
  assert.equal(eventsOf(path).length, 2);
  assert.deepEqual(stateOfFolder(folder), before);
});

test('says where the normal form cannot be written', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'night.db');
  writeTopicTables(path, [{ table: 'a.b.c', columns: ['x'], rows: [[S, 1n]] }]);
  writeFileSync(join(folder, 'file'), '');
  const before = process.env.TMPDIR;
  process.env.TMPDIR = join(folder, 'file');
  try {
    const pool = new DecoderPool(0, { cacheFolder: join(folder, 'file', 'cache') });
    await assert.rejects(pool.open(path), { code: 'WRITE_FAILED' });
    await pool.close();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
});

test('says what to do where a damaged file would have to be brought into a normal form', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const payload = 'x'.repeat(2000);
  writeTopicTables(path, [
    { table: 'a.b.c', columns: ['x'], rows: Array.from({ length: 50 }, (_, i) => [S + i, payload]) },
  ]);
  const db = new Database(path);
  const pages = db.pragma('page_count', { simple: true }) as number;
  db.close();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, 4096 * (pages - 3));
  closeSync(file);
  assert.throws(() => eventsOf(path), {
    code: 'READ_FAILED',
    message: /past damage only .* \.recover" gets out what is left$/,
  });
});
