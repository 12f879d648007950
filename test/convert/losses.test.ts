/** The table "What is lost" of `docs/convert.md`, held against what outputs have, row by row. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { convert } from '../../src/convert/convert.js';
import { MadeFiles } from '../support/made-files.js';
import { playedEvents } from '../support/played-events.js';
import { RawText, type Stored, type StoredAttribute, writeEvents } from '../support/stored-event.js';
import { writeJsonLines } from '../support/written-file.js';

const PAGE = readFileSync(fileURLToPath(new URL('../../../docs/convert.md', import.meta.url)), 'utf8');
const TIME_S = 1_600_000_000;
const TOPIC = 'a.b.c';
const files = new MadeFiles('tcs-losses-');

/** What an output has of each event, in its order: of JSON lines and MCAP the payload, of a database its rows, of tables the cells. */
type Found = readonly unknown[];

interface Row {
  /** Writes the source. @returns its path */
  readonly source: () => string;
  /** Looks at an output of each form. */
  readonly look: Readonly<Record<Form, (output: string) => Promise<Found> | Found>>;
  /** What the page says of each form, and what is found. */
  readonly forms: Readonly<Record<Form, readonly [words: string, found: Found]>>;
}

const FORMS = ['jsonl', 'db', 'mcap', 'parquet', 'csv'] as const;
type Form = (typeof FORMS)[number];

type Value = readonly [value: Stored, dataType?: string | null];

/** A database with an event for each value, which has it under the key `x`. */
function night(values: readonly Value[], others: readonly StoredAttribute[] = []): () => string {
  return () => {
    const path = files.path('db');
    writeEvents(
      path,
      values.map(([value, dataType = 'string'], i) => ({
        id: BigInt(2 * i + 7),
        topic: TOPIC,
        dataTime: null,
        attributes: [
          { key: '__wire_time', value: String(TIME_S + i), dataType: 'number' },
          { key: 'x', value, dataType },
          ...others,
        ],
      })),
    );
    return path;
  };
}

async function payloads(output: string): Promise<string[]> {
  return (await playedEvents([output])).events.map(({ payload }) => payload.toString());
}

function query(output: string, sql: string): unknown[] {
  const db = new Database(output, { readonly: true });
  const rows = db.prepare(sql).raw().all();
  db.close();
  return rows;
}

async function parquetRows(output: string, topic = TOPIC): Promise<Record<string, unknown>[]> {
  const file = await asyncBufferFromFile(join(output, `${topic}.parquet`));
  return parquetReadObjects({ file });
}

function csvRows(output: string, topic = TOPIC): Record<string, string>[] {
  const text = readFileSync(join(output, `${topic}.csv`), 'utf8');
  return parse(text, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];
}

/** Looks at the value of a key: as JSON, as it is stored, as a cell. */
function valuesAt(key: string): Row['look'] {
  const json = async (output: string) =>
    (await payloads(output)).map(
      (payload) => new RegExp(`"${key}":(\\[.*?\\]|"[^"]*"|[^,}]*)`).exec(payload)?.[1],
    );
  return {
    jsonl: json,
    mcap: json,
    db: (output) =>
      query(
        output,
        `SELECT typeof(value), value, data_type FROM attribute WHERE key = '${key}' ORDER BY event_id`,
      ),
    parquet: async (output) => (await parquetRows(output)).map((row) => row[key]),
    csv: (output) => csvRows(output).map((row) => row[key]),
  };
}

function all(words: string, found: Found): Pick<Row['forms'], 'jsonl' | 'mcap'> {
  return { jsonl: [words, found], mcap: [words, found] };
}

