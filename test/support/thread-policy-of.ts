import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Numbers of policies in sched(7). */
export const POLICY = { other: 0, roundRobin: 2, batch: 3 } as const;
/** Field of /proc/PID/stat, from 1. */
const POLICY_FIELD = 41;

/** The policy of the thread of this process that has a name; undefined: there is none. */
export function policyOfThread(name: string): number | undefined {
  const found = readdirSync('/proc/self/task').map(lookAt);
  return found.find((thread) => thread.name === name)?.policy;
}

/** The policy of the calling thread. */
export function policyOfThisThread(): number {
  return lookAt(basename(readlinkSync('/proc/thread-self'))).policy;
}

function lookAt(id: string): { readonly name: string; readonly policy: number } {
  const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
  // The name, in parentheses, can have spaces.
  const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(stat) ?? [];
  return { name, policy: Number(rest.split(' ')[POLICY_FIELD - 3]) };
}
