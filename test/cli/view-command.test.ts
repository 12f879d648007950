import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { generate } from '../../src/generate/generate.js';
import { endAll, runCli, startCli } from '../support/peer.js';

const INTERRUPTED = 130;
const WRONG_USAGE = 2;
const PAGE = /^The page is at http:\/\/127\.0\.0\.1:\d+\/#token=[0-9a-f]{32}$/m;
const FOXGLOVE = /^Foxglove connects to ws:\/\/127\.0\.0\.1:\d+\/foxglove\?token=[0-9a-f]{32}$/m;

const folder = mkdtempSync(join(tmpdir(), 'tcs-view-'));
const night = join(folder, 'night.db');

describe('the page on the command line', () => {
  before(() => generate({ path: night, events: 200, durationS: 60 }));
  after(async () => {
    await endAll();
    rmSync(folder, { recursive: true });
  });

  it('of view: its URL is told, nothing is printed, and Ctrl-C ends it', async () => {
    const view = startCli(['view', night]);
    // The line for Foxglove is the second one.
    await view.waitForOutput(FOXGLOVE);
    assert.match(view.stderr, PAGE);
    view.kill('SIGINT');
    const { code, stdout } = await view.outcome;
    assert.deepEqual([code, stdout], [INTERRUPTED, '']);
  });

  it('of view stays, though nobody has opened it', async () => {
    const view = startCli(['view', night]);
    await view.waitForOutput(FOXGLOVE);
    const [, url] = /^The page is at (http:\S+)\/#/m.exec(view.stderr) ?? [];
    // By then threads have nothing to do, and each connection is closed.
    for (let i = 0; i < 30; i++) {
      await delay(100);
      const answer = await fetch(`${url}/`, { headers: { Connection: 'close' } });
      assert.equal(answer.status, 200);
      await answer.text();
    }
    view.kill('SIGINT');
    assert.equal((await view.outcome).code, INTERRUPTED);
  });

  it('of play: a database behind --web is none of its value, and --quiet tells the URL', async () => {
    const { code, stderr } = await runCli([
      ...['--quiet', '--wait-setup', '0', '-u', 'tcp://127.0.0.1:*', '-s', 'max', '--web', night],
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, PAGE);
  });

  it('is refused at an address that others reach, unless they may', async () => {
    const refused = await runCli(['--web', '0.0.0.0:0', night]);
    assert.equal(refused.code, WRONG_USAGE);
    assert.match(
      refused.stderr,
      /^error: Expected --web to be an address that only this machine reaches, such as 127\.0\.0\.1:0, got "0\.0\.0\.0:0"; .*--web-any-host allows other hosts$/m,
    );
    const lone = await runCli(['--open', night]);
    assert.deepEqual([lone.code, /--open needs --web/.test(lone.stderr)], [WRONG_USAGE, true]);
  });
});
