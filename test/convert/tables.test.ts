import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetRead } from 'hyparquet';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { convert } from '../../src/convert/convert.js';
import { pythonFloat } from '../../src/encode/python-number.js';
import { generate } from '../../src/generate/generate.js';
import { arbitraryEvents } from '../support/arbitrary-event.js';
import { archiveEvents, type SentEvent, TYPED } from '../support/archive-events.js';
import { plainEvent, type StoredEvent, writeEvents } from '../support/stored-event.js';

interface Manifest {
  readonly program: string;
  readonly topics: readonly {
    readonly topic: string;
    readonly file: string;
    readonly events: number;
    readonly columns: readonly { readonly name: string; readonly type: string }[];
  }[];
}

describe('a table for each topic', () => {
  let folder: string;
  let files = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-tables-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Converts events. @returns the events as they are sent, the folder and its manifest */
  async function converted(events: readonly StoredEvent[], ending: string) {
    const path = join(folder, `${files++}.db`);
    writeEvents(path, events);
    const output = join(folder, `${files++}.${ending}`);
    // A thread takes longer to start than these events: the test of how many there are has several.
    const outcome = await convert({ databases: path, output, workers: 0 }, (name) => name, { threads: 1 });
    const manifest = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')) as Manifest;
    assert.equal(outcome.files, readdirSync(output).length);
    return { sent: await archiveEvents(path, TYPED), output, manifest, outcome };
  }

  it('is the same however many threads share the topics', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents({ maxLength: 40 }), async (events) => {
        const path = join(folder, `${files++}.db`);
        writeEvents(path, events);
        const contents: Map<string, string>[] = [];
        for (const threads of [1, 3]) {
          const output = join(folder, `${files++}.csv`);
          await convert({ databases: path, output, workers: 0 }, (name) => name, { threads });
          contents.push(
            new Map(
              readdirSync(output)
                .toSorted()
                .map((name) => [name, readFileSync(join(output, name), 'utf8')]),
            ),
          );
        }
        assert.deepEqual(contents[1], contents[0]);
      }),
      { numRuns: 3 },
    );
  });

  it('in Parquet has the rows of its events, with their values and nulls, for odd events too', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents({ maxLength: 40 }), async (events) => {
        const { sent, output, manifest } = await converted(events, 'parquet');
        assert.deepEqual(
          manifest.topics.map(({ topic }) => topic),
          topicsOf(sent),
        );
        for (const { topic, file, columns } of manifest.topics) {
          let rows: unknown[][] = [];
          await parquetRead({
            file: await asyncBufferFromFile(join(output, file)),
            parsers: PARSERS,
            onComplete: (read: unknown) => {
              rows = read as unknown[][];
            },
          });
          const wanted = sent.filter((event) => event.topic === topic).map((event) => rowOf(event, columns));
          assert.deepEqual(rows, wanted);
        }
      }),
      { numRuns: 8 },
    );
  });

  it('in CSV has the same columns, and each text as it is', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryEvents({ maxLength: 40 }), fc.boolean(), async (events, gzip) => {
        const { sent, output, manifest } = await converted(events, gzip ? 'csv.gz' : 'csv');
        for (const { topic, file, columns } of manifest.topics) {
          const bytes = readFileSync(join(output, file));
          const text = (gzip ? gunzipSync(bytes) : bytes).toString();
          const [head, ...rows] = parse(text, { record_delimiter: '\r\n' }) as string[][];
          assert.deepEqual(
            head,
            columns.map(({ name }) => name),
          );
          const wanted = sent.filter((event) => event.topic === topic);
          assert.deepEqual(
            rows,
            wanted.map((event) => columns.map(({ name, type }) => csvCell(event, name, type))),
          );
        }
      }),
      { numRuns: 8 },
    );
  });

  it('is read by DuckDB: counts, types and values', async () => {
    const path = join(folder, `${files++}.db`);
    await generate({ path, events: 600, topics: 4, attributes: 12, seed: 9, durationS: 600 });
    const sent = await archiveEvents(path, TYPED);
    for (const ending of ['parquet', 'csv', 'csv.gz', 'jsonl', 'jsonl.gz']) {
      const output = join(folder, `${files++}.${ending}`);
      await convert({ databases: path, output, workers: 1 });
      const database = await DuckDBInstance.create();
      const connection = await database.connect();
      const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
      if (ending.startsWith('jsonl')) {
        const counts = await query(
          `SELECT topic, count(*) FROM read_ndjson('${output}') GROUP BY 1 ORDER BY 1`,
        );
        assert.deepEqual(
          counts,
          topicsOf(sent)
            .sort()
            .map((topic) => [topic, String(countOf(sent, topic))]),
        );
        continue;
      }
      const { topics } = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')) as Manifest;
      for (const { topic, file, events, columns } of topics) {
        const from = `'${join(output, file)}'`;
        assert.deepEqual(await query(`SELECT count(*) FROM ${from}`), [[String(countOf(sent, topic))]]);
        assert.equal(events, countOf(sent, topic));
        const types = await query(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`);
        if (ending === 'parquet') {
          const duckTypes = {
            time: 'TIMESTAMP WITH TIME ZONE',
            number: 'DOUBLE',
            boolean: 'BOOLEAN',
            text: 'VARCHAR',
          };
          assert.deepEqual(
            types,
            columns.map(({ name, type }) => [name, duckTypes[type as keyof typeof duckTypes]]),
          );
        } else assert.equal(types.length, columns.length);
        const numbers = columns.filter(({ type }) => type === 'number').map(({ name }) => name);
        for (const name of numbers.slice(0, 3)) {
          const values = sent
            .filter((event) => event.topic === topic)
            .map(({ payload }) => (JSON.parse(payload) as Record<string, number>)[name]);
          const [[least, most]] = await query(`SELECT min("${name}"), max("${name}") FROM ${from}`);
          assert.deepEqual([Number(least), Number(most)], [Math.min(...values), Math.max(...values)]);
        }
        const [[firstUs]] = await query(`SELECT epoch_us(min("__wire_time")) FROM ${from}`);
        const times = sent.filter((event) => event.topic === topic).map(({ dueS }) => dueS);
        assert.equal(Number(firstUs), Math.round(1e6 * Math.min(...times)));
      }
      connection.closeSync();
    }
  });

  it('has a number only where a double holds all values; others, and mixed ones, are texts', async () => {
    const values = { big: '9007199254740993', real: '0.1', whole: '12', mixed: 'on', far: '1e300' };
    const second = { big: '1', real: '2', whole: '-3', mixed: '7', far: '2' };
    const event = (id: bigint, payload: Record<string, string>): StoredEvent => {
      const plain = plainEvent(id, 'a/b c', payload);
      const attributes = plain.attributes.map((each) =>
        each.value === 'on' ? each : { ...each, dataType: 'number' },
      );
      return { ...plain, attributes };
    };
    const { manifest, outcome } = await converted([event(1n, values), event(2n, second)], 'parquet');
    const [{ file, columns }] = manifest.topics;
    assert.equal(file, 'a%2Fb%20c.parquet');
    assert.deepEqual(Object.fromEntries(columns.map(({ name, type }) => [name, type])), {
      __wire_time: 'time',
      __data_time: 'time',
      big: 'text',
      real: 'number',
      whole: 'number',
      mixed: 'text',
      far: 'number',
    });
    assert.equal(outcome.unusableTimes, 0);
  });

  it('is written once more where a key or a type comes up after its first rows were written', async () => {
    // More than what becomes rows together.
    const pad = 'p'.repeat(50_000);
    const events = Array.from({ length: 400 }, (_, i): StoredEvent => {
      const payload: Record<string, string> = i === 399 ? { x: 'on', late: '7' } : { x: String(i), pad };
      const plain = plainEvent(BigInt(i + 1), 't.k.x', payload);
      return { ...plain, attributes: plain.attributes.map((each) => ({ ...each, dataType: 'number' })) };
    });
    for (const ending of ['parquet', 'csv']) {
      const { manifest, outcome, output } = await converted(events, ending);
      const [{ file, columns, events: count }] = manifest.topics;
      assert.deepEqual(
        columns.map(({ name, type }) => [name, type]),
        [
          ['__wire_time', 'time'],
          ['__data_time', 'time'],
          ['x', 'text'],
          ['pad', 'text'],
          ['late', 'number'],
        ],
      );
      assert.deepEqual(
        [count, outcome.events, outcome.topics],
        [400, 400, [{ topic: 't.k.x', events: 400 }]],
      );
      const connection = await (await DuckDBInstance.create()).connect();
      const path = join(output, file);
      // DuckDB takes the types of CSV from its first rows, unless it is told to look at all.
      const from = ending === 'csv' ? `read_csv('${path}', sample_size = -1)` : `'${path}'`;
      const rows = await connection.runAndReadAll(
        `SELECT count(*), count(late), count(DISTINCT x), max(late)::INTEGER FROM ${from}`,
      );
      assert.deepEqual(rows.getRowsJson(), [['400', '1', '400', 7]]);
      connection.closeSync();
    }
  });

  it('divided by nights is one dataset for DuckDB, with the night as a column', async () => {
    const nights = [1_521_850_000, 1_521_850_000 + 86_400, 1_521_850_000 + 3 * 86_400];
    const events = nights.flatMap((startS, night) =>
      Array.from({ length: 20 }, (_, i) => ({
        ...plainEvent(BigInt(startS - 1_521_854_100 + 60 * i), `t.k.${i % 2}`, { n: String(night) }),
        id: BigInt(20 * night + i + 1),
      })),
    );
    const path = join(folder, `${files++}.db`);
    writeEvents(path, [...events, { id: 100n, topic: 't.k.0', dataTime: null, attributes: [] }]);
    const output = join(folder, `${files++}.parquet`);
    await convert({ databases: path, output, partition: 'night', workers: 0 });
    assert.deepEqual(readdirSync(output), ['manifest.json', 't.k.0', 't.k.1']);
    const connection = await (await DuckDBInstance.create()).connect();
    const from = `read_parquet('${output}/t.k.0/**/*.parquet', hive_partitioning = true)`;
    const rows = await connection.runAndReadAll(
      `SELECT night::VARCHAR, count(*), min(n) FROM ${from} GROUP BY 1 ORDER BY 1 NULLS LAST`,
    );
    assert.deepEqual(rows.getRowsJson(), [
      ['2018-03-23', '10', '0'],
      ['2018-03-24', '10', '1'],
      ['2018-03-26', '10', '2'],
      [null, '1', null],
    ]);
    const nightly = join(folder, `${files++}`);
    mkdirSync(nightly);
    for (const [i, startS] of nights.entries()) {
      const start = new Date(1000 * (startS - 60)).toISOString();
      const part = join(nightly, `${i}.parquet`);
      await convert({ databases: path, output: part, start, duration: '12h', workers: 0 });
    }
    const all = `read_parquet('${nightly}/*.parquet/t.k.0.parquet', union_by_name = true)`;
    const [[count]] = (await connection.runAndReadAll(`SELECT count(*) FROM ${all}`)).getRowsJson();
    assert.equal(count, '30');
    connection.closeSync();
    const refused = convert({ databases: path, output: join(folder, 'x.jsonl'), partition: 'night' });
    await assert.rejects(
      refused,
      /^TcsReplayError: Expected partition to be none for jsonl, which is one file/,
    );
  });

  it('of topics with names that no file can have has a file each', async () => {
    const topics = ['', '.', '..', 'a/b', 'A/B', 'a%2Fb', 'x'.repeat(300), `${'x'.repeat(300)}y`, 'схема.星'];
    const { manifest } = await converted(
      topics.map((topic, i) => plainEvent(BigInt(i + 1), topic)),
      'csv',
    );
    assert.deepEqual(
      manifest.topics.map(({ topic }) => topic),
      topics,
    );
    const names = manifest.topics.map(({ file }) => file.toLowerCase());
    assert.equal(new Set(names).size, topics.length);
    for (const name of names) assert.match(name, /^[^/]{1,250}$/);
  });
});

function topicsOf(sent: readonly SentEvent[]): string[] {
  return [...new Set(sent.map(({ topic }) => topic))];
}

function countOf(sent: readonly SentEvent[], topic: string): number {
  return sent.filter((event) => event.topic === topic).length;
}

/** Members of a payload; numbers are the texts that they are written as. */
function membersOf(payload: string): Map<string, { readonly isText: boolean; readonly text: string | null }> {
  const members = new Map<string, { isText: boolean; text: string | null }>();
  const MEMBER = /("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*"|[^,}]*)/gs;
  for (const [, key, value] of payload.matchAll(MEMBER)) {
    const isText = value.startsWith('"');
    const text = isText ? (JSON.parse(value) as string) : value === 'null' ? null : value;
    members.set(JSON.parse(key) as string, { isText, text });
  }
  return members;
}

function timeUs(text: string | null | undefined): bigint | null {
  const timeS = text === null || text === undefined ? Number.NaN : pythonFloat(text);
  return Math.abs(timeS) < 9.2e12 ? BigInt(Math.round(1e6 * timeS)) : null;
}

function rowOf(event: SentEvent, columns: Manifest['topics'][number]['columns']): unknown[] {
  const members = membersOf(event.payload);
  return columns.map(({ name, type }) => {
    const text = members.get(name)?.text ?? null;
    if (type === 'time') return timeUs(text);
    if (text === null) return null;
    if (type === 'number') return Number(text);
    return type === 'boolean' ? text === 'true' : text;
  });
}

/** Times stay microseconds. */
const PARSERS = { ...DEFAULT_PARSERS, timestampFromMicroseconds: (us: bigint) => us as unknown as Date };

function csvCell(event: SentEvent, name: string, type: string): string {
  const text = membersOf(event.payload).get(name)?.text ?? null;
  if (type !== 'time') return text ?? '';
  const us = timeUs(text);
  if (us === null) return '';
  const seconds = us / 1_000_000n - (us % 1_000_000n < 0n ? 1n : 0n);
  const fraction = String(us - seconds * 1_000_000n).padStart(6, '0');
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime())
    ? `${seconds}.${fraction}`
    : `${date.toISOString().slice(0, -5)}.${fraction}Z`;
}
