import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/**
 * How Linux schedules a thread: see sched(7). `other` is the default. A thread of `batch` has the same share of a processor, but
 * interrupts no other thread when it wakes up: it waits until that one sleeps or has had its slice of some milliseconds.
 */
export type ThreadPolicy = 'other' | 'batch';

/**
 * Sets the policy of all threads of this process that have a name. No privilege is needed. It runs `chrt` of util-linux, and
 * starting a process stops the calling thread for some milliseconds.
 *
 * @param name as in proc(5), at most 15 characters
 * @returns whether all have it now; false also where there is no such thread, no `chrt`, and on systems but Linux. Never rejects
 */
export async function setThreadPolicy(name: string, policy: ThreadPolicy): Promise<boolean> {
  const ids = await threadsNamed(name);
  const areSet = await Promise.all(ids.map((id) => runChrt([`--${policy}`, '--pid', '0', id])));
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