const ROWS: Readonly<Record<string, Row>> = {
  'ids of events': {
    source: night([['a'], ['b']]),
    look: {
      ...valuesAt('event_id'),
      db: (output) => query(output, 'SELECT event_id FROM event').flat(),
    },
    forms: {
      ...all('lost', [undefined, undefined]),
      db: ['new ones, from 1', [1, 2]],
      parquet: ['lost', [undefined, undefined]],
      csv: ['lost', [undefined, undefined]],
    },
  },
  'data time of the event table, where the event has a `__data_time`': {
    source: () => withDataTime([{ key: '__data_time', value: String(TIME_S), dataType: 'number' }]),
    look: {
      ...valuesAt('__data_time'),
      db: (output) => query(output, 'SELECT data_time FROM event').flat(),
    },
    forms: {
      ...all('lost', [String(TIME_S)]),
      db: ['lost', [TIME_S]],
      parquet: ['lost', [new Date(TIME_S * 1000)]],
      csv: ['lost', ['2020-09-13T12:26:40.000000Z']],
    },
  },
  'data time of the event table alone': {
    source: () => withDataTime([]),
    look: {
      ...valuesAt('__data_time'),
      db: (output) => query(output, 'SELECT data_time FROM event').flat(),
      jsonl: dueTimes,
      mcap: dueTimes,
    },
    forms: {
      jsonl: ['lost: a replay sends the event at once', [Number.NaN]],
      mcap: ['log and publish time have it, for viewers; a replay sends the event at once', [Number.NaN]],
      db: ['kept', [TIME_S + 99]],
      parquet: ['lost', [null]],
      csv: ['lost', ['']],
    },
  },
  'order of events': {
    source: () => {
      const path = files.path('db');
      const topics = [TOPIC, 'x.y', TOPIC, 'x.y'];
      writeEvents(
        path,
        topics.map((topic, i) => ({
          id: BigInt(i + 1),
          topic,
          dataTime: null,
          attributes: [
            { key: '__wire_time', value: String(TIME_S - i), dataType: 'number' },
            { key: 'x', value: String(i), dataType: 'string' },
          ],
        })),
      );
      return path;
    },
    look: {
      ...valuesAt('x'),
      db: (output) => query(output, "SELECT value FROM attribute WHERE key = 'x' ORDER BY event_id").flat(),
    },
    forms: {
      jsonl: ['kept', ['"0"', '"1"', '"2"', '"3"']],
      db: ['kept', ['0', '1', '2', '3']],
      mcap: ['kept (viewers sort by log time)', ['"0"', '"1"', '"2"', '"3"']],
      parquet: ['of each topic', ['0', '2']],
      csv: ['of each topic', ['0', '2']],
    },
  },
  'spelling of a number, `1.50`': {
    source: night([
      ['1.50', 'number'],
      ['9007199254740993', 'number'],
    ]),
    look: valuesAt('x'),
    forms: {
      ...all('kept', ['1.50', '9007199254740993']),
      db: [
        'kept',
        [
          ['text', '1.50', 'number'],
          ['text', '9007199254740993', 'number'],
        ],
      ],
      parquet: [
        'the nearest double; a column with a whole number beyond 2⁵³ is text',
        ['1.50', '9007199254740993'],
      ],
      csv: ['kept', ['1.50', '9007199254740993']],
    },
  },
  'number or text, by `data_type`': {
    source: night([['5', 'number'], ['5'], ['five', 'number']]),
    look: valuesAt('x'),
    forms: {
      ...all('as typed', ['5', '"5"', '"five"']),
      db: [
        'kept; a type that does not matter to a replay becomes `string`',
        [
          ['text', '5', 'number'],
          ['text', '5', 'string'],
          ['text', 'five', 'string'],
        ],
      ],
      parquet: ['a column of both is text', ['5', '5', 'five']],
      csv: ['lost', ['5', '5', 'five']],
    },
  },
  'INTEGER or REAL in SQLite': {
    source: night([[5n], [5]]),
    look: valuesAt('x'),
    forms: {
      ...all('`5` or `5.0`', ['5', '5.0']),
      db: [
        'kept',
        [
          ['integer', 5, 'number'],
          ['real', 5, 'number'],
        ],
      ],
      parquet: ['double', [5, 5]],
      csv: ['`5` or `5.0`', ['5', '5.0']],
    },
  },
  NULL: {
    source: night([[null], ['']]),
    look: { ...valuesAt('x'), csv: (output) => cellsOf(output) },
    forms: {
      ...all('`null`', ['null', '""']),
      db: [
        'kept',
        [
          ['null', null, 'string'],
          ['text', '', 'string'],
        ],
      ],
      parquet: ['null, as a key that is missing', [null, '']],
      csv: ['empty; an empty text is `""`', ['', '""']],
    },
  },
  'BLOB, bad UTF-8': {
    source: night([[Buffer.from('ab')], [new RawText([0x61, 0xff])]]),
    look: valuesAt('x'),
    forms: {
      jsonl: ['text, bad bytes replaced', ['"ab"', '"a\\ufffd"']],
      mcap: ['the same', ['"ab"', '"a\\ufffd"']],
      db: [
        'text, bad bytes replaced',
        [
          ['text', 'ab', 'string'],
          ['text', 'a\ufffd', 'string'],
        ],
      ],
      parquet: ['the same', ['ab', 'a\ufffd']],
      csv: ['the same', ['ab', 'a\ufffd']],
    },
  },
  'a key that occurs twice': {
    source: night([['a']], [{ key: 'x', value: 'b', dataType: 'string' }]),
    look: valuesAt('x'),
    forms: {
      ...all('the last value', ['"b"']),
      db: ['the last value', [['text', 'b', 'string']]],
      parquet: ['the last value', ['b']],
      csv: ['the last value', ['b']],
    },
  },
  'a time that is none': {
    source: night([['1']], [{ key: '__data_time', value: 'soon', dataType: 'number' }]),
    look: valuesAt('__data_time'),
    forms: {
      jsonl: ['kept in `event`', ['"soon"']],
      mcap: ['kept in the message; its log time is the latest one before', ['"soon"']],
      db: ['kept', [['text', 'soon', 'string']]],
      parquet: ['null', [null]],
      csv: ['empty', ['']],
    },
  },
  'times finer than a microsecond': {
    source: night([['1']], [{ key: '__data_time', value: `${TIME_S}.1234567`, dataType: 'number' }]),
    look: {
      ...valuesAt('__data_time'),
      // A Date has milliseconds.
      parquet: async (output) =>
        (await parquetRows(output)).map((row) => (row.__data_time as Date).getTime() >= TIME_S * 1000 + 123),
    },
    forms: {
      jsonl: ['kept', [`${TIME_S}.1234567`]],
      mcap: ['kept in the message', [`${TIME_S}.1234567`]],
      db: ['kept', [['text', `${TIME_S}.1234567`, 'number']]],
      parquet: ['rounded', [true]],
      csv: ['rounded', ['2020-09-13T12:26:40.123457Z']],
    },
  },
  topic: {
    source: () => {
      const path = files.path('db');
      writeEvents(path, [{ id: 1n, topic: 'a/b', dataTime: null, attributes: [] }]);
      return path;
    },
    look: {
      jsonl: topics,
      mcap: topics,
      db: (output) => query(output, 'SELECT topic FROM event').flat(),
      parquet: filesOf,
      csv: filesOf,
    },
    forms: {
      ...all('kept', ['a/b']),
      db: ['kept', ['a/b']],
      parquet: ["in `manifest.json`; the file's name has `%2F` for `/`", ['a/b', 'a%2Fb.parquet']],
      csv: ['the same', ['a/b', 'a%2Fb.csv']],
    },
  },
  'objects and arrays (of other sources)': {
    source: () => {
      const path = files.path('jsonl');
      writeJsonLines(path, [{ topic: TOPIC, payload: `{"x":[1.50,{"y":null}],"__wire_time":${TIME_S}}` }]);
      return path;
    },
    look: valuesAt('x'),
    forms: {
      ...all('kept', ['[1.50,{"y":null}]']),
      db: ['their JSON, as text', [['text', '[1.50,{"y":null}]', 'string']]],
      parquet: ['their JSON, as text', ['[1.50,{"y":null}]']],
      csv: ['their JSON, as text', ['[1.50,{"y":null}]']],
    },
  },
};

