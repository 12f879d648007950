import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openReadOnly } from '../../src/database/connection.js';
import { readSchema } from '../../src/database/schema/read-schema.js';
import { describeSchema, type Schema } from '../../src/database/schema/schema.js';
import { parseSchemaOverride } from '../../src/database/schema/schema-override.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function schemaOf(context: TestContext, sql: string, override: string | readonly string[]): Schema {
  const path = join(temporaryFolder(context), 'night.db');
  const db = createDatabase(path);
  db.exec(sql);
  db.close();
  const connection = openReadOnly(path);
  try {
    return readSchema(connection, 'night.db', parseSchemaOverride(override), '--schema');
  } finally {
    connection.close();
  }
}

test('reads words and names, in one text or several, with quotes where names need them', () => {
  assert.deepEqual(parseSchemaOverride([]), {});
  assert.deepEqual(
    parseSchemaOverride('event.topic=subject, Attribute.Key = a key,attribute.data_type=none'),
    {
      'event.topic': 'subject',
      'attribute.key': 'a key',
      'attribute.data_type': null,
    },
  );
  assert.deepEqual(parseSchemaOverride(['event.id=a', 'event.id=b', 'event.data_time="none"']), {
    'event.id': 'b',
    'event.data_time': 'none',
  });
  assert.deepEqual(parseSchemaOverride('attribute.value="a ""b"", c=d",event.key="k"'), {
    'attribute.value': 'a "b", c=d',
    'event.key': 'k',
  });
});

test('reads units of times and topics of tables', () => {
  assert.deepEqual(parseSchemaOverride('event.time=Unix-MS,attribute.time=iso'), {
    'event.time': 'unix-ms',
    'attribute.time': 'iso',
  });
  assert.deepEqual(parseSchemaOverride(['topic.Tracker=tracker.drive.position', 'topic.a.b.c="d, e"']), {
    topics: [
      { table: 'Tracker', topic: 'tracker.drive.position' },
      { table: 'a.b.c', topic: 'd, e' },
    ],
  });
});

test('refuses what it cannot read, with the nearest right word', () => {
  const refused: [string, RegExp][] = [
    ['', /Expected --schema to be like event\.topic=subject,attribute\.key=parameter, got ""/],
    ['event.topic', /to be like/],
    ['event.topic=', /to be like/],
    ['event.topic=a,,event.id=b', /to be like/],
    ['event.topic="a', /to be like/],
    [
      'event.topics=a',
      /to be of event\.table, .* and topic\.TABLE, got "event\.topics"; did you mean event\.topic\?/,
    ],
    ['value=a', /did you mean attribute\.value\?/],
    ['wire=a', /got "wire"$/],
    ['event.time=ms', /to be of a unit for event\.time, one of unix-s, unix-ms, .*, iso, got "ms"/],
    ['event.time=unix-mz', /did you mean unix-ms\?/],
    ['topic.a=', /to be like/],
    [
      'attribute.value=none',
      /to be of a name for attribute\.value, .*got "none"; .* attribute\.value="none"/,
    ],
    ['event.topic=a,event.source=b', /without event\.source where it has event\.topic/],
  ];
  for (const [text, message] of refused) {
    assert.throws(() => parseSchemaOverride(text, '--schema'), { code: 'BAD_OPTION', message }, text);
  }
});

const FOREIGN = `
  CREATE TABLE log (n INTEGER, subject TEXT, stamp REAL, topic TEXT, a TEXT, b TEXT, c TEXT);
  CREATE TABLE readings (log_n INTEGER, parameter TEXT, reading TEXT, kind TEXT, type TEXT);
  CREATE INDEX i ON readings (log_n);
  CREATE VIEW event AS SELECT * FROM log;
`;
const NEEDED =
  'event.table=LOG,event.id=n,attribute.table=readings,attribute.event_id=log_n,attribute.key=parameter,attribute.value=reading';

