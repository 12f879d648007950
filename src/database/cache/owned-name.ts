import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The owner of a name: `gone` where the process that made it, on this machine, does not run any more. */
export type NameOwner = 'running' | 'gone' | 'elsewhere';

/** The first namespace of process ids, in which a machine without containers has all of its processes (proc_ns.h). */
const FIRST_NAMESPACE = 'pid:[4026531836]';

/** A new name for a folder of this process: `<kind>-<machine>-<pid>-<random>`. */
export function newOwnedName(kind: string): string {
  return `${kind}-${machine()}-${process.pid}-${randomUUID().slice(0, 8)}`;
}

/**
 * Who has a folder of a name that `newOwnedName` made.
 *
 * @param madeMs when the folder was last changed, in Unix milliseconds
 * @returns undefined where it is another name
 */
export function ownerOf(kind: string, name: string, madeMs: number): NameOwner | undefined {
  const [, of, pid] = new RegExp(`^${kind}-(.+)-(\\d+)-[0-9a-f]{8}$`).exec(name) ?? [];
  if (of === undefined) return undefined;
  if (of !== machine()) return 'elsewhere';
  // In a container, a process often has the id of the one before.
  const isBefore = Number(pid) === process.pid && madeMs < Date.now() - 1000 * process.uptime();
  return isBefore || !isRunning(Number(pid)) ? 'gone' : 'running';
}

/** Name of what process ids belong to: the machine, or a container of it. */
function machine(): string {
  const [host, namespace] = [hostname(), namespaceOfPids()];
  return namespace === undefined || namespace === FIRST_NAMESPACE
    ? host
    : `${host}.${namespace.replace(/\D/g, '')}`;
}

function namespaceOfPids(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined; // Not on Linux.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
