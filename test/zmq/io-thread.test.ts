import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setThreadPolicy } from '../../src/kernel/thread-policy.js';
import { startReplay } from '../../src/replay.js';
import { IO_THREAD } from '../../src/zmq/io-thread.js';
import { Publisher } from '../../src/zmq/publisher.js';
import { writeEvenNight } from '../support/even-night.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { POLICY, policyOfThread } from '../support/thread-policy-of.js';
import { until } from '../support/until.js';

const { other: OTHER, batch: BATCH } = POLICY;

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
  await until(
    () => policyOfThread(IO_THREAD),
    (found) => found === policy,
  );
}
