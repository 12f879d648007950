import { readFileSync } from 'node:fs';
import { listed, openSockets } from './open-sockets.js';

/** A folder of /proc that is a process. */
const PROCESS = /^\d+$/;

/**
 * The process that has a socket open, from Linux's /proc: `python3, process 1234`.
 *
 * @param inode of the socket
 * @returns undefined where it is not known: a process of another user's, in another container, or on another system
 */
export function processOfSocket(inode: string): string | undefined {
  const pid = listed('/proc').find((name) => PROCESS.test(name) && openSockets(name).has(inode));
  if (pid === undefined) return undefined;
  try {
    return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()}, process ${pid}`;
  } catch {
    return undefined;
  }
}
