import { readdirSync, readlinkSync } from 'node:fs';
import { readTcpSockets } from './tcp-sockets.js';

const SOCKET = /^socket:\[(\d+)\]$/;

/** The sockets that a process has open, by their inodes. Empty where that is not known: another user's process, or another system. */
export function openSockets(pid: number | string): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`;
  const inodes = new Set<string>();
  for (const name of listed(folder)) {
    const inode = SOCKET.exec(linkOf(`${folder}/${name}`) ?? '')?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

/** The addresses on this machine of the TCP connections of a process. Empty where these are not known. */
export function localAddresses(pid: number): string[] {
  const inodes = openSockets(pid);
  if (inodes.size === 0) return [];
  return readTcpSockets()
    .filter(({ isEstablished, inode }) => isEstablished && inodes.has(inode))
    .map(({ local }) => local);
}

/** The names in a folder. Empty for one that is gone, or that this user may not read. */
export function listed(folder: string): string[] {
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
