import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ask } from '../../src/control/control-client.js';
import { startReplay } from '../../src/index.js';
import { DatabaseLock } from '../support/database-lock.js';
import { writeTopicsNight } from '../support/odd-night.js';
import { endAll, freePort, runCli } from '../support/peer.js';

const TIMEOUT = { timeout: 60_000 };
const FAILED = 1;

const folder = mkdtempSync(join(tmpdir(), 'tcs-search-'));
const night = join(folder, 'night.db');

describe('a search ahead that takes its time', () => {
  before(() => writeTopicsNight(night, { events: 100 }));
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('is told by ctl, which stops waiting for it, and is ended by another command', TIMEOUT, async () => {
    const control = `tcp://127.0.0.1:${await freePort()}`;
    const playback = startReplay({
      databases: night,
      url: `tcp://127.0.0.1:${await freePort()}`,
      control,
      startPaused: true,
      waitSetupS: 0,
      workers: 1,
    });
    const askIt = async (command: string) => ask({ command }, { url: control, timeoutMs: 60_000 });
    await playback.step();
    // Nothing can be read any more, so the search lasts as long as the lock.
    const lock = new DatabaseLock(night);
    lock.lock();
    const { code, stdout, stderr } = await runCli([
      'ctl',
      'next-event',
      'no.such.topic',
      '--url',
      control,
      '--timeout',
      '8s',
    ]);
    assert.deepEqual([code, stdout], [FAILED, ''], stderr);
    assert.match(stderr, /^searching for no\.such\.topic\n/);
    assert.match(
      stderr,
      /\nerror: The replay at \S+ still searches for no\.such\.topic after 8s, and goes on: wait longer with --timeout, or end the search with tcs-replay ctl pause\n$/,
    );
    const table = await runCli(['ctl', 'status', '--url', control]);
    assert.match(table.stdout, /^searching +for no\.such\.topic: /m);
    const paused = await askIt('pause');
    assert.equal(paused.ok && paused.status.search, null);
    // A stop does not wait for the lock either.
    const searching = playback.step('no.such.topic');
    playback.quit();
    await assert.rejects(searching, { code: 'NOT_PLAYING' });
    assert.equal((await playback.outcome).endedBy, 'quit');
    lock.unlock();
    lock.close();
  });
});
