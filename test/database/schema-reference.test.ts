import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openReadOnly } from '../../src/database/connection.js';
import { findRecording, prepareRecording } from '../../src/database/prepare-recording.js';
import { readSchema } from '../../src/database/schema/read-schema.js';
import { parseSchemaOverride } from '../../src/database/schema/schema-override.js';
import { eventsOf } from '../support/decoded-event.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function databaseOf(context: TestContext, sql: string): string {
  const path = join(temporaryFolder(context), 'night.db');
  createDatabase(path).exec(sql).close();
  return path;
}

/** The columns that belong together, and the topic's. */
function understood(context: TestContext, sql: string, override = ''): string {
  const connection = openReadOnly(databaseOf(context, sql));
  try {
    const names = override === '' ? {} : parseSchemaOverride(override);
    const { event, attribute } = readSchema(connection, 'night.db', names);
    return `${attribute.table}.${attribute.eventId} = ${event.table}.${event.id}`;
  } finally {
    connection.close();
  }
}

test('sends each event with the attributes that a foreign key gives it', (context) => {
  const path = databaseOf(
    context,
    `CREATE TABLE events (id INTEGER PRIMARY KEY, topic);
     CREATE TABLE attributes (id INTEGER PRIMARY KEY, event INTEGER REFERENCES events(id), key, value, data_type);
     INSERT INTO events VALUES (1, 'a'), (2, 'b'), (3, 'c');
     INSERT INTO attributes (event, key, value) VALUES (2, 'x', 'of 2'), (1, 'x', 'of 1'), (1, 'y', 'of 1'), (3, 'x', 'of 3')`,
  );
  assert.deepEqual(
    eventsOf(path).map(({ topic, payload }) => `${topic} ${payload}`),
    ['a {"x":"of 1","y":"of 1"}', 'b {"x":"of 2"}', 'c {"x":"of 3"}'],
  );
});

const EVENTS = 'CREATE TABLE events (id INTEGER PRIMARY KEY, topic);';
const BOTH = 'CREATE TABLE event (id INTEGER PRIMARY KEY, event_id TEXT UNIQUE, topic);';

const TWINS =
  'CREATE TABLE event (id INTEGER PRIMARY KEY, event_id INTEGER, topic); CREATE TABLE attribute (event_id INTEGER, key, value);';

const FOUND: readonly [what: string, sql: string, found: string, override?: string][] = [
  [
    'a foreign key without a column',
    `${EVENTS} CREATE TABLE attributes (id INTEGER PRIMARY KEY, belongs INTEGER REFERENCES Events, key, value)`,
    'attributes.belongs = events.id',
  ],
  [
    'a foreign key, rather than a name',
    `${EVENTS} CREATE TABLE attributes (event_id, parent REFERENCES events(id), key, value)`,
    'attributes.parent = events.id',
  ],
  [
    'the column that a foreign key refers to, rather than a name',
    'CREATE TABLE event (event_id, id INTEGER PRIMARY KEY, topic); CREATE TABLE attribute (event_id REFERENCES event(id), key, value)',
    'attribute.event_id = event.id',
  ],
  [
    'of two foreign keys that with a usual name',
    `${EVENTS} CREATE TABLE attributes (cause REFERENCES events, event_id REFERENCES events, key, value)`,
    'attributes.event_id = events.id',
  ],
  [
    'the usual name that is not unique',
    `${EVENTS} CREATE TABLE attributes (event_id INTEGER, id INTEGER PRIMARY KEY, key, value)`,
    'attributes.event_id = events.id',
  ],
  [
    'a column that is part of the primary key',
    `${EVENTS} CREATE TABLE attributes (id INTEGER, key, value, PRIMARY KEY (id, key)) WITHOUT ROWID`,
    'attributes.id = events.id',
  ],
  [
    'a foreign key to a table that is not there as none',
    `${EVENTS} CREATE TABLE attributes (event_id REFERENCES gone(id), key, value)`,
    'attributes.event_id = events.id',
  ],
  [
    'the id of the same type',
    `${BOTH} CREATE TABLE attribute (event_id TEXT, key, value)`,
    'attribute.event_id = event.event_id',
  ],
  [
    'the id of the same type, by another name',
    `${BOTH} CREATE TABLE attribute (event_id INTEGER, key, value)`,
    'attribute.event_id = event.id',
  ],
  [
    'of two ids that which attributes have',
    `${TWINS} INSERT INTO event VALUES (1, 7, 'a'), (2, 8, 'b'); INSERT INTO attribute VALUES (2, 'k', 'v')`,
    'attribute.event_id = event.id',
  ],
  [
    'of two ids that with the same name, where they are the same',
    `${TWINS} INSERT INTO event VALUES (1, 1, 'a'), (2, 2, 'b'); INSERT INTO attribute VALUES (2, 'k', 'v')`,
    'attribute.event_id = event.event_id',
  ],
  [
    'a unique column that the user named',
    `${EVENTS} CREATE TABLE attributes (id INTEGER PRIMARY KEY, key, value)`,
    'attributes.id = events.id',
    'attribute.event_id=id',
  ],
];

