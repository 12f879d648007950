import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { stateOfFolder } from '../support/folder-state.js';
import { freePort, startCli } from '../support/peer.js';
import { dropIndexes, makeNight } from './night.js';
import type { ReliabilityPromise } from './reliability-promise.js';

const LONGEST_LIFE_MS = 1500;

/** Kills commands at random moments, and looks at what they leave. */
export const KILLS: ReliabilityPromise = {
  name: 'kills',
  says: 'A killed process leaves the database as it was, and the next one plays all of it.',
  method: 'Commands on nights with and without an index, also in WAL mode, get SIGKILL at random moments.',
  async trial(random, folder) {
    const nights = join(folder, 'nights');
    mkdirSync(nights);
    const night = await makeNight(random, nights);
    change(night.path, random.chance(0.5), random.chance(0.5));
    const before = stateOfFolder(nights);
    const env = { TMPDIR: folder, XDG_CACHE_HOME: join(folder, 'cache') };
    const url = `tcp://127.0.0.1:${await freePort()}`;
    const play = [night.path, '-u', url, '--wait-setup', '0', '-s', 'max', '--json', '--quiet'];
    const commands = [
      play,
      [...play, '--sort-by', '__wire_time'],
      [...play, '--prime'],
      [...play, '--prepare'],
      ['prepare', '--json', night.path],
      ['info', '--json', night.path],
      ['check', '--json', night.path],
    ];
    const kills = 3;
    for (let i = 0; i < kills; i++) {
      const program = startCli(random.pick(commands), { env });
      await delay(random.below(LONGEST_LIFE_MS));
      program.kill('SIGKILL');
      await program.outcome;
      assert.deepEqual(stateOfFolder(nights), before);
    }
    const { code, stdout, stderr } = await startCli(play, { env }).outcome;
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).sent, night.events.length);
    assert.deepEqual(stateOfFolder(nights), before);
    return { kills };
  },
};

function change(path: string, withoutIndex: boolean, isWal: boolean): void {
  if (withoutIndex) dropIndexes(path);
  if (!isWal) return;
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.close();
}
