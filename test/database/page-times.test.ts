import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type Database from 'better-sqlite3';
import fc from 'fast-check';
import type { Damage } from '../../src/batch/damage.js';
import { isLocked } from '../../src/database/connection.js';
import { EventTable } from '../../src/database/events/event-table.js';
import type { EventTimes } from '../../src/database/events/event-times.js';
import { PageTimes } from '../../src/database/events/page-times.js';
import { PageTransaction } from '../../src/database/pages/page-transaction.js';
import { connectTo, type Recording } from '../../src/database/recording.js';
import { DatabaseLock } from '../support/database-lock.js';
import { openRecording } from '../support/open-recording.js';
import { createDatabase } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

type Stored = string | bigint | number | Buffer | null;

/** How event ids are stored, and the types of the columns that hold them. */
const IDS = {
  'row ids': ['INTEGER PRIMARY KEY', 'INTEGER'],
  integers: ['INTEGER', 'INTEGER'],
  'integers without a type': ['', ''],
  numbers: ['NUMERIC', 'NUMERIC'],
  'integers as REALs': ['REAL', 'REAL'],
  'integers and texts': ['INTEGER', 'TEXT'],
  texts: ['TEXT', 'TEXT'],
  'texts without a type': ['', ''],
} as const;

interface NightShape {
  readonly ids: keyof typeof IDS;
  readonly index: 'one column' | 'two columns' | 'descending' | 'none';
  readonly pageBytes: number;
  readonly events: number;
  /** From one row id to the next; ids of events that are integers ascend so, or descend where it is negative. */
  readonly step: number;
  readonly hasTableTime: boolean;
  readonly isAltered: boolean;
  /** Length of some values. */
  readonly longest: number;
  /** Changes after the night was written: events or attributes that are deleted, or written elsewhere. */
  readonly changes: number;
  readonly isVacuumed: boolean;
  readonly times: readonly Stored[];
  readonly seed: number;
}

const PLAIN: NightShape = {
  ...{ ids: 'row ids', index: 'one column', pageBytes: 4096, events: 500, step: 1 },
  ...{ hasTableTime: true, isAltered: false, longest: 20, changes: 0, isVacuumed: true },
  ...{ times: ['1521854100.25', '1521854101', '1521854100.123456'], seed: 1 },
};

const TIMES: Stored[] = [
  ...[
    '1521854100.25',
    '5.',
    '.5',
    ' 12.5 ',
    '-3',
    '1_000.5',
    'nan',
    'inf',
    '1e400',
    '１２.５',
    '',
    'soon',
    '1,5',
  ],
  ...['0.1234567890123456789', '9007199254740993', '123456789.123456789', '7\u0000', '1"5', '1\\5'],
  ...[5n, 0n, 1n, -7n, 200n, 70_000n, 2n ** 31n, 2n ** 47n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)],
  ...[0.1, 1 / 3, -0, 5, 1_521_854_100.123456, 1e300, 5e-324, Number.POSITIVE_INFINITY],
  ...[null, Buffer.from('5'), Buffer.from('')],
];

const nights = fc.record<NightShape>({
  ids: fc.constantFrom(...(Object.keys(IDS) as (keyof typeof IDS)[])),
  index: fc.constantFrom('one column', 'one column', 'two columns', 'descending', 'none'),
  pageBytes: fc.constantFrom(512, 1024, 4096, 65_536),
  events: fc.constantFrom(0, 1, 64, 300, 700),
  step: fc.constantFrom(1, 3, 1000, -1),
  hasTableTime: fc.boolean(),
  isAltered: fc.boolean(),
  longest: fc.constantFrom(8, 80, 3000),
  changes: fc.constantFrom(0, 0, 1, 5, 60),
  isVacuumed: fc.boolean(),
  times: fc.array(
    fc.oneof(
      fc.constantFrom(...TIMES),
      fc.double({ noNaN: true }),
      fc.integer({ min: 0, max: 2e9 * 1000 }).map((ms) => String(ms / 1000)),
    ),
    { minLength: 1, maxLength: 12 },
  ),
  seed: fc.nat(2 ** 31 - 1),
});

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Inserts the event number `i`, from 1. */
type Insert = (i: number) => void;