/** An event with a data time in the event table, later than that of its attributes. */
function withDataTime(attributes: readonly StoredAttribute[]): string {
  const path = files.path('db');
  const rows = [{ key: 'x', value: '1', dataType: 'number' }, ...attributes];
  writeEvents(path, [{ id: 1n, topic: TOPIC, dataTime: TIME_S + 99, attributes: rows }]);
  return path;
}

async function dueTimes(output: string): Promise<number[]> {
  return (await playedEvents([output])).events.map(({ dueS }) => dueS);
}

async function topics(output: string): Promise<string[]> {
  return (await playedEvents([output])).events.map(({ topic }) => topic);
}

/** The topic and the file of each table. */
function filesOf(output: string): string[] {
  const { topics } = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')) as {
    topics: { topic: string; file: string }[];
  };
  return topics.flatMap(({ topic, file }) => [topic, file]);
}

/** The last cell of each row, as it is written. */
function cellsOf(output: string): string[] {
  const lines = readFileSync(join(output, `${TOPIC}.csv`), 'utf8')
    .split('\r\n')
    .slice(1, -1);
  return lines.map((line) => line.slice(line.lastIndexOf(',') + 1));
}

/** The rows of the table, without the first column, by it. */
function rowsOfPage(): Map<string, readonly string[]> {
  const section = PAGE.slice(PAGE.indexOf('## What is lost'));
  const lines = section.slice(0, section.indexOf('\n\n', section.indexOf('|---'))).split('\n');
  const rows = lines.filter((line) => line.startsWith('| ')).slice(1);
  return new Map(
    rows.map((line) => {
      const [name, ...cells] = line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim());
      return [name, cells];
    }),
  );
}

describe('what is lost by a conversion', () => {
  const page = rowsOfPage();
  after(() => files.remove());

  it('is all in the table', () => assert.deepEqual([...page.keys()], Object.keys(ROWS)));

  for (const [name, { source, look, forms }] of Object.entries(ROWS))
    it(`is what the table says: ${name}`, async () => {
      const path = source();
      assert.deepEqual(
        page.get(name),
        FORMS.map((form) => forms[form][0]),
      );
      for (const form of FORMS) {
        const output = files.path(form);
        await convert({ databases: path, output, workers: 0 }, (name) => name, { threads: 1 });
        assert.deepEqual(await look[form](output), forms[form][1], form);
      }
    });
});
