import type SQLite from 'better-sqlite3';
import fc from 'fast-check';
import { addOddities, noWarnings } from '../../src/batch/warnings.js';
import type { EventReader } from '../../src/database/event-reader.js';
import type { ReadRules } from '../../src/database/recording.js';
import type { RowRange, Rows } from '../../src/database/rows.js';
import { rules } from './arbitrary-event.js';
import { decodedEvents, PLAIN_RULES, readBatches, withReader } from './decoded-event.js';
import { createDatabase } from './stored-event.js';

/** How a night is stored, and what of it is odd. */
export interface NightShape {
  readonly pageBytes: number;
  readonly ids: 'row ids' | 'integers' | 'falling integers' | 'ascending texts' | 'any texts';
  readonly topic: 'column' | 'parts' | 'attributes';
  /** Whether the index has a further column. */
  readonly isIndexWider: boolean;
  /** Whether there is an index. */
  readonly isIndexed: boolean;
  /** Column types; without them values stay what they are written as. */
  readonly isTyped: boolean;
  readonly events: number;
  /** Of how many events in a thousand something is odd. */
  readonly oddities: number;
  /** Of how many events in a thousand the rows are deleted, or written anew behind all others. */
  readonly changes: number;
  readonly isVacuumed: boolean;
  readonly seed: number;
}

export const nightShapes = fc.record<NightShape>({
  pageBytes: fc.constantFrom(512, 1024, 4096, 65536),
  ids: fc.constantFrom('row ids', 'integers', 'falling integers', 'ascending texts', 'any texts'),
  topic: fc.constantFrom('column', 'parts', 'attributes'),
  isIndexWider: fc.boolean(),
  isIndexed: fc.boolean(),
  isTyped: fc.boolean(),
  events: fc.constantFrom(1, 40, 700),
  oddities: fc.constantFrom(0, 5, 200),
  changes: fc.constantFrom(0, 5, 200),
  isVacuumed: fc.boolean(),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});
/** A plain night: nothing of it is left to SQLite. */
export const PLAIN_NIGHT: NightShape = {
  ...{ pageBytes: 4096, ids: 'row ids', topic: 'column', isIndexWider: false, isTyped: true },
  isIndexed: true,
  ...{ events: 1500, oddities: 0, changes: 0, isVacuumed: false, seed: 1 },
};
export const FIRST_TIME_S = 1_600_000_000;

export type Random = (below: number) => number;
type Value = string | number | bigint | Buffer | null;

