import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CacheFolder, type EntryKey } from '../../src/database/cache/cache-folder.js';
import { identify } from '../../src/database/cache/file-identity.js';
import { findRecording } from '../../src/database/prepare-recording.js';
import type { Schema } from '../../src/database/schema/schema.js';
import { SIDE_INDEX_VERSION } from '../../src/database/side-index/side-index.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import type { Stretch } from '../../src/prepare/topic-notes.js';
import { TcsReplayError } from '../../src/shared/errors.js';
import { createDatabase, plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const EVENTS = 600;
/** The kinds of entries, as they are told in this order. */
const KINDS = ['index', 'order by __wire_time', 'states'];

interface Place {
  /** A database without an index, whose events are not in the order of their times. */
  readonly path: string;
  readonly cacheFolder: string;
}

function place(context: TestContext): Place {
  const folder = temporaryFolder(context);
  const path = join(folder, 'night.db');
  const ids = Array.from({ length: EVENTS }, (_, i) => BigInt(1 + ((7919 * i) % EVENTS)));
  writeEvents(
    path,
    ids.map((id) => plainEvent(id, `a.b.c${id % 7n}`, { n: String(id) })),
    { index: false },
  );
  return { path, cacheFolder: join(folder, 'cache') };
}

/** All that entries are for: the ids of events, their times in order, the topics' states; and what was told. */
async function use({ path, cacheFolder }: Place): Promise<{ notices: string[]; played: unknown }> {
  const notices: string[] = [];
  const pool = new DecoderPool(0, { cacheFolder, onNotice: (notice) => notices.push(notice) });
  try {
    const recording = await pool.open(path);
    const { order } = await pool.sort(recording, '__wire_time');
    const { rows, keyS } = await order.read(0, order.count);
    async function* stretches(): AsyncGenerator<Stretch> {
      const states = Promise.resolve(
        Array.from({ length: 7 }, (_, i) => ({ topic: `a.b.c${i}`, row: 0x0101010101n * BigInt(1 + i) })),
      );
      yield { end: BigInt(EVENTS), events: EVENTS, shareAtEnd: 1, states };
    }
    const notes = await pool.note({ recording, sortBy: 'none', isWhole: true, stretches });
    const states = await notes.upTo(BigInt(EVENTS));
    return { notices, played: { rows, keyS, states } };
  } finally {
    await pool.close();
  }
}

function dataOf({ cacheFolder }: Place): string[] {
  return new CacheFolder(cacheFolder).entries().map(({ folder }) => join(folder, 'data'));
}

/** Damages that leave the size as it is. `other` is the content of another entry. */
const DAMAGES: readonly [what: string, damage: (bytes: Buffer, other: Buffer) => void][] = [
  ['a bit of the first byte', (bytes) => flip(bytes, 0, 1)],
  ['a bit of the last byte', (bytes) => flip(bytes, bytes.length - 1, 128)],
  ['a bit in the middle', (bytes) => flip(bytes, bytes.length >> 1, 16)],
  ['a count in the header', (bytes) => flip(bytes, 30, 255)],
  ['the header', (bytes) => bytes.fill(0, 0, 64)],
  ['zeros in the middle', (bytes) => bytes.fill(0, bytes.length >> 2, (3 * bytes.length) >> 2)],
  ['ones in the middle', (bytes) => bytes.fill(255, bytes.length >> 2, (3 * bytes.length) >> 2)],
  ['zeros at the end', (bytes) => bytes.fill(0, bytes.length >> 1)],
  ['nothing but zeros', (bytes) => bytes.fill(0)],
  ['nothing but noise', (bytes) => bytes.set(bytes.map((_, i) => Math.imul(i, 2654435761) >>> 13))],
  ['halves that changed places', (bytes) => exchange(bytes, 0, bytes.length >> 1, bytes.length >> 1)],
  ['words that changed places', (bytes) => exchange(bytes, 0, bytes.length >> 1, 8)],
  ['bytes moved by one', (bytes) => bytes.copyWithin(1, 0)],
  ['its own beginning again', (bytes) => bytes.copyWithin(bytes.length >> 1, 0)],
  ['all bytes backwards', (bytes) => bytes.reverse()],
  ['the content of another entry', (bytes, other) => other.copy(bytes)],
];

function flip(bytes: Buffer, at: number, bits: number): void {
  bytes[at] ^= bits;
}

function exchange(bytes: Buffer, a: number, b: number, count: number): void {
  const first = Buffer.from(bytes.subarray(a, a + count));
  bytes.copyWithin(a, b, b + count);
  first.copy(bytes, b);
}

test('makes every entry again whose content is damaged, whatever the damage, and says so', async (context) => {
  const all = place(context);
  const { notices, played } = await use(all);
  assert.deepEqual(notices, []);
  const paths = dataOf(all);
  const contents = paths.map((path) => readFileSync(path));
  for (const [what, damage] of DAMAGES) {
    for (const [i, path] of paths.entries()) {
      const bytes = Buffer.from(contents[i]);
      damage(bytes, contents[(i + 1) % contents.length]);
      assert.notDeepEqual(bytes, contents[i], what);
      writeFileSync(path, bytes);
    }
    const again = await use(all);
    assert.deepEqual(again.played, played, what);
    assert.deepEqual(
      again.notices,
      KINDS.map(
        (kind) =>
          `Cache: the ${kind} of ${all.path} is made again, since what was kept cannot be used: its content has changed since it was made`,
      ),
      what,
    );
    assert.deepEqual(
      paths.map((path) => readFileSync(path)),
      contents,
      what,
    );
  }
  assert.deepEqual((await use(all)).notices, []);
});

/** What can be wrong with an entry besides its content. */
const FAULTS: readonly [fault: RegExp, spoil: (folder: string, others: string[]) => void][] = [
  [/description is damaged/, (folder) => writeFileSync(join(folder, 'entry.json'), '{"source": 5}')],
  [/2097152 bytes of text$/, (folder) => writeFileSync(join(folder, 'entry.json'), Buffer.alloc(2 << 20))],
  [/holds data$/, (folder) => rmSync(join(folder, 'entry.json'))],
  [/holds entry\.json$/, (folder) => rmSync(join(folder, 'data'))],
  [/holds data, data-journal/, (folder) => writeFileSync(join(folder, 'data-journal'), 'x')],
  [/bytes instead of/, (folder) => writeFileSync(join(folder, 'data'), 'short')],
  [/no plain file/, (folder) => replace(join(folder, 'data'), (path) => mkdirSync(path))],
  [/no plain file/, (folder) => replace(join(folder, 'data'), (path) => spawnSync('mkfifo', [path]))],
  [/cannot be read/, (folder, [other]) => replace(join(folder, 'data'), (path) => symlinkSync(other, path))],
  [/no folder/, (folder) => replace(folder, (path) => writeFileSync(path, 'x'))],
  [/no folder/, (folder) => replace(folder, (path) => symlinkSync('.', path))],
];

function replace(path: string, make: (path: string) => void): void {
  rmSync(path, { recursive: true });
  make(path);
}

test('makes every entry again that is not what was stored, and says so', async (context) => {
  const all = place(context);
  const { played } = await use(all);
  const folders = new CacheFolder(all.cacheFolder).entries().map(({ folder }) => folder);
  for (const [fault, spoil] of FAULTS) {
    for (const folder of folders) spoil(folder, dataOf(all));
    const again = await use(all);
    assert.deepEqual(again.played, played, String(fault));
    assert.equal(again.notices.length, KINDS.length, String(fault));
    for (const notice of again.notices) assert.match(notice, fault);
  }
  assert.deepEqual((await use(all)).notices, []);
});

test('lists an entry whose description is damaged, and removes it', async (context) => {
  const all = place(context);
  await use(all);
  const cache = new CacheFolder(all.cacheFolder);
  const [{ folder }] = cache.entries();
  writeFileSync(join(folder, 'entry.json'), 'null');
  const damaged = cache.entries().filter(({ state }) => state === 'damaged');
  assert.deepEqual(
    damaged.map(({ source, kind, folder: found }) => [source, kind, found]),
    [['', 'unknown', folder]],
  );
  cache.remove(damaged);
  assert.equal(cache.entries().length, KINDS.length - 1);
});

test('trusts no entry of another user', {
  skip: process.geteuid?.() !== 0 && 'only root can give files away',
}, async (context) => {
  const all = place(context);
  const { played } = await use(all);
  const folders = new CacheFolder(all.cacheFolder).entries().map(({ folder }) => folder);
  for (const name of ['', 'data', 'entry.json']) {
    for (const folder of folders) chownSync(join(folder, name), 65534, 65534);
    const again = await use(all);
    assert.deepEqual(again.played, played);
    assert.equal(again.notices.length, KINDS.length);
    for (const notice of again.notices) assert.match(notice, /: it belongs to another user$/);
  }
});

function sideIndexKey(path: string): EntryKey {
  const source = identify(path);
  const schema = findRecording(path).schema as Schema;
  assert.ok(source !== undefined);
  return { source, kind: 'index', schema, version: SIDE_INDEX_VERSION };
}

test('reports while a large entry is kept and verified, and can be stopped: the entry stays', async (context) => {
  const all = place(context);
  await use(all);
  const key = sideIndexKey(all.path);
  const cache = new CacheFolder(all.cacheFolder);
  cache.discard(key);
  const folder = join(all.cacheFolder, 'large');
  mkdirSync(folder);
  writeFileSync(join(folder, 'data'), Buffer.alloc((4 << 20) + 3, 'tcs'));
  const read: number[] = [];
  cache.store(key, folder, (share) => read.push(Math.round(4 * share)));
  assert.deepEqual(read, [1, 2, 3, 4]);
  cache.find(key, (share) => read.push(Math.round(4 * share)));
  assert.deepEqual(read.slice(4), [1, 2, 3, 4]);
  const stop = () => {
    throw new TcsReplayError('WORKER_FAILED', 'stopped');
  };
  assert.throws(() => cache.find(key, stop), { message: 'stopped' });
  assert.ok(cache.find(key).path !== undefined);
});

test('runs no view of an index that was put in the place of the real one', async (context) => {
  const all = place(context);
  const { played } = await use(all);
  const folder = join(all.cacheFolder, 'planted');
  mkdirSync(folder);
  createDatabase(join(folder, 'data'))
    .exec(`
      CREATE TABLE hole (after_event INTEGER, before_event INTEGER);
      CREATE VIEW link AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n)
        SELECT i AS event_id, i AS first_row, i AS last_row FROM n`)
    .close();
  const key = sideIndexKey(all.path);
  new CacheFolder(all.cacheFolder).discard(key);
  new CacheFolder(all.cacheFolder).store(key, folder);
  const again = await use(all);
  assert.deepEqual(again.played, played);
  assert.deepEqual(again.notices, [
    `Cache: the index of ${all.path} is made again, since what was kept cannot be used: it has other tables than an index`,
  ]);
});

test('makes entries again of a database that was written in place, with its time set back', async (context) => {
  const all = place(context);
  await use(all);
  const before = statSync(all.path, { bigint: true });
  const size = Number(before.size);
  // The last byte of the last page is that of a value.
  do writeAt(all.path, readFileSync(all.path)[size - 1] ^ 1, size - 1);
  while (statSync(all.path, { bigint: true }).ctimeNs === before.ctimeNs);
  utimesSync(all.path, Number(before.atimeNs) / 1e9, Number(before.mtimeNs) / 1e9);
  const after = statSync(all.path, { bigint: true });
  assert.deepEqual([after.size, after.ino], [before.size, before.ino]);
  const states = new CacheFolder(all.cacheFolder).entries().map(({ state }) => state);
  assert.deepEqual(states, ['stale', 'stale', 'stale']);
  const made = new Set<string>();
  const pool = new DecoderPool(0, { cacheFolder: all.cacheFolder });
  try {
    await pool.open(all.path, { onPreparation: ({ what }) => made.add(what) });
  } finally {
    await pool.close();
  }
  assert.deepEqual([...made], ['index']);
});

function writeAt(path: string, byte: number, at: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.of(byte), 0, 1, at);
  closeSync(file);
}
