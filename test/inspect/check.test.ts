import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { addOddities, noWarnings } from '../../src/batch/warnings.js';
import { EventCheck } from '../../src/database/check/event-check.js';
import { type Finding, type FindingKind, FindingList } from '../../src/database/check/finding.js';
import { pythonNumberToJson } from '../../src/encode/python-number.js';
import type { DatabaseFacts } from '../../src/formats/format-facts.js';
import { check } from '../../src/inspect/check.js';
import type { FileCheck } from '../../src/inspect/file-check.js';
import { info } from '../../src/inspect/info.js';
import { arbitraryEvents } from '../support/arbitrary-event.js';
import { batchesOf } from '../support/decoded-event.js';
import { writeTopicsNight } from '../support/odd-night.js';
import { openRecording } from '../support/open-recording.js';
import {
  createDatabase,
  insertEvents,
  KNOWN_ATTRIBUTES,
  knownEvent,
  type StoredEvent,
  writeEvents,
} from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'tcs-check-'));
process.env.XDG_CACHE_HOME = join(folder, 'cache');
const RUNS = 25;
const PAGE = 4096;
let made = 0;
const newPath = () => join(folder, `${made++}.db`);

after(() => rmSync(folder, { recursive: true }));

/** What is found in a database of these events. */
async function findingsOf(
  events: readonly StoredEvent[],
  options: { index?: boolean; schema?: string } = {},
) {
  const path = newPath();
  writeEvents(path, events, options);
  const [result] = await check({ databases: [path], workers: 0, schema: options.schema ?? [] });
  return byKind(result);
}

/** Without threads, unless what is looked for takes them: they take longer to start than to check this. */
async function checkOne(path: string, workers = 0): Promise<FileCheck> {
  const [result] = await check({ databases: [path], workers });
  return result;
}

function byKind({ findings }: { findings: readonly Finding[] }): Partial<Record<FindingKind, Finding>> {
  return Object.fromEntries(findings.map((finding) => [finding.kind, finding]));
}

/** Everything about the events of a file, in this thread. */
function scanned(path: string): Finding[] {
  const scratch = mkdtempSync(join(folder, 'scratch-'));
  const recording = openRecording(path, { scratchFolder: scratch });
  const events = new EventCheck(recording);
  try {
    const found = new FindingList();
    for (let from = recording.rows?.first; from !== undefined; ) {
      const { next, findings } = events.check(from, recording.rows?.last as bigint, 5);
      found.merge(findings);
      from = next;
    }
    return found.findings;
  } finally {
    events.close();
  }
}

const time = { key: '__wire_time', value: '1521854100.5', dataType: 'number' };
const number = (key: string, value: StoredEvent['attributes'][number]['value']) => ({
  key,
  value,
  dataType: 'number',
});

