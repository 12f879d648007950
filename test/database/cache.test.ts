import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { CacheFolder } from '../../src/database/cache/cache-folder.js';
import { identify } from '../../src/database/cache/file-identity.js';
import type { Preparation } from '../../src/database/preparation.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { openRecording } from '../support/open-recording.js';
import { createDatabase, insertEvents, plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Place {
  readonly folder: string;
  /** A database without an index, in which the attributes of an event do not stand together. */
  readonly path: string;
  readonly cacheFolder: string;
}

function place(context: TestContext, events = 100): Place {
  const folder = temporaryFolder(context);
  const path = join(folder, 'night.db');
  writeEvents(path, eventsFrom(1, events), { index: false, lateRowOf: 1 });
  return { folder, path, cacheFolder: join(folder, 'cache') };
}

function eventsFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, i) => plainEvent(BigInt(first + i), 'a.b.c', { n: String(i) }));
}

function change(path: string): void {
  const db = new Database(path);
  insertEvents(db, eventsFrom(1000, 5));
  db.close();
}

/** Opens and sorts a database, in this thread by default. @returns what was made for that, and how many events there are */
async function use(
  { path, cacheFolder }: Pick<Place, 'path' | 'cacheFolder'>,
  workers = 0,
): Promise<{ made: string[]; count: number }> {
  const pool = new DecoderPool(workers, { cacheFolder });
  try {
    const made: Preparation[] = [];
    const onPreparation = (preparation: Preparation) => made.push(preparation);
    const recording = await pool.open(path, { onPreparation });
    const { order } = await pool.sort(recording, '__wire_time', { onPreparation });
    const { rows } = await order.read(0, order.count);
    assert.deepEqual(rows, BigInt64Array.from(rows).sort());
    for (const { path: named, share } of made) assert.ok(named === path && share >= 0 && share <= 1);
    // That something is done may be told more than once.
    const done = made.filter(({ share }) => share === 1).map(({ what }) => what);
    return { made: [...new Set(done)], count: order.count };
  } finally {
    await pool.close();
  }
}

function entriesOf(cacheFolder: string): [kind: string, state: string][] {
  return new CacheFolder(cacheFolder).entries().map(({ kind, state }) => [kind, state]);
}

const BOTH: [string, string][] = [
  ['index', 'current'],
  ['order by __wire_time', 'current'],
];

test('makes an index and an order once, and never again for the same file', async (context) => {
  const all = place(context);
  assert.deepEqual(await use(all, 2), { made: ['index', 'order'], count: 100 });
  assert.deepEqual(await use(all), { made: [], count: 100 });
  assert.deepEqual(entriesOf(all.cacheFolder), BOTH);
  assert.equal(readdirSync(all.cacheFolder).length, 2);
});

test('never uses what was made of a file that has changed since, and removes it', async (context) => {
  const all = place(context);
  await use(all);
  change(all.path);
  assert.deepEqual(
    entriesOf(all.cacheFolder),
    BOTH.map(([kind]) => [kind, 'stale']),
  );
  assert.deepEqual(await use(all), { made: ['index', 'order'], count: 105 });
  assert.deepEqual(entriesOf(all.cacheFolder), BOTH);
});

test('keeps nothing of a file that changes while it is read', (context) => {
  const { folder, path, cacheFolder } = place(context);
  const places = {
    scratchFolder: join(folder, 'scratch'),
    cacheFolder,
    makingFolder: join(cacheFolder, 'making'),
  };
  let isChanged = false;
  const recording = openRecording(path, places, () => {
    if (isChanged) return;
    isChanged = true;
    const now = new Date();
    utimesSync(path, now, now);
  });
  assert.ok(isChanged);
  assert.ok(recording.sideIndexPath?.startsWith(places.makingFolder));
  assert.deepEqual(entriesOf(cacheFolder), []);
});

test('knows a database in WAL mode by its log', (context) => {
  const { folder, path } = place(context);
  const db = new Database(path);
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('wal_autocheckpoint = 0');
    const settled = () => {
      const early = new Date(Date.now() - 5000);
      utimesSync(`${path}-wal`, early, early);
      return identify(path);
    };
    insertEvents(db, eventsFrom(200, 1));
    assert.equal(identify(path), undefined, 'a log that was just written to is none to rely on');
    const before = settled();
    assert.notEqual(before, undefined);
    assert.deepEqual(settled()?.path, before?.path);
    insertEvents(db, eventsFrom(201, 1));
    assert.notDeepEqual(settled(), before);
  } finally {
    db.close();
  }
  assert.equal(identify(join(folder, 'none.db')), undefined);
});