test('takes tables and columns that the user names, and finds the others', (context) => {
  const { event, attribute } = schemaOf(context, FOREIGN, [
    NEEDED,
    'event.topic=Subject,event.data_time=stamp,attribute.data_type=kind',
  ]);
  assert.deepEqual(event, {
    table: 'log',
    rowid: 'rowid',
    id: 'n',
    topic: { kind: 'column', column: 'subject' },
    dataTime: 'stamp',
  });
  assert.deepEqual(attribute, {
    table: 'readings',
    rowid: 'rowid',
    eventId: 'log_n',
    eventIdType: 'INTEGER',
    key: 'parameter',
    value: 'reading',
    dataType: 'kind',
    index: { name: 'i', keepsTableOrder: true },
    sideIndexOf: 'runs',
  });
  const found = schemaOf(context, FOREIGN, NEEDED);
  assert.deepEqual(found.event.topic, { kind: 'column', column: 'topic' });
  assert.deepEqual([found.event.dataTime, found.attribute.dataType], [undefined, 'type']);
});

test('takes topics from parts or from attributes where the user says so, and no time or type', (context) => {
  const parts = schemaOf(context, FOREIGN, [NEEDED, 'event.system=a,event.source=b,event.key=c']);
  assert.deepEqual(parts.event.topic, { kind: 'parts', columns: ['a', 'b', 'c'] });
  const none = schemaOf(context, FOREIGN, [
    NEEDED,
    'event.topic=none,attribute.data_type=none,event.data_time=none',
  ]);
  assert.deepEqual(none.event.topic, { kind: 'attributes' });
  assert.equal(none.attribute.dataType, undefined);
});

test('says what there is where the user names what is not, or what cannot be read', (context) => {
  const refused: [string, string][] = [
    ['event.table=logs', 'No table logs in night.db, named by event.table: found event, log, readings'],
    ['topic.logs=a.b.c', 'No table logs in night.db, named by topic.logs: found event, log, readings'],
    ['topic.*=*', 'No table with a time, which topic.* stands for, in night.db'],
    [
      `${NEEDED},attribute.value=values`,
      'Table readings of night.db has no column values, named by attribute.value: found log_n, parameter, reading, kind, type',
    ],
    [
      `${NEEDED},event.system=a,event.source=b`,
      'Table log of night.db has no column key: found n, subject, stamp, topic, a, b, c; name it by --schema event.key=NAME',
    ],
  ];
  for (const [override, message] of refused)
    assert.throws(() => schemaOf(context, FOREIGN, override), { code: 'UNKNOWN_SCHEMA', message });
});

test('leads to the right options, one after the other', (context) => {
  const sql = FOREIGN.replace(/CREATE VIEW[^;]*;/, '')
    .replaceAll('log_n', 'log_id')
    .replaceAll('reading TEXT', '"the reading" TEXT');
  const given: string[] = [];
  for (let round = 0; round < 9; round++) {
    try {
      schemaOf(context, sql, given);
      break;
    } catch (error) {
      const [, advice] = /give --schema (.*)$/.exec((error as Error).message) ?? [];
      // What the shell takes away.
      given.push(advice?.replace(/'(.*)'/, '$1') ?? 'event.id=n');
    }
  }
  assert.deepEqual(given, [
    'event.table=log',
    'attribute.table=readings',
    'attribute.event_id=log_id',
    'event.id=n',
    'attribute.key=parameter',
    'attribute.value="the reading"',
  ]);
});

test('describes what was understood', (context) => {
  assert.deepEqual(describeSchema(schemaOf(context, FOREIGN, [NEEDED, 'event.topic=subject'])), [
    'events: table log, id n, topic subject, data time none (attribute __data_time)',
    'attributes: table readings, event id log_n, key parameter, value reading, data type type',
    'index on readings.log_n: i',
    'texts: UTF-8',
  ]);
  const plain = 'CREATE TABLE event (id, data_time); CREATE TABLE attribute (id, key, value);';
  assert.deepEqual(describeSchema(schemaOf(context, plain, [])), [
    'events: table event, id id, topic __system.__source.__key (attributes), data time data_time',
    'attributes: table attribute, event id id, key key, value value, data type none (values are not converted)',
    'index on attribute.id: none',
    'texts: UTF-8',
  ]);
});