for (const [what, sql, found, override] of FOUND) {
  test(`takes ${what}`, (context) => {
    assert.equal(understood(context, sql, override), found);
  });
}

const REFUSED: readonly [what: string, sql: string, message: string][] = [
  [
    'a row number of the attributes as the id of their event',
    `${EVENTS} CREATE TABLE attributes (id INTEGER PRIMARY KEY, event INTEGER, key, value)`,
    "Column id of table attributes of night.db cannot be attribute.event_id: it is unique, so that an event would have one attribute at most; found id, event, key, value; if that is event, give schema: 'attribute.event_id=event'",
  ],
  [
    'a column with a unique index',
    `${EVENTS} CREATE TABLE attributes (id TEXT UNIQUE, of_event INTEGER, key, value)`,
    "Column id of table attributes of night.db cannot be attribute.event_id: it is unique, so that an event would have one attribute at most; found id, of_event, key, value; if that is of_event, give schema: 'attribute.event_id=of_event'",
  ],
  [
    'a column that refers to another table',
    `${EVENTS} CREATE TABLE runs (id PRIMARY KEY); CREATE TABLE attributes (event_id REFERENCES runs, key, value)`,
    "Column event_id of table attributes of night.db cannot be attribute.event_id: it refers to another table; found event_id, key, value; name it by schema: 'attribute.event_id=NAME'",
  ],
  [
    'two foreign keys',
    `${EVENTS} CREATE TABLE attributes (cause REFERENCES events, effect REFERENCES events, key, value)`,
    "Several columns of table attributes of night.db may be meant by attribute.event_id: cause and effect; name it, as by schema: 'attribute.event_id=cause'",
  ],
  [
    'two ids of events, both of which attributes may refer to',
    `${TWINS} INSERT INTO event VALUES (1, 2, 'a'), (2, 1, 'b'); INSERT INTO attribute VALUES (1, 'k', 'v')`,
    "Several columns of table event of night.db may be meant by event.id: event_id and id; name it, as by schema: 'event.id=event_id'",
  ],
  [
    'two event tables',
    'CREATE TABLE event (id, topic); CREATE TABLE events (id, topic); CREATE TABLE attribute (id, key, value)',
    "Several tables of night.db may be meant by event.table: found event and events; name it, as by schema: 'event.table=event'",
  ],
  [
    'a table and a view',
    `${EVENTS} CREATE VIEW event AS SELECT * FROM events; CREATE TABLE attribute (id, key, value)`,
    "Several tables of night.db may be meant by event.table: found events and event, a view; name it, as by schema: 'event.table=events'",
  ],
  [
    'a name beside the parts of a topic',
    'CREATE TABLE event (id, name, system, source, key); CREATE TABLE attribute (id, key, value)',
    "Several columns of table event of night.db may be meant by event.topic: name and system and source and key; name it, as by schema: 'event.topic=name'",
  ],
  [
    'two names of a topic',
    'CREATE TABLE event (id, name, event); CREATE TABLE attribute (id, key, value)',
    "Several columns of table event of night.db may be meant by event.topic: name and event; name it, as by schema: 'event.topic=name'",
  ],
  [
    'two names of an attribute',
    'CREATE TABLE event (id, topic); CREATE TABLE attribute (id, name, attribute, value)',
    "Several columns of table attribute of night.db may be meant by attribute.key: name and attribute; name it, as by schema: 'attribute.key=name'",
  ],
  [
    'no topic at all',
    "CREATE TABLE event (id, data_time); CREATE TABLE attribute (id, key, value); INSERT INTO attribute VALUES (1, 'k', 'v')",
    "Table event of night.db has no column topic or name or event: found id, data_time; name it by schema: 'event.topic=NAME'",
  ],
];

