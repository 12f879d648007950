import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import {
  readThreadTimes,
  type ThreadTimes,
  type ThreadUse,
  threadUse,
} from '../../src/kernel/thread-times.js';
import { endAll, RunningProgram } from '../support/peer.js';
import { until } from '../support/until.js';

const skip = process.platform === 'linux' ? false : 'Linux alone tells';
const SPIN = "console.log('ready'); for (;;);";
const SLEEP = "console.log('ready'); setInterval(() => {}, 1000);";

describe('thread times', { skip }, () => {
  after(endAll);

  it('of a program that spins: it runs, or waits for a processor, and is never asleep', async () => {
    const program = await started(SPIN);
    // The kernel counts a wait when it ends, so that one look can miss a part of it.
    const use = await useOf(program, ({ runShare, waitShare }) => runShare > 0 && runShare + waitShare > 0.5);
    assert.equal(use.state, 'R');
    assert.equal(use.isStopped, false);
  });

  it('of a program that sleeps', async () => {
    const program = await started(SLEEP);
    const use = await useOf(program, ({ runShare, state }) => runShare < 0.2 && state === 'S');
    assert.equal(use.isStopped, false);
  });

  it('of a program that is stopped', async () => {
    const program = await started(SPIN);
    program.kill('SIGSTOP');
    const use = await useOf(program, ({ isStopped }) => isStopped);
    assert.equal(use.state, 'T');
    program.kill('SIGCONT');
  });

  it('are not known of a program that has ended', async () => {
    const program = await started('console.log("ready")');
    const { pid } = program;
    await program.outcome;
    assert.equal(await readThreadTimes(pid as number), undefined);
  });

  it('tell of the thread that needed a processor most', () => {
    const before = times(0, { a: [0, 0, 'S'], b: [100e6, 50e6, 'S'] });
    const after = times(1e9, { a: [300e6, 0, 'S'], b: [300e6, 250e6, 'R'], c: [900e6, 0, 'D'] });
    assert.deepEqual(threadUse(before, after), {
      runShare: 0.2,
      waitShare: 0.2,
      state: 'R',
      waitsForDisk: true,
      isStopped: false,
    });
  });

  it('tell nothing of threads that were there once only, nor between two looks at one time', () => {
    assert.equal(threadUse(times(0, { a: [0, 0, 'S'] }), times(1, { b: [0, 0, 'S'] })), undefined);
    assert.equal(threadUse(times(5, { a: [0, 0, 'S'] }), times(5, { a: [0, 0, 'S'] })), undefined);
  });
});

function times(atNs: number, threads: Record<string, [number, number, string]>): ThreadTimes {
  const entries = Object.entries(threads).map(
    ([id, [runNs, waitNs, state]]) => [id, { runNs, waitNs, state }] as const,
  );
  return { atNs, threads: new Map(entries) };
}

async function started(code: string): Promise<RunningProgram> {
  const program = new RunningProgram(process.execPath, ['-e', code]);
  await program.waitForOutput(/ready/);
  return program;
}

/** What a program does, once that is as it should be. */
async function useOf({ pid }: RunningProgram, isRight: (use: ThreadUse) => boolean): Promise<ThreadUse> {
  let before: ThreadTimes | undefined;
  const look = async () => {
    const after = await readThreadTimes(pid as number);
    const use = before && after && threadUse(before, after);
    before = after;
    return use;
  };
  return (await until(look, (use) => use !== undefined && isRight(use))) as ThreadUse;
}
