import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileHandles } from '../../src/prepare/file-handles.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const skip = process.platform !== 'linux' && 'only Linux tells which files are open';

test('reads many files with few open at a time, and opens them again', { skip }, async (context) => {
  const folder = temporaryFolder(context);
  const files = Array.from({ length: 40 }, (_, i) => ({ path: join(folder, String(i)) }));
  for (const [i, { path }] of files.entries()) writeFileSync(path, `content ${i}`);
  const handles = new FileHandles(3);
  let most = 0;
  const read = (file: { path: string }) =>
    handles.use(file, async (handle) => {
      most = Math.max(most, openIn(folder));
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(20), 0, 20, 0);
      return buffer.toString('latin1', 0, bytesRead);
    });
  const expected = files.map((_, i) => `content ${i}`);
  assert.deepEqual(await Promise.all(files.map(read)), expected);
  assert.deepEqual(await Promise.all(files.map(read)), expected);
  const missing = Array.from({ length: 9 }, (_, i) => ({ path: join(folder, `missing ${i}`) }));
  for (const failure of await Promise.allSettled(missing.map(read))) assert.equal(failure.status, 'rejected');
  assert.equal(await read(files[7]), expected[7]);
  // A file that is being closed may still be open beside the one that was opened in its place.
  assert.ok(most > 0 && most <= 6, String(most));
  await handles.close();
  assert.equal(openIn(folder), 0);
});

function openIn(folder: string): number {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(folder);
    } catch {
      return false; // It was closed meanwhile.
    }
  }).length;
}