/** Writes a night. @returns a connection to it, and what inserts further events */
function write(path: string, shape: NightShape): { db: Database.Database; insert: Insert } {
  const { ids, pageBytes, index, isAltered, step, times, longest } = shape;
  rmSync(path, { force: true });
  const db = createDatabase(path);
  db.pragma(`page_size = ${pageBytes}`);
  const [idType, eventIdType] = IDS[ids];
  db.exec(`CREATE TABLE event(event_id ${idType}, topic TEXT${shape.hasTableTime ? ', data_time' : ''});
    CREATE TABLE attribute(event_id ${eventIdType}, key TEXT, value)`);
  const columns = { 'one column': 'event_id', 'two columns': 'event_id, key', descending: 'event_id DESC' };
  if (index !== 'none') db.exec(`CREATE INDEX i ON attribute(${columns[index]})`);
  const pick = random(shape.seed);
  const event = db.prepare(
    `INSERT OR REPLACE INTO event(rowid, event_id, topic${shape.hasTableTime ? ', data_time' : ''})
     VALUES (?, ?, 'a.b.c'${shape.hasTableTime ? ', ?' : ''})`,
  );
  const attribute = db.prepare('INSERT INTO attribute(event_id, key, value) VALUES (?, ?, ?)');
  const time = () => times[pick(times.length)];
  const insert = (i: number) => {
    const row = BigInt(i * Math.abs(step));
    const number = ids === 'row ids' || step > 0 ? row : 1_000_000n - row;
    const id = ids.startsWith('texts') ? `event ${number}` : number;
    event.run(row, id, ...(shape.hasTableTime ? [time()] : []));
    // Some events have no attributes, some no times, some have them twice, and keys that are as long come, too.
    const keys = ['value', '__wire_time', 'other', '__data_time', '__wire_tims', 'value', '__wire_time'];
    const count = pick(20) === 0 ? pick(3) : 5 + pick(3);
    for (const key of keys.slice(0, count)) {
      attribute.run(id, key, key.startsWith('__') ? time() : 'x'.repeat(pick(longest)));
    }
  };
  db.transaction(() => {
    for (let i = 1; i <= shape.events; i++) {
      if (isAltered && i === shape.events >> 1)
        db.exec('ALTER TABLE event ADD COLUMN later; ALTER TABLE attribute ADD COLUMN data_type TEXT');
      insert(i);
    }
  })();
  change(db, shape, pick, insert);
  if (shape.isVacuumed) db.exec('VACUUM');
  return { db, insert };
}

function change(
  db: Database.Database,
  { changes, events }: NightShape,
  pick: (n: number) => number,
  insert: Insert,
): void {
  db.transaction(() => {
    for (let i = 0; i < changes; i++) {
      const row = pick(events) + 1;
      switch (pick(5)) {
        case 0:
          db.prepare('DELETE FROM event WHERE rowid = ?').run(row);
          break;
        case 1:
          db.prepare('DELETE FROM attribute WHERE rowid BETWEEN ? AND ?').run(row, row + pick(12));
          break;
        case 2:
          db.prepare('INSERT INTO attribute SELECT * FROM attribute WHERE rowid = ?').run(row);
          break;
        case 3:
          db.prepare('UPDATE attribute SET event_id = NULL WHERE rowid = ?').run(row);
          break;
        default:
          insert(row + pick(2 * events));
      }
    }
  })();
}

interface Read {
  readonly times: readonly EventTimes[];
  readonly damage: readonly Damage[];
  /** Number of events that were read from pages. */
  readonly fromPages: number;
}

/** Reads all times of a recording, some at a time. */
function read(recording: Recording, withPages: boolean, count: number): Read {
  const connection = connectTo(recording);
  const transaction = new PageTransaction(connection, recording.readPath);
  const pageTimes = withPages ? PageTimes.of(connection, transaction, recording) : undefined;
  let fromPages = 0;
  try {
    if (pageTimes !== undefined) {
      const readPages = pageTimes.read.bind(pageTimes);
      pageTimes.read = (...range) => {
        const times = readPages(...range);
        fromPages += times?.length ?? 0;
        return times;
      };
    }
    const table = new EventTable(connection, recording.schema, undefined, pageTimes);
    const times: EventTimes[] = [];
    const { rows } = recording;
    for (let from = rows?.first; from !== undefined && rows !== undefined; ) {
      const step = table.times(from, count, rows.last);
      times.push(...step);
      const end = step.at(-1)?.row;
      from = end === undefined || end >= rows.last ? undefined : end + 1n;
    }
    return { times, damage: table.takeDamage(), fromPages };
  } finally {
    connection.close();
    transaction.close();
  }
}

test('times are those that SQLite reads, whatever the night is like', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'night.db');
  let fromPages = 0;
  fc.assert(
    fc.property(nights, fc.constantFrom(64, 100, 1000), (shape, count) => {
      write(path, shape).db.close();
      const recording = openRecording(path, { scratchFolder: folder });
      const found = read(recording, true, count);
      assert.deepEqual({ ...found, fromPages: 0 }, read(recording, false, count));
      fromPages += found.fromPages;
    }),
    { numRuns: 30 },
  );
  assert.ok(fromPages > 0);
});

const READ_FROM_PAGES: Partial<NightShape>[] = [
  {},
  { ids: 'integers', step: 7 },
  { ids: 'integers', step: -1 },
  { ids: 'integers without a type', index: 'two columns' },
  { ids: 'numbers', index: 'descending' },
  { ids: 'texts', pageBytes: 512 },
  { ids: 'texts without a type', longest: 3000 },
  { index: 'none' },
  { ids: 'texts', index: 'none', hasTableTime: false },
  { isVacuumed: false, pageBytes: 1024 },
];

