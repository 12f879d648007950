import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startReplay } from '../../src/replay.js';
import { IO_THREAD } from '../../src/zmq/io-thread.js';
import { writeEvenNight } from '../support/even-night.js';
import { startCli } from '../support/peer.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { POLICY, policyOfThisThread, policyOfThread } from '../support/thread-policy-of.js';
import { until } from '../support/until.js';

const mayRaise = spawnSync('chrt', ['--rr', '1', 'true']).status === 0;
const mayDrop = spawnSync('setpriv', ['--bounding-set', '-sys_nice', 'true']).status === 0;
/** Runs a program without the right to raise priorities. */
const UNPRIVILEGED = ['setpriv', '--bounding-set', '-sys_nice', '--inh-caps', '-sys_nice'];

describe('raised priority', () => {
  it('is real time for the threads that send, but flat out, and ends with the replay', {
    skip: mayRaise ? false : 'real-time priority is not allowed here',
  }, async (context) => {
    const databases = join(temporaryFolder(context), 'night.db');
    writeEvenNight(databases, { events: 2, ratePerS: 1, fillBytes: 1 });
    const playback = startReplay({
      ...{ databases, url: 'tcp://127.0.0.1:*', startPaused: true, waitSetupS: 0, workers: 1 },
      priority: true,
    });
    await become(POLICY.roundRobin);
    playback.changeSpeed('max');
    await until(policyOfThisThread, (found) => found === POLICY.other);
    playback.changeSpeed(1);
    await become(POLICY.roundRobin);
    playback.quit();
    await playback.outcome;
    assert.equal(policyOfThisThread(), POLICY.other);
    assert.notEqual(policyOfThread(IO_THREAD), POLICY.roundRobin);
  });

  it('is told where it is not allowed, and the replay plays on', {
    skip: mayRaise && !mayDrop ? 'no right can be given up here' : false,
  }, async (context) => {
    const database = join(temporaryFolder(context), 'night.db');
    writeEvenNight(database, { events: 20, ratePerS: 100, fillBytes: 1 });
    const args = ['--priority', '--json', '-u', 'tcp://127.0.0.1:*', database];
    const { code, stdout, stderr } = await startCli(args, {}, mayRaise ? UNPRIVILEGED : []).outcome;
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { sent: number }).sent, 20);
    assert.equal(stderr.match(/--priority: the system does not allow real-time priority/g)?.length, 1);
  });
});

async function become(policy: number): Promise<void> {
  await until(
    () => [policyOfThisThread(), policyOfThread(IO_THREAD)],
    (found) => found.every((each) => each === policy),
  );
}
