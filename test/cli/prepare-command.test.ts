import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { endAll, freePort, runCli } from '../support/peer.js';
import { plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

after(endAll);

test('prepares from the command line, and a replay then plays the prepared file by itself', async (context) => {
  const path = join(temporaryFolder(context), 'night.db');
  writeEvents(
    path,
    Array.from({ length: 30 }, (_, i) => plainEvent(BigInt(i + 1))),
  );
  const before = statSync(path);
  const prepare = async () => {
    const { code, stdout, stderr } = await runCli(['prepare', '--json', '--convert-number', path]);
    assert.deepEqual([code, stderr], [0, '']);
    return JSON.parse(stdout) as Record<string, unknown>[];
  };
  const [made] = await prepare();
  const { sizeBytes } = made;
  assert.deepEqual(made, { path, state: 'made', sizeBytes, events: 30 });
  assert.deepEqual(await prepare(), [{ path, state: 'fresh', sizeBytes, events: 30 }]);
  const listed = JSON.parse((await runCli(['cache', '--json'])).stdout) as { entries: object[] };
  assert.deepEqual({ ...listed.entries[0], source: path, kind: 'prepared', sizeBytes }, listed.entries[0]);
  assert.equal(listed.entries.length, 1);

  const url = `tcp://127.0.0.1:${await freePort()}`;
  const play = async (...args: string[]) => {
    const options = ['-s', 'max', '--wait-setup', '0', '--json', '--verbose', '-u', url];
    const { code, stdout, stderr } = await runCli([...options, ...args, path]);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { sent: number }).sent, 30);
    return stderr.includes('its prepared file is played');
  };
  assert.equal(await play('--convert-number'), true);
  assert.equal(await play('--convert-number', '--no-prepared'), false);
  assert.equal(await play(), false);
  assert.deepEqual(statSync(path).mtimeMs, before.mtimeMs);
});