for (const shape of READ_FROM_PAGES) {
  test(`the events of a log are all read from pages: ${JSON.stringify(shape)}`, (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'night.db');
    write(path, { ...PLAIN, ...shape }).db.close();
    const recording = openRecording(path, { scratchFolder: folder });
    const { times, fromPages } = read(recording, true, 100);
    assert.deepEqual([times.length, fromPages], [PLAIN.events, PLAIN.events]);
  });
}

test('events whose attributes lie elsewhere are left to SQLite, and those after them are read from pages again', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'night.db');
  const { db } = write(path, { ...PLAIN, events: 2000 });
  db.exec("INSERT INTO attribute VALUES (150, '__wire_time', '9')");
  db.close();
  const recording = openRecording(path, { scratchFolder: folder });
  const { times, fromPages } = read(recording, true, 100);
  assert.equal(times[149].dueTimeS, 9);
  assert.equal(fromPages, 1900);
});

test('a night that another program writes to meanwhile is read as it is at the moment', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'night.db');
  const { db, insert } = write(path, { ...PLAIN, isVacuumed: false });
  const recording = openRecording(path, { scratchFolder: folder });
  const connection = connectTo(recording);
  const transaction = new PageTransaction(connection, recording.readPath);
  const pageTimes = PageTimes.of(connection, transaction, recording);
  assert.ok(pageTimes !== undefined);
  const plain = new EventTable(connection, recording.schema);
  const pick = random(5);
  let fromPages = 0;
  for (let round = 0; round < 40; round++) {
    const first = BigInt(round * 100 + 1);
    const found: EventTimes[] | undefined = pageTimes.read(first, 100, 2n ** 63n - 1n);
    if (found !== undefined) assert.deepEqual(found, plain.times(first, 100));
    fromPages += found?.length ?? 0;
    db.transaction(() => {
      for (let i = 0; i < 100; i++) insert(500 + round * 100 + i + 1);
      if (pick(4) === 0) db.prepare('DELETE FROM attribute WHERE event_id = ?').run(round * 100 + pick(200));
    })();
    if (round === 20) db.exec('VACUUM');
  }
  connection.close();
  transaction.close();
  db.close();
  assert.ok(fromPages > 2000, `${fromPages} events were read from pages`);
});

test('a locked database is told, and read once it is free', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'night.db');
  write(path, PLAIN).db.close();
  const recording = openRecording(path, { scratchFolder: folder });
  const connection = connectTo(recording);
  const transaction = new PageTransaction(connection, recording.readPath);
  const pageTimes = PageTimes.of(connection, transaction, recording);
  assert.ok(pageTimes !== undefined);
  const lock = new DatabaseLock(path);
  lock.lock();
  assert.throws(() => pageTimes.read(1n, 100, 500n), isLocked);
  lock.unlock();
  assert.equal(pageTimes.read(1n, 100, 500n)?.length, 100);
  // It is held no longer than a chunk is read.
  lock.lock();
  lock.unlock();
  lock.close();
  connection.close();
  transaction.close();
});

test('of a night with a byte that is wrong, each time is the one that SQLite reads, or the one that was written', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'night.db');
  const shapes: NightShape[] = [
    { ...PLAIN, pageBytes: 1024, events: 400 },
    { ...PLAIN, ids: 'texts', pageBytes: 512, events: 200, longest: 900 },
  ];
  for (const shape of shapes) {
    write(path, shape).db.close();
    const whole = readFileSync(path);
    const written = timesOf(read(openRecording(path, { scratchFolder: folder }), false, 100));
    const places = fc.nat(whole.length - shape.pageBytes - 1).map((place) => shape.pageBytes + place);
    // Half of them in the header of a page, or in what points to its cells.
    const structural = places.map((place) => place - (place % shape.pageBytes) + (place % 40));
    fc.assert(
      fc.property(fc.oneof(places, structural), fc.integer({ min: 1, max: 255 }), (place, bits) => {
        const damaged = Buffer.from(whole);
        damaged[place] ^= bits;
        writeFileSync(path, damaged);
        const recording = openRecording(path, { scratchFolder: folder });
        const bySqlite = timesOf(read(recording, false, 100));
        const found = timesOf(read(recording, true, 100));
        for (const row of bySqlite.keys()) assert.ok(found.has(row), `row ${row} was not found`);
        for (const [row, times] of found) {
          const known = [bySqlite.get(row), written.get(row)];
          assert.ok(known.includes(times), `row ${row}: ${times}, not ${known.join(' or ')}`);
        }
      }),
      { numRuns: 40 },
    );
  }
});

/** Times by row, as texts. */
function timesOf({ times }: Read): Map<bigint, string> {
  return new Map(times.map(({ row, dataTimeS, dueTimeS }) => [row, `${dataTimeS} ${dueTimeS}`]));
}
