import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import Database from 'better-sqlite3';
import { CacheFolder } from '../../src/database/cache/cache-folder.js';
import { startReplay } from '../../src/index.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { endAll, freePort, runCli } from '../support/peer.js';
import { insertEvents, plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** The one of this file: see `own-cache.ts`. */
const cacheFolder = join(process.env.XDG_CACHE_HOME as string, 'tcs-replay');
const KINDS = ['index', 'order by __wire_time'];

after(endAll);

function eventsFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, i) => plainEvent(BigInt(first + i)));
}

/** Has an index and an order made of a database, which are kept. */
async function use(path: string): Promise<void> {
  const pool = new DecoderPool(2, { cacheFolder });
  try {
    await pool.sort(await pool.open(path), '__wire_time');
  } finally {
    await pool.close();
  }
}

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(['cache', ...args]);
  assert.deepEqual([code, stderr], [0, '']);
  return stdout;
}

test('lists and clears from the command line', async (context) => {
  const folder = temporaryFolder(context);
  assert.equal(await run(), `0 entries, 0 B, in ${cacheFolder}\n`);
  const paths = ['a.db', 'b.db'].map((name) => join(folder, name));
  for (const path of paths) {
    writeEvents(path, eventsFrom(1, 10), { index: false, lateRowOf: 1 });
    await use(path);
  }
  const changed = new Database(paths[1]);
  insertEvents(changed, eventsFrom(1000, 5));
  changed.close();
  const listed = JSON.parse(await run('--json')) as {
    folder: string;
    entries: Record<string, unknown>[];
    sizeBytes: number;
  };
  assert.equal(listed.folder, cacheFolder);
  assert.deepEqual(
    listed.entries.map(({ source, kind, state }) => [source, kind, state]),
    paths.flatMap((path, i) => KINDS.map((kind) => [path, kind, i === 0 ? 'current' : 'stale'])),
  );
  rmSync(paths[1]);
  assert.match(
    await run('list'),
    / index .* kB .* current .*a\.db\n.* missing .*b\.db\n4 entries, .* kB, in /s,
  );
  assert.match(await run('clear', paths[1]), /^Cleared 2 entries, .* kB, in /);
  const left = new CacheFolder(cacheFolder).entries();
  assert.deepEqual(
    left.map(({ kind, state }) => [kind, state]),
    KINDS.map((kind) => [kind, 'current']),
  );
  assert.match(await run('clear'), /^Cleared 2 entries/);
  assert.deepEqual(readdirSync(cacheFolder), []);
  assert.ok(statSync(paths[0]).size > 0);
});

test('clears what a replay plays from, which goes on', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(path, eventsFrom(1, 500), { index: false, lateRowOf: 1 });
  await use(path);
  const playback = startReplay({
    ...{ databases: path, url: `tcp://127.0.0.1:${await freePort()}`, cacheFolder },
    ...{ sortBy: '__wire_time', startPaused: true, waitSetupS: 0, workers: 1 },
  });
  await playback.step();
  assert.match(await run('clear'), /^Cleared 2 entries/);
  // A search reads by other rules, and so opens the index anew.
  assert.notEqual(await playback.nextEvent('*'), undefined);
  await playback.seek('+0');
  playback.changeSpeed('max');
  playback.resume();
  const { endedBy, sent } = await playback.outcome;
  assert.deepEqual([endedBy, sent], ['end', 501]);
  assert.deepEqual(readdirSync(cacheFolder), []);
});

test('refuses an action that it does not know', async () => {
  const { code, stderr } = await runCli(['cache', 'empty']);
  assert.equal(code, 2);
  assert.match(stderr, /^error: .*action.*list, clear/);
});
