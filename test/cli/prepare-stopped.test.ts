/** `prepare` that is killed, stopped or disturbed: what it leaves is either a whole prepared file or nothing that is used, and does not stay. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { generate } from '../../src/generate/generate.js';
import { stateOfFolder } from '../support/folder-state.js';
import { endAll, type Outcome, startCli } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

/** Preparing them takes about as long as the program's start. */
const EVENTS = 15_000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The part of a prepared file that holds events; what is behind them also tells how many a first glance saw, in a limited time. */
const EVENTS_PART = 0.9;

const home = mkdtempSync(join(tmpdir(), 'tcs-prepare-stopped-'));
const made = join(home, 'night.db');

before(() => generate({ path: made, events: EVENTS, durationS: 600, topics: 40, attributes: 16, seed: 3 }));
after(async () => {
  await endAll();
  rmSync(home, { recursive: true });
});

describe('preparing a database', () => {
  it('leaves a whole prepared file or none when it is killed at any moment, and no remains after the next one is made', async (context) => {
    const { nights, cacheFolder, run, before } = place(context);
    const startedMs = performance.now();
    assert.equal((await run('prepare').outcome).code, 0);
    const wholeMs = performance.now() - startedMs;
    const whole = eventsOf(dataIn(cacheFolder)[0]);
    const killed = async (afterMs: number | 'half made') => {
      rmSync(cacheFolder, { recursive: true, force: true });
      const program = run('prepare');
      if (afterMs === 'half made') await untilHalfMade(cacheFolder, program.outcome);
      else await delay(afterMs);
      program.kill('SIGKILL');
      await program.outcome;
      const left = dataIn(cacheFolder);
      assert.ok(left.length <= 1);
      for (const path of left) assert.ok(eventsOf(path).equals(whole));
      const played = await run('-s', 'max', '--wait-setup', '0', '--verbose', '-u', 'tcp://127.0.0.1:*')
        .outcome;
      assert.equal(played.code, 0, played.stderr);
      assert.equal((JSON.parse(played.stdout) as { sent: number }).sent, EVENTS);
      assert.equal(played.stderr.includes('its prepared file is played'), left.length === 1);
      assert.doesNotMatch(played.stderr, /is not used/);
      const again = await run('prepare').outcome;
      assert.equal(again.code, 0, again.stderr);
      const [{ state }] = JSON.parse(again.stdout) as { state: string }[];
      assert.equal(state, left.length === 1 ? 'fresh' : 'made');
      assert.ok(eventsOf(dataIn(cacheFolder)[0]).equals(whole));
      // Remains go when something is made.
      if (state === 'made') assert.equal(readdirSync(cacheFolder).length, 1);
      assert.deepEqual(stateOfFolder(nights), before);
    };
    await killed('half made');
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0.2, max: 1.1, noNaN: true }), (share) => killed(share * wholeMs)),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it('keeps nothing of a database that is written to meanwhile, and says so', async (context) => {
    const { night, cacheFolder, run } = place(context);
    const program = run('prepare');
    await untilHalfMade(cacheFolder, program.outcome);
    const database = new Database(night);
    database.prepare("UPDATE event SET topic = 'another' WHERE event_id = 1").run();
    database.close();
    const { code, stdout } = await program.outcome;
    const [{ state, reason }] = JSON.parse(stdout) as { state: string; reason: string }[];
    assert.deepEqual([code, state, reason], [3, 'none', 'the database was written to meanwhile']);
    assert.deepEqual(readdirSync(cacheFolder), []);
  });

  for (const [signal, code] of Object.entries(SIGNALS)) {
    it(`ends after ${signal} with exit code ${code}, says so, and leaves nothing`, async (context) => {
      const { nights, cacheFolder, temporary, run, before } = place(context);
      const program = run('prepare');
      await untilHalfMade(cacheFolder, program.outcome);
      program.kill(signal as NodeJS.Signals);
      const outcome = await program.outcome;
      assert.deepEqual([outcome.code, outcome.stdout], [code, ''], outcome.stderr);
      assert.match(outcome.stderr, /^Stopped: .* nothing is left of the one that was being prepared\n$/);
      assert.deepEqual(readdirSync(cacheFolder), []);
      assert.deepEqual(readdirSync(temporary), []);
      assert.deepEqual(stateOfFolder(nights), before);
    });
  }
});

function place(context: TestContext) {
  const folder = temporaryFolder(context);
  const [nights, cache, temporary] = ['nights', 'cache', 'temporary'].map((name) => join(folder, name));
  for (const path of [nights, cache, temporary]) mkdirSync(path);
  const night = join(nights, 'night.db');
  copyFileSync(made, night);
  const env = { XDG_CACHE_HOME: cache, TMPDIR: temporary };
  const run = (...args: string[]) => startCli([...args, '--json', night], { env });
  return {
    nights,
    night,
    cacheFolder: join(cache, 'tcs-replay'),
    temporary,
    run,
    before: stateOfFolder(nights),
  };
}

/** The prepared files that the cache holds under their names. */
function dataIn(cacheFolder: string): string[] {
  return filesIn(cacheFolder).filter((path) => !path.includes('making-') && path.endsWith('/data'));
}

/** Until the first blocks of a prepared file are written, or its making has ended. */
async function untilHalfMade(cacheFolder: string, ended: Promise<Outcome>): Promise<void> {
  let hasEnded = false;
  ended.then(() => {
    hasEnded = true;
  });
  const size = () => filesIn(cacheFolder).reduce((sum, path) => sum + sizeOf(path), 0);
  await until(size, (bytes) => hasEnded || bytes > 1 << 20);
  assert.equal(hasEnded, false, 'prepared before anything of it was seen');
}

function filesIn(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
}

function sizeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : 0;
}

function eventsOf(path: string): Buffer {
  const { size } = statSync(path);
  // A few bytes more or less behind the events do not matter.
  return readFileSync(path).subarray(0, Math.floor((size * EVENTS_PART) / 4096) * 4096);
}
