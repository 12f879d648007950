import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type Database from 'better-sqlite3';
import { openReadOnly } from '../../src/database/connection.js';
import { readSchema } from '../../src/database/schema/read-schema.js';
import type { Schema } from '../../src/database/schema/schema.js';
import { topicFilter } from '../../src/selection/topic-filter.js';
import { eventsOf, PLAIN_RULES } from '../support/decoded-event.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** How a database is laid out. */
interface Layout {
  readonly eventTable: string;
  readonly attributeTable: string;
  readonly eventId: string;
  readonly attributeEventId: string;
  /** Columns of the event table for the topic, or for its three parts, or none. */
  readonly topic: readonly string[];
  readonly dataTime: string | undefined;
  readonly key: string;
  readonly value: string;
  readonly dataType: string | undefined;
  readonly eventIdType: string;
  readonly attributeIdType: string;
  /** Further columns, and what follows the columns. */
  readonly moreOfEvent: string;
  readonly moreOfAttribute: string;
  readonly afterAttribute: string;
  readonly index: string;
  readonly idOf: (n: number) => bigint | string | Buffer;
}

const PLAIN: Layout = {
  eventTable: 'event',
  attributeTable: 'attribute',
  eventId: 'event_id',
  attributeEventId: 'event_id',
  topic: ['topic'],
  dataTime: 'data_time',
  key: 'key',
  value: 'value',
  dataType: 'data_type',
  eventIdType: 'INTEGER PRIMARY KEY',
  attributeIdType: 'INTEGER',
  moreOfEvent: '',
  moreOfAttribute: '',
  afterAttribute: '',
  index: 'CREATE INDEX i ON attribute (event_id)',
  idOf: BigInt,
};

/** Attribute rows in the order of the table: those of an event are scattered, and not in the order of their keys. */
const ROWS: [event: number, key: string, value: string, type: string][] = [
  [1, '__system', 'tracker', 'string'],
  [1, '__source', 'drive', 'string'],
  [2, '__system', 'lrs2', 'string'],
  [1, '__key', 'position', 'string'],
  [1, 'z', '1.50', 'number'],
  [2, '__source', 'hardware', 'string'],
  [2, 'on', 'true', 'boolean'],
  [2, '__key', 'status', 'string'],
  [1, '__data_time', '1521854100.250000', 'number'],
  [1, '__wire_time', '1521854100.500000', 'number'],
  [2, 'a', '007', 'string'],
  [1, 'a', 'x', 'string'],
];
const TOPICS = ['tracker.drive.position', 'lrs2.hardware.status'];
/** The second event has its time from the event table alone. */
const DATA_TIMES = [1_521_854_100.25, 1_521_854_101.25];

