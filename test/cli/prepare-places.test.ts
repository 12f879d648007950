/** Where prepared files cannot be kept, several make the same one, or there are more of them than files may be open. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { generate } from '../../src/generate/generate.js';
import { putViews } from '../support/other-shapes.js';
import { endAll, type Outcome, startCli } from '../support/peer.js';
import { mountSmallDisk, type SmallDisk, skipWithoutMount } from '../support/small-disk.js';
import { plainEvent, writeEvents } from '../support/stored-event.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PLAY = ['-s', 'max', '--wait-setup', '0', '--json', '--verbose', '-u', 'tcp://127.0.0.1:*'];
const EVENTS = 5000;
/** What is left of the disk is too little for a normal form of the night. */
const BALLAST_BYTES = 700_000;

const home = mkdtempSync(join(tmpdir(), 'tcs-prepare-places-'));
const made = join(home, 'night.db');

before(() => generate({ path: made, events: EVENTS, durationS: 600, topics: 40, attributes: 12, seed: 3 }));
after(async () => {
  await endAll();
  rmSync(home, { recursive: true });
});

describe('preparing a database', () => {
  it('makes one whole file where several processes do it at once', async (context) => {
    const { night, cache, run } = place(context);
    const outcomes = await Promise.all([1, 2].map(() => run(['prepare', '--json', night])));
    for (const { code, stdout, stderr } of outcomes) {
      assert.deepEqual([code, stderr], [0, '']);
      const [{ state, events }] = JSON.parse(stdout) as { state: string; events: number }[];
      assert.match(state, /^(made|fresh)$/);
      assert.equal(events, EVENTS);
    }
    assert.equal(readdirSync(join(cache, 'tcs-replay')).length, 1);
    assert.equal(sentOf(await run([...PLAY, night]), true), EVENTS);
  });

  it('fails where the cache cannot be written to, makes nothing elsewhere, and a replay then reads the database', async (context) => {
    const { night, cache, temporary, run } = place(context);
    writeFileSync(join(cache, 'tcs-replay'), 'a file in the place of the folder');
    const { code, stdout, stderr } = await run(['prepare', night]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /^error: Cannot make a folder in .*\/tcs-replay\/making-.*: E\w+: .*; choose a cache folder that can be written to\n$/,
    );
    const played = await run([...PLAY, '--prepare', night]);
    assert.match(
      played.stderr,
      /night\.db is not prepared: Cannot make a folder in .*; the database is read/,
    );
    assert.equal(sentOf(played, false), EVENTS);
    assert.deepEqual(readdirSync(temporary), []);
  });

  it('fails on a full disk, leaves nothing, and a replay then reads the database', {
    skip: skipWithoutMount(),
  }, async (context) => {
    const disk = mountSmallDisk(context, 'size=1m');
    const { night, cache, temporary, run } = place(context, { disk });
    const { code, stderr } = await run(['prepare', night]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: Cannot write .*: ENOSPC: .*; free some space, or choose a cache folder with more of it\n$/,
    );
    assert.deepEqual(readdirSync(join(cache, 'tcs-replay')), []);
    const played = await run([...PLAY, '--prepare', night]);
    assert.match(
      played.stderr,
      /night\.db is not prepared: Cannot write .*: ENOSPC: .*; the database is read/,
    );
    assert.equal(sentOf(played, false), EVENTS);
    assert.deepEqual([readdirSync(join(cache, 'tcs-replay')), readdirSync(temporary)], [[], []]);
  });

  it('plays a database of another shape by the temporary folder where the cache is full, and says where both are', {
    skip: skipWithoutMount(),
  }, async (context) => {
    const disk = mountSmallDisk(context, 'size=1m');
    const { night, cache, temporary, run } = place(context, { disk });
    putViews(night);
    assert.equal(sentOf(await run([...PLAY, night]), false), EVENTS);
    assert.deepEqual(readdirSync(temporary), []);
    const { entries } = JSON.parse((await run(['cache', '--json'])).stdout) as { entries: unknown[] };
    // The rows of an event stand together in the normal form: it needs no list of them.
    assert.deepEqual(entries, []);
    writeFileSync(join(disk.path, 'ballast'), Buffer.alloc(BALLAST_BYTES));
    const env = { XDG_CACHE_HOME: cache, TMPDIR: disk.path };
    const { code, stderr } = await startCli([...PLAY, night], { env }).outcome;
    assert.equal(code, 1);
    assert.match(
      stderr,
      /error: Cannot write the normal form of .*night\.db in .*: database or disk is full; free some space, or set TMPDIR to a folder with more of it\n$/,
    );
    assert.deepEqual(readdirSync(join(cache, 'tcs-replay')), []);
  });

  it('makes room first, where the disk is full of what a killed process has left', {
    skip: skipWithoutMount(),
  }, async (context) => {
    const disk = mountSmallDisk(context, 'size=5m');
    const { night, cache, run } = place(context, { disk });
    const whole = await run(['prepare', '--json', night]);
    const [{ sizeBytes }] = JSON.parse(whole.stdout) as { sizeBytes: number }[];
    assert.ok(sizeBytes < 4 << 20);
    await run(['cache', 'clear']);
    const { pid } = spawnSync(process.execPath, ['--version']);
    const left = join(cache, 'tcs-replay', `making-${hostname()}-${pid}-00000000`);
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'data'), Buffer.alloc(4 << 20));
    const { code, stderr } = await run(['prepare', '--json', night]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(readdirSync(join(cache, 'tcs-replay')).length, 1);
  });

  it('is of use in a cache that can only be read', { skip: skipWithoutMount() }, async (context) => {
    const disk = mountSmallDisk(context, 'size=16m');
    const { night, run } = place(context, { disk });
    assert.equal((await run(['prepare', night])).code, 0);
    disk.remount('ro');
    assert.equal(sentOf(await run([...PLAY, night]), true), EVENTS);
    const again = await run(['prepare', '--json', night]);
    assert.deepEqual([again.code, (JSON.parse(again.stdout) as { state: string }[])[0].state], [0, 'fresh']);
  });

  it('plays an archive of more nights than files may be open', async (context) => {
    const { nights, cache, run } = place(context, { isEmpty: true });
    const count = 90;
    for (let i = 0; i < count; i++)
      writeEvents(
        join(nights, `${i}.db`),
        [1, 2].map((id) => plainEvent(BigInt(1000 * i + id))),
      );
    const within = ['sh', '-c', 'ulimit -n 80 && exec "$@"', 'sh'];
    const { code, stdout, stderr } = await run(['prepare', '--json', nights], within);
    assert.deepEqual([code, stderr], [0, '']);
    const states = (JSON.parse(stdout) as { state: string }[]).map(({ state }) => state);
    assert.deepEqual(
      states,
      Array.from({ length: count }, () => 'made'),
    );
    const played = await run([...PLAY, nights], within);
    assert.equal(played.stderr.match(/its prepared file is played/g)?.length, count);
    assert.equal(sentOf(played, true), 2 * count);
    assert.equal(readdirSync(join(cache, 'tcs-replay')).length, count);
  });
});

function place(
  context: TestContext,
  { isEmpty = false, disk }: { isEmpty?: boolean; disk?: SmallDisk } = {},
) {
  const folder = temporaryFolder(context);
  const [nights, temporary] = ['nights', 'temporary'].map((name) => join(folder, name));
  const cache = join(disk?.path ?? folder, 'cache');
  for (const path of [nights, cache, temporary]) mkdirSync(path);
  const night = join(nights, 'night.db');
  if (!isEmpty) copyFileSync(made, night);
  const run = (args: readonly string[], within?: readonly string[]) =>
    startCli(args, { env: { XDG_CACHE_HOME: cache, TMPDIR: temporary } }, within).outcome;
  return { nights, night, cache, temporary, run };
}

/** Number of events that a replay has sent. */
function sentOf({ code, stdout, stderr }: Outcome, isPrepared: boolean): number {
  assert.equal(code, 0, stderr);
  assert.equal(stderr.includes('its prepared file is played'), isPrepared, stderr);
  return (JSON.parse(stdout) as { sent: number }).sent;
}
