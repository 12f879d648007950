import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setThreadPolicy } from '../../src/kernel/thread-policy.js';
import { startReplay } from '../../src/replay.js';
import { Publisher } from '../../src/zmq/publisher.js';
import { writeEvenNight } from '../support/even-night.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { until } from '../support/until.js';

/** Numbers of policies in sched(7). */
const [OTHER, BATCH] = [0, 3];
/** Field of /proc/PID/stat, from 1. */
const POLICY_FIELD = 41;

const skip = spawnSync('chrt', ['--version']).status === 0 ? false : 'there is no chrt of util-linux';

describe("libzmq's thread", { skip }, () => {
  it('may wait while every publisher of the process is flat out', async (context) => {
    const first = await open(context);
    first.isFlatOut = true;
    await becomes(BATCH);
    const second = await open(context);
    await becomes(OTHER);
    second.isFlatOut = true;
    await becomes(BATCH);
    second.isFlatOut = false;
    await becomes(OTHER);
    await second.close();
    await becomes(BATCH);
    first.isFlatOut = false;
    await becomes(OTHER);
  });

  it('follows the speed of a replay', async (context) => {
    const databases = join(temporaryFolder(context), 'night.db');
    writeEvenNight(databases, { events: 2, ratePerS: 1, fillBytes: 1 });
    const playback = startReplay({
      ...{
        databases,
        url: 'tcp://127.0.0.1:*',
        speedup: 'max',
        startPaused: true,
        waitSetupS: 0,
        workers: 0,
      },
    });
    context.after(async () => {
      playback.quit();
      await playback.outcome;
    });
    await becomes(BATCH);
    playback.changeSpeed(2);
    await becomes(OTHER);
    playback.changeSpeed('max');
    await becomes(BATCH);
    playback.changeSpeed(1);
    await becomes(OTHER);
  });

  it('of another name is not found', async () => {
    assert.equal(await setThreadPolicy('no such thread', 'batch'), false);
  });
});

async function open(context: TestContext): Promise<Publisher> {
  const publisher = await Publisher.open({
    ...{ bind: ['tcp://127.0.0.1:*'], connect: [], highWaterMark: 0, lingerMs: 0 },
  });
  context.after(() => publisher.close());
  return publisher;
}

async function becomes(policy: number): Promise<void> {
  await until(policyOfThread, (found) => found === policy);
}

function policyOfThread(): number | undefined {
  for (const id of readdirSync('/proc/self/task')) {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
    // The name, in parentheses, can have spaces.
    const [, name, rest] = /\((.*)\) (.*)/s.exec(stat) ?? [];
    if (name === 'ZMQbg/IO/0') return Number(rest.split(' ')[POLICY_FIELD - 3]);
  }
  return undefined;
}
