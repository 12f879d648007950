import assert from 'node:assert/strict';
import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CacheFolder } from '../../src/database/cache/cache-folder.js';
import { DecoderPool } from '../../src/prepare/decoder-pool.js';
import { plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('what was used least recently goes when something is made, and what is used stays', async (context) => {
  const folder = temporaryFolder(context);
  const cacheFolder = join(folder, 'cache');
  const names = ['a', 'b', 'c', 'd'];
  const pathOf = (name: string) => join(folder, `${name}.db`);
  for (const name of names) {
    const events = Array.from({ length: 10 }, (_, i) => plainEvent(BigInt(i + 1)));
    writeEvents(pathOf(name), events, { index: false, lateRowOf: 1 });
  }
  /** Has the indices of databases made, or used, by a process of its own. */
  const open = async (used: readonly string[], cacheLimitBytes?: number) => {
    const pool = new DecoderPool(0, { cacheFolder, cacheLimitBytes });
    for (const name of used) await pool.open(pathOf(name));
    await pool.close();
  };
  const entries = () => new CacheFolder(cacheFolder).entries();
  await open(['a', 'b', 'c']);
  const [{ sizeBytes }] = entries();
  for (const [i, entry] of entries().entries()) {
    // The second one was used last, the third one first.
    const usedS = 1_700_000_000 + [2, 3, 1][i];
    utimesSync(join(entry.folder, 'entry.json'), usedS, usedS);
  }
  await open(['a', 'd'], 2 * sizeBytes);
  assert.deepEqual(
    entries().map(({ source }) => source),
    ['a', 'd'].map(pathOf),
  );
  assert.ok(entries().every((entry) => statSync(entry.folder).isDirectory()));
  // Of what a process uses itself nothing goes, though it is too much.
  await open(['a', 'b', 'c', 'd'], sizeBytes);
  assert.equal(entries().length, 4);
});
