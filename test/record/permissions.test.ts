/** What a recorder tells where it may not write. Root may write anywhere, so the recorder is run as another user. */

import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import type { RecordOutcome } from '../../src/record.js';
import { EventStation } from '../support/event-station.js';
import { endAll, type RunningProgram, runCli, startCli } from '../support/peer.js';
import { playedEvents } from '../support/played-events.js';
import { mountSmallDisk, skipWithoutMount } from '../support/small-disk.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

after(endAll);

/** The user that owns nothing. */
const NOBODY = 65_534;
const AS_NOBODY = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--'];

/** For node:test's `skip`: false where this process may become another user. */
const skipWithoutRoot = process.getuid?.() === 0 ? false : 'it takes root to run a program as another user';

function startAsNobody(...args: string[]): RunningProgram {
  return startCli(['record', ...args], {}, AS_NOBODY);
}

function payload(number: number): string {
  const timeS = 1e9 + number;
  return JSON.stringify({ n: number, text: String(Math.random()), __data_time: timeS, __wire_time: timeS });
}

/** A folder that anybody can look into. @param owner who may write to it */
function folderOf(context: TestContext, owner: number): string {
  const parent = temporaryFolder(context);
  chmodSync(parent, 0o755);
  const folder = join(parent, 'folder');
  mkdirSync(folder, { mode: 0o755 });
  chownSync(folder, owner, owner);
  return folder;
}

for (const form of ['db', 'mcap']) {
  const name = `out.${form}`;

  describe(`a recording where it may not be written: ${name}`, () => {
    it('is refused in a folder that its user may not write to', { skip: skipWithoutRoot }, async (t) => {
      const folder = folderOf(t, 0);
      const { code, stderr } = await startAsNobody(join(folder, name)).outcome;
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^error: Cannot write \S+: this user may not write to its folder; choose another folder, or another user\n$/m,
      );
      assert.deepEqual(readdirSync(folder), []);
    });

    it('is refused in a folder that its user may not look into', { skip: skipWithoutRoot }, async (t) => {
      const folder = folderOf(t, 0);
      chmodSync(folder, 0o700);
      const { code, stderr } = await startAsNobody(join(folder, name)).outcome;
      assert.equal(code, 1);
      assert.match(stderr, /^error: Cannot write \S+: this user may not write to its folder;/m);
    });

    it('is refused on a disk that can only be read', { skip: skipWithoutMount() }, async (t) => {
      const disk = mountSmallDisk(t, 'size=1m');
      disk.remount('ro');
      const { code, stderr } = await runCli(['record', join(disk.path, name)]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^error: Cannot write \S+: its disk can only be read; choose a folder on another disk\n$/m,
      );
    });

    it('goes on in its file where the next one is denied', { skip: skipWithoutRoot }, async (t) => {
      const folder = folderOf(t, NOBODY);
      const station = await EventStation.open();
      t.after(() => station.close());
      const flags = ['-u', station.url, '--rotate', '20kB', '--json'];
      const program = startAsNobody(...flags, join(folder, name));
      t.after(() => program.kill('SIGKILL'));
      await station.subscriptions(1);
      // The recorder subscribes before it creates its file, beside which SQLite then keeps two others; an MCAP has its head once all
      // that it takes of the folder is there.
      await until(
        () => readdirSync(folder).map((file) => statSync(join(folder, file)).size),
        (sizes) => (form === 'db' ? sizes.length === 3 : sizes.length === 1 && sizes[0] > 0),
      );
      let sent = 0;
      const send = async (count: number) => {
        for (const end = sent + count; sent < end; sent++) await station.sendPayload('a.b.c', payload(sent));
      };
      chmodSync(folder, 0o555);
      await until(
        async () => {
          await send(50);
          return program.stderr;
        },
        (stderr) =>
          /^The recording goes on in \S+out-0001\.\w+: Cannot write \S+: this user may not write/m.test(
            stderr,
          ),
      );
      await send(50);
      program.kill('SIGINT');
      const { code, stdout, stderr } = await program.outcome;
      assert.equal(code, 130, stderr);
      const { written, received, files } = JSON.parse(stdout) as RecordOutcome;
      // What was on its way when it was stopped may be missing.
      assert.equal(written, received);
      assert.ok(received > 0 && received <= sent, `${received} of ${sent}`);
      assert.deepEqual(
        files.map(({ path }) => path),
        [join(folder, `out-0001.${form}`)],
      );
      const { events, damage } = await playedEvents([files[0].path]);
      assert.deepEqual([events.length, damage], [written, []]);
    });
  });
}
