import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when a process has ended; a test that waits in vain runs into its time-out. */
export async function untilEnded(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(POLL_MS);
}
