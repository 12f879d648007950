import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/**
 * How Linux schedules a thread: see sched(7).
 *
 * - `other`: the default
 * - `batch`: the same share of a processor, but the thread interrupts no other one when it wakes up: it waits until that one sleeps
 *   or has had its slice of some milliseconds
 * - `realTime`: the thread interrupts at once all that are not of real time. Takes root, CAP_SYS_NICE, or a limit of 1 on
 *   real-time priorities (`ulimit -r`). Threads and programs that it starts are `other`
 */
export type ThreadPolicy = 'other' | 'batch' | 'realTime';

/** Arguments of chrt(1), before the id of a thread. */
const CHRT_ARGUMENTS: Record<ThreadPolicy, readonly string[]> = {
  other: ['--other', '--pid', '0'],
  batch: ['--batch', '--pid', '0'],
  // The lowest priority of real time is above all that are not.
  realTime: ['--rr', '--reset-on-fork', '--pid', '1'],
};

let setting: Promise<unknown> = Promise.resolve();

/**
 * Sets the policy of all threads of this process that have a name. It runs `chrt` of util-linux, and starting a process stops the
 * calling thread for some milliseconds. Calls take effect one after the other: the last one counts.
 *
 * @param name as in proc(5), at most 15 characters
 * @returns whether all have it now; false also where there is no such thread, no `chrt`, and on systems but Linux. Never rejects
 */
export function setThreadPolicy(name: string, policy: ThreadPolicy): Promise<boolean> {
  return inTurn(async () => setPolicyOf(await threadsNamed(name), policy));
}

/** As `setThreadPolicy`, for the calling thread. */
export async function setOwnThreadPolicy(policy: ThreadPolicy): Promise<boolean> {
  let id: string;
  try {
    // Read by the thread itself: an asynchronous call is made by another one.
    id = basename(readlinkSync('/proc/thread-self'));
  } catch {
    return false; // Not Linux.
  }
  return inTurn(() => setPolicyOf([id], policy));
}

function inTurn(set: () => Promise<boolean>): Promise<boolean> {
  const isSet = setting.then(set);
  setting = isSet;
  return isSet;
}

async function setPolicyOf(ids: readonly string[], policy: ThreadPolicy): Promise<boolean> {
  const areSet = await Promise.all(ids.map((id) => runChrt([...CHRT_ARGUMENTS[policy], id])));
  return ids.length > 0 && areSet.every((isSet) => isSet);
}

async function threadsNamed(name: string): Promise<string[]> {
  const ids = await readdir('/proc/self/task').catch(() => []);
  const names = await Promise.all(
    ids.map((id) => readFile(`/proc/self/task/${id}/comm`, 'utf8').catch(() => '')),
  );
  return ids.filter((_, i) => names[i].trimEnd() === name);
}

/** @returns whether it has succeeded. The process does not wait for it to end */
function runChrt(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const chrt = spawn('chrt', args, { stdio: 'ignore' });
    chrt.on('error', () => resolve(false));
    chrt.on('exit', (code) => resolve(code === 0));
    chrt.unref();
  });
}
