import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A folder of /proc that is a process. */
const PROCESS = /^\d+$/;

/**
 * The process that has a socket open, from Linux's /proc: `python3, process 1234`.
 *
 * @param inode of the socket
 * @returns undefined where it is not known: a process of another user's, in another container, or on another system
 */
export function processOfSocket(inode: string): string | undefined {
  const target = `socket:[${inode}]`;
  const pid = listed('/proc').find((name) => PROCESS.test(name) && hasOpen(name, target));
  if (pid === undefined) return undefined;
  try {
    return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()}, process ${pid}`;
  } catch {
    return undefined;
  }
}

function hasOpen(pid: string, target: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return listed(folder).some((name) => linkOf(`${folder}/${name}`) === target);
}

/** Empty for a folder that is gone, or that this user may not read. */
function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