for (const [what, sql, message] of REFUSED) {
  test(`refuses to guess: ${what}`, (context) => {
    assert.throws(() => understood(context, sql), { code: 'UNKNOWN_SCHEMA', message });
  });
}

test('says so where no event that it looks at has attributes', (context) => {
  const notices: string[] = [];
  const tellOf = (sql: string) => {
    const path = databaseOf(context, sql);
    const scratchFolder = join(temporaryFolder(context), 'scratch');
    prepareRecording(
      findRecording(path),
      { scratchFolder },
      undefined,
      {},
      { tell: (notice) => notices.push(notice) },
    );
    return path;
  };
  const tables = 'CREATE TABLE event (event_id, topic); CREATE TABLE attribute (event_id, key, value);';
  tellOf(`${tables} INSERT INTO event VALUES (1, 'a'), (2, 'b')`);
  tellOf(`${tables} INSERT INTO event VALUES (1, 'a'), (2, 'b'); INSERT INTO attribute VALUES (2, 'k', 'v')`);
  assert.deepEqual(notices, []);
  const path = tellOf(
    `${tables} INSERT INTO event VALUES (1, 'a'), (2, 'b'); INSERT INTO attribute VALUES ('e1', 'k', 'v')`,
  );
  assert.deepEqual(notices, [
    `${path}: of 2 events that were looked at none has attributes, which are found by attribute.event_id being event.event_id: do these columns belong together?`,
  ]);
});

/** The times by which a file is passed over that lies outside of a selection. */
function timesOf(context: TestContext, times: readonly unknown[], wireTime?: number): unknown {
  const rows = times.map((time, i) => `(${i + 1}, 'a', ${JSON.stringify(time)})`);
  const wire = wireTime === undefined ? '' : `INSERT INTO attribute VALUES (1, '__wire_time', ${wireTime});`;
  const path = databaseOf(
    context,
    `CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic, time);
     CREATE TABLE attribute (event_id, key, value); CREATE INDEX i ON attribute (event_id);
     INSERT INTO event VALUES ${rows.join(', ')}; ${wire}`,
  );
  const { firstS, lastS } = findRecording(path).dataTimes;
  return Number.isNaN(firstS) ? 'none' : [firstS, lastS];
}

test('trusts the times of the first and the last row only where they bound those of the others', (context) => {
  const at = 1_521_854_100;
  assert.deepEqual(timesOf(context, [at, at + 10, at + 20]), [at, at + 20]);
  assert.deepEqual(timesOf(context, [at, at + 10, at + 20], at + 1), [at, at + 20]);
  assert.deepEqual(timesOf(context, [at, at - 3 * 86_400, at + 20]), 'none');
  assert.deepEqual(timesOf(context, [at, at + 3 * 86_400, at + 20]), 'none');
  assert.deepEqual(timesOf(context, [1000 * at, 1000 * at + 20]), 'none');
  assert.deepEqual(timesOf(context, [58_201.1, 58_201.2]), 'none');
  assert.deepEqual(timesOf(context, [at, at + 20], at + 30 * 86_400), 'none');
});