test('uses the cache for a snapshot', async (context) => {
  const all = place(context);
  const db = new Database(all.path);
  db.pragma('journal_mode = WAL');
  db.close();
  const keptOf = async () => (await use(all)).made.filter((what) => what !== 'snapshot');
  assert.deepEqual(await keptOf(), ['index', 'order']);
  assert.deepEqual(await keptOf(), []);
});

test('makes an entry again that is not whole', async (context) => {
  const all = place(context);
  await use(all);
  for (const { folder } of new CacheFolder(all.cacheFolder).entries()) truncateSync(join(folder, 'data'), 10);
  assert.deepEqual(await use(all), { made: ['index', 'order'], count: 100 });
  assert.deepEqual(await use(all), { made: [], count: 100 });
});

test('does without a cache that cannot be written to', async (context) => {
  const all = place(context);
  writeFileSync(all.cacheFolder, 'a file');
  assert.deepEqual(await use(all), { made: ['index', 'order'], count: 100 });
  assert.deepEqual(readdirSync(all.folder).sort(), ['cache', 'night.db']);
});

test('lets several make the same at the same time', async (context) => {
  const all = place(context, 5000);
  const made = await Promise.all([use(all, 2), use(all, 2), use(all, 2)]);
  assert.deepEqual(
    made.map(({ count }) => count),
    [5000, 5000, 5000],
  );
  assert.deepEqual(entriesOf(all.cacheFolder), BOTH);
  assert.equal(readdirSync(all.cacheFolder).length, 2);
});

/** A log of so many events with two attributes each. */
function writeLog(path: string, events: number): void {
  createDatabase(path)
    .exec(`
      CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic);
      CREATE TABLE attribute (event_id, key, value);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${events})
      INSERT INTO event SELECT i, 'a.b.c' FROM n;
      INSERT INTO attribute SELECT event_id, k.value, event_id * 7919 % 1000
        FROM event CROSS JOIN json_each('["__wire_time","n"]') AS k;
      INSERT INTO attribute VALUES (1, 'late', 1)`)
    .close();
}

test('leaves nothing behind when what is being made is given up', async (context) => {
  const { folder, cacheFolder } = place(context);
  const path = join(folder, 'log.db');
  writeLog(path, 400_000);
  const halfMade = () =>
    existsSync(cacheFolder) ? readdirSync(cacheFolder).filter((name) => name.startsWith('making-')) : [];
  const giveUp = async (pool: DecoderPool, making: Promise<unknown>) => {
    let hasEnded = false;
    const ended = making.then(
      () => false,
      ({ code }) => code === 'WORKER_FAILED',
    );
    ended.then(() => {
      hasEnded = true;
    });
    while (halfMade().length === 0 && !hasEnded) await setImmediate();
    await pool.close();
    assert.deepEqual(halfMade(), []);
    return await ended;
  };
  const first = new DecoderPool(2, { cacheFolder });
  if (await giveUp(first, first.open(path))) assert.deepEqual(entriesOf(cacheFolder), []);
  const second = new DecoderPool(2, { cacheFolder });
  const recording = await second.open(path);
  if (await giveUp(second, second.sort(recording, '__wire_time'))) {
    assert.deepEqual(entriesOf(cacheFolder), BOTH.slice(0, 1));
  }
});

test('removes what killed processes have left, and nothing of those that run', async (context) => {
  const all = place(context);
  const { pid } = spawnSync(process.execPath, ['--version']);
  const names = [
    `making-${hostname()}-${pid}-00000000`,
    `making-${hostname()}-${process.ppid}-00000000`,
    'making-elsewhere-1-00000000',
  ];
  for (const name of names) mkdirSync(join(all.cacheFolder, name), { recursive: true });
  await use(all);
  assert.deepEqual(
    names.map((name) => existsSync(join(all.cacheFolder, name))),
    [false, true, true],
  );
});