describe('check', () => {
  it('takes a database that changes meanwhile for unchecked', async () => {
    const path = newPath();
    writeEvents(
      path,
      Array.from({ length: 5000 }, (_, i) => knownEvent(BigInt(i + 1))),
    );
    let isDone = false;
    const checking = checkOne(path, 2).finally(() => {
      isDone = true;
    });
    for (let i = 1; !isDone; i++) {
      utimesSync(path, i, i);
      await nextTurn();
    }
    const { verdict, failure } = await checking;
    assert.equal(verdict, 'unchecked');
    assert.match(failure ?? '', /\.db has changed while it was checked: the file was written to$/);
  });

  it('finds nothing in a plain night', async () => {
    const path = newPath();
    writeEvents(
      path,
      [1n, 2n, 3n].map((id) => knownEvent(id)),
    );
    const { verdict, events, findings } = await checkOne(path, 2);
    assert.deepEqual({ verdict, events, findings }, { verdict: 'sound', events: 3, findings: [] });
  });

  for (const [what, columns, message] of [
    ['a function', 'own(value)', 'unknown function: own() (SQLITE_ERROR)'],
    ['a collation', 'value COLLATE own', 'no such collation sequence: own (SQLITE_ERROR_MISSING_COLLSEQ)'],
  ] as const) {
    it(`does not take an index for damaged whose program has ${what} of its own`, async () => {
      const path = newPath();
      writeEvents(
        path,
        [1n, 2n].map((id) => knownEvent(id)),
      );
      const db = new Database(path);
      db.function('own', { deterministic: true }, (value) => value);
      db.exec('CREATE INDEX other ON attribute (own(value))');
      db.unsafeMode();
      db.pragma('writable_schema = ON');
      const sql = `CREATE INDEX other ON attribute (${columns})`;
      db.prepare("UPDATE sqlite_schema SET sql = ? WHERE name = 'other'").run(sql);
      db.close();
      const { verdict, findings } = await checkOne(path);
      assert.equal(verdict, 'odd');
      assert.deepEqual(
        findings.map(({ kind, places }) => [kind, places]),
        [['foreignIndex', [{ message }]]],
      );
      const { files } = await info({ databases: [path] });
      assert.equal((files[0] as DatabaseFacts).attributes, 2 * knownEvent(1n).attributes.length);
    });
  }

  it('finds nothing in an empty recording', async () => {
    assert.deepEqual(await findingsOf([]), {});
  });

  it('counts as many oddities of each kind as the encoder, whatever the events are', () => {
    fc.assert(
      fc.property(arbitraryEvents(), fc.boolean(), (events, index) => {
        const path = newPath();
        writeEvents(path, events, { index });
        const found = byKind({ findings: scanned(path) });
        const sent = noWarnings();
        for (const { oddities, count } of batchesOf(path)) addOddities(sent, oddities, 0, count);
        for (const kind of ['missingTime', 'noAttributes', 'blobValue'] as const)
          assert.equal(found[kind]?.count ?? 0, sent[kind], kind);
      }),
      { numRuns: RUNS },
    );
  });

  it('finds the values of type number that Python takes for no finite number, and no other', () => {
    const text = fc.oneof(
      fc.constantFrom(
        '1',
        '-0.5',
        '.5',
        '5.',
        '1_000',
        ' 7 ',
        'nan',
        'inf',
        '',
        '<none>',
        '1e400',
        '-',
        '0x1F',
        '１２',
        '"',
        'é',
      ),
      fc.string({ maxLength: 6 }),
      fc.double({ noNaN: true }).map(String),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
        const path = newPath();
        const events = texts.map((value, i) => ({
          ...knownEvent(BigInt(i + 1)),
          attributes: [time, number('x', value), { key: 's', value, dataType: 'string' }],
        }));
        writeEvents(path, events);
        const misfits = texts.flatMap((value, i) =>
          pythonNumberToJson(value) === undefined ? [{ row: BigInt(i + 1), value }] : [],
        );
        const { misfitValue } = byKind({ findings: scanned(path) });
        assert.equal(misfitValue?.count ?? 0, misfits.length);
        assert.deepEqual(
          misfitValue?.places.map(({ row, value }) => ({ row, value })) ?? [],
          misfits.slice(0, 5),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it('finds booleans that are neither true nor false, and infinite numbers', async () => {
    const boolean = (key: string, value: string | bigint | null) => ({ key, value, dataType: 'boolean' });
    const attributes = [
      ...KNOWN_ATTRIBUTES,
      ...[time, boolean('a', 'true'), boolean('b', 'True'), boolean('c', 1n), boolean('d', null)],
      ...[number('e', Infinity), number('f', 1e300), number('g', null), number('h', 5n)],
    ];
    const { misfitValue, ...others } = await findingsOf([{ ...knownEvent(1n), attributes }]);
    assert.deepEqual(others, {});
    assert.deepEqual(
      misfitValue?.groups.map(({ key, value }) => [key, value]),
      [
        ['b', 'True'],
        ['c', '1'],
        ['e', '9.0e+999'],
      ],
    );
    assert.equal(misfitValue?.severity, 'oddity');
  });

  it('sums what it finds by topic and key', async () => {
    const events = Array.from({ length: 20 }, (_, i) => ({
      ...knownEvent(BigInt(i + 1)),
      topic: i % 4 === 0 ? 'a' : 'b',
      attributes: [time, number('x', '<none>')],
    }));
    const { misfitValue } = await findingsOf(events);
    assert.equal(misfitValue?.count, 20);
    assert.equal(misfitValue?.places.length, 5);
    assert.deepEqual(misfitValue?.groups, [
      { topic: 'b', key: 'x', count: 15, value: '<none>' },
      { topic: 'a', key: 'x', count: 5, value: '<none>' },
    ]);
  });

  it('finds topics that have not three parts, and the known keys that events lack', async () => {
    const without = (key: string) => KNOWN_ATTRIBUTES.filter((attribute) => attribute.key !== key);
    const { topicForm, missingKey, ...others } = await findingsOf([
      knownEvent(1n),
      { ...knownEvent(2n), topic: 'tracker.drive' },
      {
        ...knownEvent(3n),
        topic: 'tracker.drive.x.y',
        attributes: [{ ...time, value: '1521854103' }, ...without('__data')],
      },
    ]);
    assert.deepEqual(others, {});
    assert.deepEqual(
      topicForm?.places.map(({ row, topic }) => [row, topic]),
      [
        [2n, 'tracker.drive'],
        [3n, 'tracker.drive.x.y'],
      ],
    );
    assert.deepEqual(
      missingKey?.places.map(({ row, key }) => [row, key]),
      [[3n, '__data']],
    );
  });

  for (const [what, value] of [
    ['milliseconds', '1521854100500'],
    ['microseconds', '1521854100500000'],
    ['nanoseconds', '1521854100500000000'],
    ['a Julian date', '2458201.5'],
    ['a modified Julian date', '58201.5'],
    ['0', '0'],
    ['of the far future', '99999999999'],
  ]) {
    it(`does not call a database sound with a time that is ${what}`, async () => {
      const attributes = [...KNOWN_ATTRIBUTES, { key: '__wire_time', value, dataType: 'number' }];
      const { implausibleTime, ...others } = await findingsOf([{ ...knownEvent(1n), attributes }], {
        schema: 'event.time=unix-s',
      });
      assert.deepEqual(others, {});
      assert.deepEqual(
        implausibleTime?.places.map(({ row, key, value }) => [row, key, value]),
        [[1n, '__wire_time', value]],
      );
    });
  }

  it('finds events that are due more than a second before the one ahead, in each part that a thread checks', async () => {
    const event = (id: bigint, timeS: number): StoredEvent => ({
      ...knownEvent(id),
      attributes: [...KNOWN_ATTRIBUTES, { ...time, value: String(1_521_854_100 + timeS) }],
    });
    const rising = [0, 1, 0.5, 2, 1].map((timeS, i) => event(BigInt(i + 1), timeS));
    assert.deepEqual(await findingsOf(rising), {});
    // Of the last event alone nobody could tell whether its clock is wrong: it has a companion.
    const descending = Array.from({ length: 5001 }, (_, i) => event(BigInt(i + 1), -2 * Math.min(i, 4999)));
    const path = newPath();
    writeEvents(path, descending);
    for (const workers of [0, 3]) {
      const { outOfOrder, ...others } = byKind(await checkOne(path, workers));
      assert.deepEqual(others, {});
      assert.equal(outOfOrder?.count, 4999);
    }
  });

  it('tells missing times from unreadable ones', async () => {
    const event = (
      id: bigint,
      dataTime: StoredEvent['dataTime'],
      ...attributes: StoredEvent['attributes']
    ) => ({
      ...knownEvent(id),
      dataTime,
      attributes: [{ key: 'a', value: 'x', dataType: 'string' }, ...attributes],
    });
    const found = await findingsOf([
      event(1n, null),
      event(2n, 5n),
      event(3n, 5n, number('__wire_time', 'soon')),
      event(4n, 'later', number('__wire_time', '6')),
      event(5n, null, number('__wire_time', 'soon'), number('__data_time', 'nan')),
      event(6n, null, number('__wire_time', null), number('__data_time', '6')),
    ]);
    const rows = (kind: FindingKind) => found[kind]?.places.map(({ row, key, value }) => [row, key, value]);
    assert.deepEqual(rows('missingTime'), [
      [1n, undefined, undefined],
      [5n, undefined, undefined],
    ]);
    assert.deepEqual(rows('missingWireTime'), [
      [2n, undefined, undefined],
      [6n, undefined, undefined],
    ]);
    assert.deepEqual(rows('unreadableTime'), [
      [3n, '__wire_time', 'soon'],
      [4n, 'data_time', 'later'],
      [5n, '__wire_time', 'soon'],
      [5n, '__data_time', 'nan'],
    ]);
  });

  it('finds attributes of no event, with an index and without', async () => {
    for (const index of [true, false]) {
      const path = newPath();
      writeEvents(path, [knownEvent(1n), knownEvent(2n)], { index });
      const db = createDatabase(path);
      db.exec(
        "INSERT INTO attribute VALUES (7, 'a', 'x', 'string'), (NULL, 'b', 'y', 'string'), (8, 'c', 'z', NULL)",
      );
      db.close();
      const { orphan, ...others } = byKind(await checkOne(path));
      assert.deepEqual(others, {});
      assert.equal(orphan?.count, 3);
      assert.deepEqual(
        orphan?.places.map(({ row, eventId, key, value }) => [row, eventId, key, value]),
        [
          [11n, 7n, 'a', 'x'],
          [12n, null, 'b', 'y'],
          [13n, 8n, 'c', 'z'],
        ],
      );
    }
  });

  it('finds events of one id, and events of none', async () => {
    const path = newPath();
    const db = createDatabase(path);
    db.exec(
      'CREATE TABLE event (event_id INTEGER, topic TEXT, data_time); CREATE TABLE attribute (event_id INTEGER, key TEXT, value, data_type TEXT); CREATE INDEX attribute_event_id ON attribute (event_id)',
    );
    insertEvents(
      db,
      [1n, 2n].map((id) => knownEvent(id)),
    );
    db.exec("INSERT INTO event VALUES (2, 'again', 5), (NULL, 'none', 5)");
    db.close();
    const { repeatedEventId, noEventId } = byKind(await checkOne(path));
    assert.deepEqual([repeatedEventId?.count, repeatedEventId?.places], [2, [{ row: 2n, eventId: 2n }]]);
    assert.deepEqual([noEventId?.count, noEventId?.places], [1, [{ row: 4n, eventId: null }]]);
  });
});

describe('check of a database in WAL mode', () => {
  it('leaves nothing beside it', async (context) => {
    const own = temporaryFolder(context);
    const path = join(own, 'night.db');
    writeEvents(path, [knownEvent(1n)]);
    const db = createDatabase(path);
    db.pragma('journal_mode = WAL');
    db.close();
    const bytes = readFileSync(path);
    assert.equal((await checkOne(path)).verdict, 'sound');
    bytes.fill(0, 100, 200);
    writeFileSync(path, bytes);
    assert.equal((await checkOne(path)).verdict, 'damaged');
    assert.deepEqual(readdirSync(own), ['night.db']);
    assert.deepEqual(readFileSync(path), bytes);
  });
});

describe('check of a damaged file', () => {
  function night(events: number): { path: string; bytes: Buffer } {
    const path = newPath();
    writeTopicsNight(path, { events });
    return { path, bytes: readFileSync(path) };
  }

  it('locates the events that cannot be read, and looks at all others', async () => {
    const { path, bytes } = night(3000);
    for (const page of [20, 60, 61, 150]) bytes.fill(0, page * PAGE, (page + 1) * PAGE);
    writeFileSync(path, bytes);
    const { verdict, events, findings } = await checkOne(path, 2);
    const { integrity, unreadableRows } = byKind({ findings });
    assert.equal(verdict, 'damaged');
    assert(integrity !== undefined && unreadableRows !== undefined);
    assert(events > 2500, `${events}`);
    for (const { row, message } of unreadableRows.places) {
      assert(row !== undefined);
      assert.match(message ?? '', /malformed/);
    }
  });

  it('is never a failure, wherever pages are lost', async () => {
    const { path, bytes } = night(600);
    const pages = bytes.length / PAGE;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: pages - 1 }), { minLength: 1, maxLength: 3 }),
        async (lost) => {
          const damaged = Buffer.from(bytes);
          for (const page of lost) damaged.fill(0, page * PAGE, (page + 1) * PAGE);
          writeFileSync(path, damaged);
          const { verdict } = await checkOne(path, 0);
          assert.equal(verdict, 'damaged');
        },
      ),
      { numRuns: 10 },
    );
  });

  it('says what a file that is cut off, or no database, is', async () => {
    const { path, bytes } = night(600);
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    assert.equal((await checkOne(path)).verdict, 'damaged');
    writeFileSync(path, 'no database at all');
    const { verdict, findings } = await checkOne(path);
    assert.deepEqual([verdict, findings.map(({ kind }) => kind)], ['damaged', ['notADatabase']]);
  });

  it('says what tables are missing, after SQLite has checked the file', async () => {
    const path = newPath();
    createDatabase(path).exec('CREATE TABLE other (a)').close();
    const { verdict, findings } = await checkOne(path);
    assert.deepEqual([verdict, findings.map(({ kind }) => kind)], ['damaged', ['unknownSchema']]);
    assert.match(findings[0].places[0].message ?? '', /No table event or events/);
  });
});