export function random(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function makeNight(path: string, shape: NightShape): void {
  const pick = random(shape.seed);
  const db = createDatabase(path);
  db.pragma(`page_size = ${shape.pageBytes}`);
  const { ids, isTyped } = shape;
  const [text, real] = isTyped ? ['TEXT', 'REAL'] : ['', ''];
  const idType = ids.endsWith('texts') ? 'TEXT' : 'INTEGER';
  const id = ids === 'row ids' ? 'event_id INTEGER PRIMARY KEY' : `event_id ${idType}`;
  const topic = { column: `, topic ${text}`, parts: ', system TEXT, source TEXT, key TEXT', attributes: '' };
  db.exec(`CREATE TABLE event (${id}${topic[shape.topic]}, data_time ${real});
    CREATE TABLE attribute (event_id ${idType}, key ${text}, value ${text}, data_type TEXT)`);
  if (shape.isIndexed) db.exec(`CREATE INDEX i ON attribute (event_id${shape.isIndexWider ? ', key' : ''})`);
  db.transaction(() => fill(db, shape, pick))();
  if (shape.isVacuumed) db.exec('VACUUM');
  db.close();
}

function fill(db: SQLite.Database, shape: NightShape, pick: Random): void {
  const places = { column: '?, ?, ?', parts: '?, ?, ?, ?, ?', attributes: '?, ?' }[shape.topic];
  const insertEvent = db.prepare(`INSERT INTO event VALUES (${places})`);
  const insertRow = db.prepare('INSERT INTO attribute VALUES (?, ?, ?, ?)');
  const isOdd = () => pick(1000) < shape.oddities;
  for (let i = 1; i <= shape.events; i++) {
    const id = idOf(shape, i, pick);
    const parts = ['tcs', `source${pick(3)}`, isOdd() ? 'é"' : 'status'];
    const topic = { column: [isOdd() ? null : parts.join('.')], parts, attributes: [] }[shape.topic];
    const timeS = FIRST_TIME_S + i / 8;
    insertEvent.run(id, ...topic, isOdd() ? [null, 'x', 5n, timeS.toFixed(6)][pick(4)] : timeS);
    if (shape.topic === 'attributes') {
      for (const [k, key] of ['__system', '__source', '__key'].entries())
        if (!isOdd())
          insertRow.run(id, key, isOdd() ? [null, 7n, 'x'.repeat(90)][pick(3)] : parts[k], 'string');
    }
    if (!isOdd())
      insertRow.run(id, '__wire_time', isOdd() ? [null, timeS, 'x', 7n][pick(4)] : String(timeS), 'number');
    if (pick(2) === 0) insertRow.run(id, '__data_time', (timeS - 0.25).toFixed(6), 'number');
    for (let k = isOdd() ? -20 : pick(3); k < 6; k++) {
      insertRow.run(
        id,
        isOdd() ? oddKey(pick) : `key ${Math.abs(k)}`,
        storedValue(pick, isOdd()),
        typeOf(pick),
      );
    }
    if (pick(1000) >= shape.changes) continue;
    const other = idOf(shape, 1 + pick(i), random(shape.seed));
    if (pick(2) === 0) db.prepare('DELETE FROM attribute WHERE event_id = ?').run(other);
    else insertRow.run(other, `later ${i}`, 'x', 'string');
    if (pick(4) === 0) db.prepare('DELETE FROM event WHERE event_id = ?').run(other);
  }
}

function idOf({ ids, events }: NightShape, i: number, pick: Random): Value {
  if (ids === 'row ids' || ids === 'integers') return BigInt(3 * i);
  if (ids === 'falling integers') return BigInt(events - i - 20);
  return ids === 'ascending texts' ? `id ${String(i).padStart(6, '0')}` : `${(i * 7919) % 10_007} ${pick(1)}`;
}

function oddKey(pick: Random): Value {
  return ['', 'é', 'a"b', 'a\\b', 'tab\t', 'key 1', null, 7n, '__data_time', 'x'.repeat(300)][pick(10)];
}

function storedValue(pick: Random, isOdd: boolean): Value {
  if (!isOdd) {
    return [String(pick(10_000) / 8), 'text', '-0.125', 'true', 'a somewhat longer text, of a sentence', ''][
      pick(6)
    ];
  }
  return [
    ...[
      'quote "',
      'back \\ slash',
      'é',
      '🔭',
      '\u0001',
      '\0',
      ' 12\n',
      '1_0',
      'x'.repeat(pick(9000)),
      '\u007f',
    ],
    ...[
      null,
      12n,
      -5n,
      2n ** 60n,
      0.1,
      -0.0,
      5.0,
      1e300,
      1 / 3,
      Number.POSITIVE_INFINITY,
      Buffer.from('blob'),
    ],
  ][pick(21)];
}

function typeOf(pick: Random): string {
  return ['string', 'number', 'boolean'][pick(3)];
}

/** All that is read of a recording, or of some rows of it, and how many of its events were read from pages. */
export function readWith(
  path: string,
  reader: EventReader,
  asked: Partial<ReadRules>,
  rowsOf: (all: RowRange) => Rows = (all) => all,
) {
  return withReader(path, { ...PLAIN_RULES, ...asked, reader }, (batches) => {
    const { rows } = batches.recording;
    const read = rows === undefined ? [] : readBatches(batches, rowsOf(rows));
    const warnings = noWarnings();
    for (const { oddities, count } of read) addOddities(warnings, oddities, 0, count);
    const skipped = read.reduce((sum, { skippedAtEnd }) => sum + skippedAtEnd, 0);
    const found = {
      events: read.flatMap(decodedEvents),
      topics: [...new Set(read.flatMap(({ topics }) => topics))],
      keys: read.flatMap(({ keyS }) => [...keyS]),
      damage: read.flatMap(({ damage }) => damage),
      ...{ warnings, skipped },
    };
    return { found, fromPages: batches.eventsFromPages };
  });
}

/** What is asked of a reader. */
export const asked = fc.record({
  rules,
  keyTime: fc.constantFrom<ReadRules['keyTime']>('due', 'data'),
  filter: fc.constantFrom(undefined, ['tcs.source1.*'], ['*.status'], ['none.*']),
  ranges: fc.constantFrom(undefined, [{ startS: FIRST_TIME_S + 1, endS: FIRST_TIME_S + 30 }]),
});
