/**
 * The same night in databases of every shape: tables and columns by other names, with and without an index, with the
 * rows of an event side by side or scattered, ids that are numbers or texts, in one file or with a log beside it that
 * a writer is still at. All of them play alike, in every order. In each layout, each three of these choices come together.
 */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import type { SortBy } from '../../src/database/order/sort-by.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { ReadAheadBudget } from '../../src/sources/read-ahead-budget.js';
import { RecordingSource } from '../../src/sources/recording-source.js';
import { PLAIN_RULES } from '../support/decoded-event.js';
import { stateOfFolder } from '../support/folder-state.js';

const EVENTS = 90;
const WORKERS = 2;
/** Threads have enough to do while one is opened or compared. */
const RUNS_AT_ONCE = 4;
const ORDERS: readonly SortBy[] = ['none', '__wire_time', '__data_time'];

interface NightEvent {
  readonly number: number;
  readonly parts: readonly [system: string, source: string, key: string];
  readonly dataTimeS: number;
  readonly attributes: readonly (readonly [key: string, value: string, type: string])[];
}

/** How the tables are laid out: statements, and what goes into a row. */
interface Layout {
  readonly tables: string;
  readonly index: string;
  readonly insertEvent: string;
  readonly insertAttribute: string;
  readonly event: (event: NightEvent, id: unknown) => unknown[];
  readonly attribute: (id: unknown, attribute: NightEvent['attributes'][number]) => unknown[];
}

const LAYOUTS: Record<string, Layout> = {
  'the default names': {
    tables: `CREATE TABLE event (event_id, topic TEXT, data_time REAL);
             CREATE TABLE attribute (event_id, key TEXT, value TEXT, data_type TEXT)`,
    index: 'CREATE INDEX attribute_event_id ON attribute (event_id)',
    insertEvent: 'INSERT INTO event VALUES (?, ?, ?)',
    insertAttribute: 'INSERT INTO attribute VALUES (?, ?, ?, ?)',
    event: ({ parts, dataTimeS }, id) => [id, parts.join('.'), dataTimeS],
    attribute: (id, attribute) => [id, ...attribute],
  },
  'plural names in capitals': {
    tables: `CREATE TABLE EVENTS (ID, NAME TEXT, TIME REAL);
             CREATE TABLE ATTRIBUTES (ID, NAME TEXT, VAL TEXT, TYPE TEXT)`,
    index: 'CREATE INDEX BY_ID ON ATTRIBUTES (ID, NAME)',
    insertEvent: 'INSERT INTO EVENTS VALUES (?, ?, ?)',
    insertAttribute: 'INSERT INTO ATTRIBUTES VALUES (?, ?, ?, ?)',
    event: ({ parts, dataTimeS }, id) => [id, parts.join('.'), dataTimeS],
    attribute: (id, attribute) => [id, ...attribute],
  },
  'the topic in three columns, no types': {
    tables: `CREATE TABLE event (system TEXT, source TEXT, key TEXT, __data_time TEXT, event_id);
             CREATE TABLE attribute (value TEXT, attribute TEXT, event_id)`,
    index: 'CREATE INDEX i ON attribute (event_id)',
    insertEvent: 'INSERT INTO event VALUES (?, ?, ?, ?, ?)',
    insertAttribute: 'INSERT INTO attribute VALUES (?, ?, ?)',
    event: ({ parts, dataTimeS }, id) => [...parts, String(dataTimeS), id],
    attribute: (id, [key, value]) => [value, key, id],
  },
  'topic and time in attributes alone': {
    tables: `CREATE TABLE events (id);
             CREATE TABLE attributes (id, key TEXT, val TEXT, type TEXT)`,
    index: 'CREATE INDEX i ON attributes (id)',
    insertEvent: 'INSERT INTO events VALUES (?)',
    insertAttribute: 'INSERT INTO attributes VALUES (?, ?, ?, ?)',
    event: (_event, id) => [id],
    attribute: (id, attribute) => [id, ...attribute],
  },
  'rows with ids of their own, and columns that mean nothing': {
    tables: `CREATE TABLE event (id INTEGER PRIMARY KEY, event_id, rowid_ TEXT, topic TEXT, data_time REAL);
             CREATE TABLE attribute (id INTEGER PRIMARY KEY, note, event_id, key TEXT, value, data_type TEXT)`,
    index: 'CREATE INDEX i ON attribute (event_id, id)',
    insertEvent: 'INSERT INTO event (event_id, topic, data_time) VALUES (?, ?, ?)',
    insertAttribute: 'INSERT INTO attribute (event_id, key, value, data_type) VALUES (?, ?, ?, ?)',
    event: ({ parts, dataTimeS }, id) => [id, parts.join('.'), dataTimeS],
    attribute: (id, attribute) => [id, ...attribute],
  },
};

const INDICES = { 'an index': true, 'no index': false };
const PLACES = { 'rows side by side': false, 'rows scattered': true };
/** Texts come in no order, and some look like others' numbers. */
const IDS: Record<string, (event: number) => unknown> = {
  'ids that are numbers': (event) => 1000 + 3 * event,
  'ids that are texts': (event) => `${(event * 7919) % 1009}${event % 2 === 0 ? '' : '.0'}`,
};
const JOURNALS = { 'one file': false, 'a log beside it': true };