function write(path: string, layout: Layout): void {
  const db = createDatabase(path);
  const name = (column: string) => `"${column}"`;
  const columnsOfEvent = [layout.eventId, ...layout.topic, layout.dataTime ?? []].flat();
  const columnsOfAttribute = [
    layout.attributeEventId,
    layout.key,
    layout.value,
    layout.dataType ?? [],
  ].flat();
  const define = ([id, ...others]: string[], idType: string, more: string) =>
    [`${name(id)} ${idType}`, ...others.map(name), ...(more === '' ? [] : [more])].join(', ');
  db.exec(`
    CREATE TABLE ${name(layout.eventTable)} (${define(columnsOfEvent, layout.eventIdType, layout.moreOfEvent)});
    CREATE TABLE ${name(layout.attributeTable)}
      (${define(columnsOfAttribute, layout.attributeIdType, layout.moreOfAttribute)}) ${layout.afterAttribute};
    ${layout.index}
  `);
  const insert = (table: string, columns: string[], values: unknown[]) =>
    db
      .prepare(
        `INSERT INTO ${name(table)} (${columns.map(name).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      )
      .run(values);
  for (const [i, topic] of TOPICS.entries()) {
    const topicValues = layout.topic.length === 3 ? topic.split('.') : layout.topic.map(() => topic);
    const time = layout.dataTime === undefined ? [] : [DATA_TIMES[i]];
    insert(layout.eventTable, columnsOfEvent, [layout.idOf(i + 1), ...topicValues, ...time]);
  }
  for (const [event, key, value, type] of ROWS) {
    const typeValue = layout.dataType === undefined ? [] : [type];
    insert(layout.attributeTable, columnsOfAttribute, [layout.idOf(event), key, value, ...typeValue]);
  }
  db.close();
}

const ALL_RULES = { ...PLAIN_RULES, convertNumber: true, convertBool: true, timeSlots: true };

/** What comes of a recording, by all kinds of rules. */
function sent(context: TestContext, changes: Partial<Layout>): unknown[] {
  const path = join(temporaryFolder(context), 'night.db');
  write(path, { ...PLAIN, ...changes });
  return [PLAIN_RULES, ALL_RULES, { ...ALL_RULES, filter: topicFilter({ topics: ['lrs2.*', 'x'] }) }].map(
    (rules) => eventsOf(path, rules).map((event) => ({ ...event, payload: event.payload.toString() })),
  );
}

const UPPER = {
  eventTable: 'EVENT',
  attributeTable: 'Attributes',
  eventId: 'Event_ID',
  attributeEventId: 'EVENT_ID',
  topic: ['TOPIC'],
  dataTime: 'Data_Time',
  key: 'KEY',
  value: 'Value',
  dataType: 'DATA_TYPE',
  index: 'CREATE INDEX i ON Attributes (EVENT_ID)',
};

const SAME: Record<string, Partial<Layout>> = {
  'plural tables': {
    eventTable: 'events',
    attributeTable: 'attributes',
    index: 'CREATE INDEX i ON attributes (event_id)',
  },
  'names in upper and mixed case': UPPER,
  'ids that are called id': {
    eventId: 'id',
    attributeEventId: 'id',
    index: 'CREATE INDEX i ON attribute (id)',
  },
  'an id of its own for each attribute': { moreOfAttribute: 'id INTEGER PRIMARY KEY' },
  'an id of its own for each event': { eventIdType: 'INTEGER UNIQUE', moreOfEvent: 'id INTEGER PRIMARY KEY' },
  'a topic that is called name': { topic: ['name'] },
  'a topic that is called event': { topic: ['event'] },
  'a topic in three columns': { topic: ['system', 'source', 'key'] },
  'a topic in three columns in upper case': { topic: ['SYSTEM', 'Source', 'KEY'] },
  'a topic in the attributes': { topic: [] },
  'a topic in the attributes, with no index': { topic: [], index: '' },
  'a topic in the attributes, with an index of two columns': {
    topic: [],
    index: 'CREATE INDEX i ON attribute (event_id, value)',
  },
  'a data time that is called __data_time': { dataTime: '__data_time' },
  'a data time that is called time': { dataTime: 'time' },
  'a key that is called name': { key: 'name' },
  'a key that is called attribute': { key: 'attribute' },
  'a value that is called val': { value: 'val' },
  'a type that is called type': { dataType: 'type' },
  'columns that nobody knows': {
    moreOfEvent: '"e" TEXT, "first" INTEGER',
    moreOfAttribute: '"a" TEXT, "l" INTEGER, "k" TEXT, "v" TEXT',
  },
  'no index': { index: '' },
  'an index of several columns': { index: 'CREATE INDEX i ON attribute (event_id, "key", value)' },
  'a descending index': { index: 'CREATE INDEX i ON attribute (event_id DESC)' },
  'a descending index of several columns': {
    index: 'CREATE INDEX i ON attribute (event_id DESC, "key" DESC)',
  },
  'a unique index': { index: 'CREATE UNIQUE INDEX i ON attribute (event_id, "key")' },
  'an index that SQLite made': { moreOfAttribute: 'UNIQUE (event_id, "key")', index: '' },
  'an index that starts with another column': { index: 'CREATE INDEX i ON attribute ("key", event_id)' },
  'an index of some of the rows': { index: `CREATE INDEX i ON attribute (event_id) WHERE "key" <> 'a'` },
  'an index of an expression': { index: 'CREATE INDEX i ON attribute (event_id + 0)' },
  'an index of another collation': {
    attributeIdType: 'TEXT',
    index: 'CREATE INDEX i ON attribute (event_id COLLATE NOCASE)',
  },
  'an index with an odd name': { index: 'CREATE INDEX "my ""index""" ON attribute (event_id)' },
  'text ids': { eventIdType: 'TEXT', attributeIdType: 'TEXT', idOf: (n) => `id-${9 - n}` },
  'text ids, with no index': {
    eventIdType: 'TEXT PRIMARY KEY',
    attributeIdType: 'VARCHAR(36)',
    index: '',
    idOf: (n) => `id-${9 - n}`,
  },
  'ids that are BLOBs': { eventIdType: 'BLOB', attributeIdType: 'BLOB', idOf: (n) => Buffer.from([0xff, n]) },
  'ids that are BLOBs, with no index': {
    eventIdType: '',
    attributeIdType: '',
    index: '',
    idOf: (n) => Buffer.from([0xff, n]),
  },
  'integer ids, kept as text by the attributes': { attributeIdType: 'TEXT' },
  'text ids, kept as integers by the attributes': { eventIdType: 'TEXT', idOf: String },
  'events that are not in the order of their ids': { eventIdType: 'INTEGER', idOf: (n) => BigInt(10 - n) },
  'columns that hide names of the row id': {
    moreOfEvent: '"rowid" INTEGER DEFAULT 7, "OID" TEXT DEFAULT 7',
    moreOfAttribute: '"RowId" INTEGER DEFAULT 7, "_rowid_" TEXT DEFAULT 7',
    index: 'CREATE INDEX i ON attribute (event_id, "key")',
  },
  'columns that hide names of the row id, with no index': {
    eventIdType: 'INTEGER',
    moreOfEvent: '"rowid" INTEGER DEFAULT 7, "_rowid_" TEXT DEFAULT 7',
    moreOfAttribute: '"rowid" INTEGER DEFAULT 7',
    index: '',
  },
};

for (const [what, changes] of Object.entries(SAME)) {
  test(`sends the same from ${what}`, (context) => {
    assert.deepEqual(sent(context, changes), sent(context, {}));
  });
}

test('sends no numbers and booleans from attributes without a type', (context) => {
  const [plain, converted] = sent(context, { dataType: undefined });
  assert.deepEqual(plain, sent(context, {})[0]);
  assert.deepEqual(
    (converted as { payload: string }[]).map(({ payload }) =>
      JSON.parse(payload.replaceAll('0'.repeat(17), '0')),
    ),
    [
      {
        __system: 'tracker',
        __source: 'drive',
        __key: 'position',
        z: '1.50',
        __data_time: 0,
        __wire_time: 0,
        a: 'x',
      },
      { __system: 'lrs2', __source: 'hardware', on: 'true', __key: 'status', a: '007' },
    ],
  );
});

test('has the times of attributes alone where the event table has none', (context) => {
  const [plain] = sent(context, { dataTime: undefined }) as { dueS: number }[][];
  assert.deepEqual(
    plain.map(({ dueS }) => dueS),
    [1_521_854_100.5, Number.NaN],
  );
});

test('sends attributes of a table without row ids in the order of its key', (context) => {
  const layout = {
    moreOfAttribute: 'PRIMARY KEY (event_id, "key")',
    afterAttribute: 'WITHOUT ROWID',
    index: '',
  };
  for (const changes of [layout, { ...layout, topic: [] }]) {
    const [plain] = sent(context, changes) as { topic: string; payload: string }[][];
    assert.deepEqual(
      plain.map(({ topic, payload }) => [topic, Object.keys(JSON.parse(payload)).join(' ')]),
      [
        [TOPICS[0], '__data_time __key __source __system __wire_time a z'],
        [TOPICS[1], '__key __source __system a on'],
      ],
    );
  }
});

test('finds the rows of an event as a query with its id as a parameter does, whatever the types of the ids', (context) => {
  const folder = temporaryFolder(context);
  const types = [
    'INTEGER',
    'TEXT',
    'REAL',
    'NUMERIC',
    'BLOB',
    '',
    'VARCHAR(9)',
    'DOUBLE',
    'ANY',
    '"odd, type"',
  ];
  const ids = [
    1n,
    '1',
    '01',
    1.5,
    '1.5',
    'a',
    'A',
    Buffer.from('1'),
    Buffer.from('a'),
    2n ** 53n + 1n,
    null,
    ' 1',
  ];
  let run = 0;
  for (const eventIdType of types) {
    for (const attributeIdType of types) {
      for (const hasIndex of [true, false]) {
        const path = join(folder, `${run++}.db`);
        const db = createDatabase(path);
        const strict = (type: string) => (type === 'ANY' ? 'STRICT' : ''); // Elsewhere ANY is NUMERIC.
        db.exec(`
          CREATE TABLE event (event_id ${eventIdType}, topic TEXT) ${strict(eventIdType)};
          CREATE TABLE attribute (event_id ${attributeIdType}, key TEXT, value TEXT) ${strict(attributeIdType)};
          ${hasIndex ? 'CREATE INDEX i ON attribute (event_id)' : ''}
        `);
        for (const [n, id] of ids.entries()) {
          db.prepare("INSERT INTO event VALUES (?, 'a')").run(id);
          db.prepare("INSERT INTO attribute VALUES (?, ?, '')").run(id, `k${n}`);
        }
        const expected = keysByParameter(db);
        db.close();
        const found = eventsOf(path).map(({ payload }) => Object.keys(JSON.parse(payload.toString())));
        assert.deepEqual(found, expected, `${eventIdType} and ${attributeIdType}, index: ${hasIndex}`);
      }
    }
  }
});

/** The keys of each event, as a program finds them that has read its id. */
function keysByParameter(db: Database.Database): string[][] {
  const ids = db.prepare('SELECT event_id FROM event ORDER BY rowid').pluck().safeIntegers().all();
  const keys = db.prepare('SELECT key FROM attribute WHERE event_id = ? ORDER BY rowid').pluck();
  return ids.map((id) => keys.all(id) as string[]);
}

function schemaOf(context: TestContext, sql: string): Schema {
  const path = join(temporaryFolder(context), 'night.db');
  const db = createDatabase(path);
  db.exec(sql);
  db.close();
  const connection = openReadOnly(path);
  try {
    return readSchema(connection, 'night.db');
  } finally {
    connection.close();
  }
}

test('prefers the names that it lists first', (context) => {
  const { event, attribute } = schemaOf(
    context,
    `CREATE TABLE event (time, data_time, __data_time, event, name, topic, system, source, key, id, event_id);
     CREATE TABLE attribute (type, data_type, val, value, attribute, name, key, id, event_id)`,
  );
  assert.deepEqual(event, {
    table: 'event',
    rowid: 'rowid',
    id: 'event_id',
    topic: { kind: 'column', column: 'topic' },
    dataTime: 'data_time',
  });
  assert.deepEqual(attribute, {
    table: 'attribute',
    rowid: 'rowid',
    eventId: 'event_id',
    eventIdType: 'BLOB',
    key: 'key',
    value: 'value',
    dataType: 'data_type',
    index: undefined,
    sideIndexOf: 'runs',
  });
});

test('prefers an index that keeps the order of the table', (context) => {
  const tables =
    'CREATE TABLE event (id, topic); CREATE TABLE attribute (event_id, key, value, UNIQUE (event_id, key));';
  assert.deepEqual(schemaOf(context, tables).attribute.index, {
    name: 'sqlite_autoindex_attribute_1',
    keepsTableOrder: false,
  });
  const indices = 'CREATE INDEX one ON attribute (event_id); CREATE INDEX two ON attribute (event_id, value)';
  assert.deepEqual(schemaOf(context, `${tables} ${indices}`).attribute.index, {
    name: 'one',
    keepsTableOrder: true,
  });
});

test('reads generated columns, stored or not', (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  const db = createDatabase(path);
  db.exec(`
    CREATE TABLE event (n INTEGER PRIMARY KEY, head TEXT,
      event_id TEXT GENERATED ALWAYS AS (head ->> 'id') STORED, topic TEXT AS (head ->> 'topic'));
    CREATE TABLE attribute (body TEXT, event_id TEXT GENERATED ALWAYS AS (body ->> 'id') VIRTUAL,
      key TEXT AS (body ->> 'key'), value TEXT GENERATED ALWAYS AS (body ->> 'value') STORED);
    INSERT INTO event (head) VALUES ('{"id":"x","topic":"a.b.c"}');
    INSERT INTO attribute (body) VALUES ('{"id":"x","key":"k","value":"v"}'), ('{"id":"y","key":"k","value":"w"}');
  `);
  const read = () => eventsOf(path).map(({ topic, payload }) => `${topic} ${payload}`);
  assert.deepEqual(read(), ['a.b.c {"k":"v"}']);
  db.exec('CREATE INDEX i ON attribute (event_id)');
  db.close();
  assert.deepEqual(read(), ['a.b.c {"k":"v"}']);
});

test('takes no part of a topic alone', (context) => {
  const { topic } = schemaOf(
    context,
    'CREATE TABLE event (id, system, source); CREATE TABLE attribute (id, key, value)',
  ).event;
  assert.deepEqual(topic, { kind: 'attributes' });
});

const EVENT = 'CREATE TABLE event (event_id, topic);';
const UNKNOWN: Record<string, [sql: string, message: string]> = {
  'no tables': ['', 'No table event or events in night.db: found no table'],
  'other tables': [
    'CREATE TABLE log (a); CREATE TABLE Messages (b)',
    "No table event or events in night.db: found Messages, log; if that is Messages, give schema: 'event.table=Messages'",
  ],
  'tables with times': [
    'CREATE TABLE "a pos" (time, az); CREATE TABLE b (data_time, el)',
    "No table event or events in night.db: found a pos, b; name it by schema: 'event.table=NAME'; if each table holds the events of a topic, give schema: 'topic.b=TOPIC'",
  ],
  'a column that may be JSON': [
    'CREATE TABLE event (event_id, topic, message)',
    "No table attribute or attributes in night.db: found event; if a column holds the attributes as JSON, give schema: 'event.json=message'",
  ],
  'a column that is no JSON': [
    "CREATE TABLE event (event_id, topic, payload); INSERT INTO event VALUES (1, 'a', 'text')",
    "Column payload of table event of night.db cannot be event.json: it holds no JSON objects; found event_id, topic, payload; name it by schema: 'event.json=NAME'",
  ],
  'no attribute table': [EVENT, 'No table attribute or attributes in night.db: found event'],
  'no id of the event': [
    'CREATE TABLE Events (topic, data_time); CREATE TABLE attribute (event_id, key, value)',
    "Table Events of night.db has no column event_id or id: found topic, data_time; name it by schema: 'event.id=NAME'",
  ],
  'no id of the attribute': [
    `${EVENT} CREATE TABLE attribute (key, value)`,
    "Table attribute of night.db has no column event_id or id: found key, value; name it by schema: 'attribute.event_id=NAME'",
  ],
  'no key': [
    `${EVENT} CREATE TABLE attribute (event_id, value)`,
    "Table attribute of night.db has no column key or name or attribute: found event_id, value; name it by schema: 'attribute.key=NAME'",
  ],
  'no value': [
    `${EVENT} CREATE TABLE attribute (event_id, key, data)`,
    "Table attribute of night.db has no column value or val: found event_id, key, data; if that is data, give schema: 'attribute.value=data'",
  ],
};

for (const [what, [sql, message]] of Object.entries(UNKNOWN)) {
  test(`says what it found and what would do: ${what}`, (context) => {
    assert.throws(() => schemaOf(context, sql), { code: 'UNKNOWN_SCHEMA', message });
  });
}