/** Out of order, with equal times, and with times that are missing or are none. */
function nightEvents(): NightEvent[] {
  return Array.from({ length: EVENTS }, (_, number) => {
    const wireS = 1_521_854_100 + Math.floor(number / 3) + ((number * 37) % 11);
    const dataTimeS = wireS - ((number * 13) % 7) / 4;
    const parts = ['tcs', `unit${number % 5}`, number % 2 === 0 ? 'status' : 'position'] as const;
    const wire = number % 17 === 5 ? 'soon' : String(wireS);
    const common = [
      ['__system', parts[0], 'string'],
      ['__source', parts[1], 'string'],
      ['__key', parts[2], 'string'],
      ['__data_time', String(dataTimeS), 'number'],
      ...(number % 19 === 7 ? [] : [['__wire_time', wire, 'number'] as const]),
    ] as const;
    const own = Array.from(
      { length: number % 6 },
      (_v, i) => [`value.${i}`, `${number}é"${i}`, 'string'] as const,
    );
    return {
      number,
      parts,
      dataTimeS,
      attributes: [...common, ['number', String(number), 'number'], ...own],
    };
  });
}

/** @returns the writer, where it is still at it */
function writeNight(
  path: string,
  events: readonly NightEvent[],
  layout: Layout,
  shape: { index: boolean; isScattered: boolean; idOf: (event: number) => unknown; hasLog: boolean },
): Database.Database | undefined {
  const db = new Database(path);
  if (shape.hasLog) {
    db.pragma('journal_mode = WAL');
    db.pragma('wal_autocheckpoint = 0');
  }
  db.exec(layout.tables);
  if (shape.index) db.exec(layout.index);
  const insertEvent = db.prepare(layout.insertEvent);
  const insertAttribute = db.prepare(layout.insertAttribute);
  const rows = events.flatMap(({ number, attributes }) =>
    attributes.map((attribute, position) => ({ id: shape.idOf(number), attribute, position })),
  );
  // Those of an event stay in their order, which is that of its payload.
  if (shape.isScattered) rows.sort((a, b) => a.position - b.position);
  db.transaction(() => {
    for (const event of events) insertEvent.run(...layout.event(event, shape.idOf(event.number)));
    for (const { id, attribute } of rows) insertAttribute.run(...layout.attribute(id, attribute));
  })();
  if (shape.hasLog) return db;
  db.close();
  return undefined;
}

describe('a night in databases of every shape', { concurrency: RUNS_AT_ONCE }, () => {
  const events = nightEvents();
  const expected = new Map<SortBy, string[]>();
  let folder: string;
  let pool: DecoderPool;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tcs-matrix-'));
    pool = new DecoderPool(WORKERS);
    const path = join(folder, 'plain.db');
    const shape = { index: true, isScattered: false, idOf: IDS['ids that are numbers'], hasLog: false };
    writeNight(path, events, LAYOUTS['the default names'], shape);
    for (const sortBy of ORDERS) expected.set(sortBy, await played(path, sortBy));
  });

  after(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });

  /** Topics and payloads as they are sent. */
  async function played(path: string, sortBy: SortBy): Promise<string[]> {
    const source = await RecordingSource.open(pool, path, {
      sortBy,
      rules: { ...PLAIN_RULES, keyTime: sortBy === '__data_time' ? 'data' : 'due' },
      budget: new ReadAheadBudget(1 << 20),
      workers: WORKERS,
      batchEvents: 1024,
    });
    const sent: string[] = [];
    for await (const { batch } of source.batches()) {
      for (let i = 0; i < batch.count; i++) {
        const payload = batch.payloads.toString('latin1', batch.startOf(i), batch.endOf(i));
        sent.push(`${batch.topics[batch.topicIdOf(i)]} ${payload}`);
      }
    }
    return sent;
  }

  it('plays in the order asked for', () => {
    const numbers = (sortBy: SortBy) =>
      (expected.get(sortBy) ?? []).map((sent) => Number(/"number":"(\d+)"/.exec(sent)?.[1]));
    assert.deepEqual(
      numbers('none'),
      events.map(({ number }) => number),
    );
    for (const sortBy of ['__wire_time', '__data_time'] as const) {
      assert.notDeepEqual(numbers(sortBy), numbers('none'));
      const timeOf = ({ attributes, dataTimeS }: NightEvent) => {
        const wireS = Number(attributes.find(([key]) => key === '__wire_time')?.[1]);
        return sortBy === '__data_time' || Number.isNaN(wireS) ? dataTimeS : wireS;
      };
      // Sorting is stable.
      const sorted = [...events].sort((a, b) => timeOf(a) - timeOf(b));
      assert.deepEqual(
        numbers(sortBy),
        sorted.map(({ number }) => number),
      );
    }
  });

  for (const [number, [layoutName, layout]] of Object.entries(LAYOUTS).entries()) {
    for (const [indexName, index] of Object.entries(INDICES)) {
      for (const [placeName, isScattered] of Object.entries(PLACES)) {
        for (const [idName, idOf] of Object.entries(IDS)) {
          for (const [journalName, hasLog] of Object.entries(JOURNALS)) {
            // Half of all.
            const choices = [index, isScattered, idName === 'ids that are texts', hasLog];
            if ((number + choices.filter(Boolean).length) % 2 === 1) continue;
            const name = [layoutName, indexName, placeName, idName, journalName].join(', ');
            it(`plays alike: ${name}`, async () => {
              const own = join(folder, name);
              mkdirSync(own);
              const path = join(own, 'night.db');
              const writer = writeNight(path, events, layout, { index, isScattered, idOf, hasLog });
              try {
                const before = stateOfFolder(own);
                for (const sortBy of ORDERS) {
                  assert.deepEqual(await played(path, sortBy), expected.get(sortBy), sortBy);
                }
                assert.deepEqual(stateOfFolder(own), before);
              } finally {
                writer?.close();
              }
            });
          }
        }
      }
    }
  }
});
