import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Lines of /proc/net/tcp and /proc/net/unix, as proc(5) has them. */
const TCP = { local: 1, remote: 2, state: 3, inode: 9 };
const TCP_LISTEN = '0A';
const UNIX = { flags: 3, inode: 6, path: 7 };
const UNIX_LISTEN = 0x10000;

const PORT = /^tcp:.*:(\d+)$/;
const PATH = /^ipc:\/\/(.+)$/;

/**
 * How many connections this process has over addresses that it is bound or connected to, from what Linux tells in /proc.
 * A socket that was closed keeps those that have not taken everything.
 *
 * @returns undefined where that is not told: on other systems, for connections to an ipc address, and for inproc ones
 */
export function openConnections(bound: readonly string[], connected: readonly string[]): number | undefined {
  const isTold = (url: string) => PORT.test(url);
  if (!bound.every((url) => isTold(url) || PATH.test(url)) || !connected.every(isTold)) return undefined;
  try {
    const own = ownSockets();
    return countTcp(own, bound, connected) + countUnix(own, bound);
  } catch {
    return undefined;
  }
}

function countTcp(own: ReadonlySet<string>, bound: readonly string[], connected: readonly string[]): number {
  const [boundPorts, connectedPorts] = [portsOf(bound), portsOf(connected)];
  return [...rows('tcp'), ...rows('tcp6')].filter(
    (row) =>
      row[TCP.state] !== TCP_LISTEN &&
      own.has(row[TCP.inode]) &&
      (boundPorts.has(portOf(row[TCP.local])) || connectedPorts.has(portOf(row[TCP.remote]))),
  ).length;
}

/** Connections that were accepted have the path that was bound. */
function countUnix(own: ReadonlySet<string>, bound: readonly string[]): number {
  const paths = new Set(bound.map((url) => PATH.exec(url)?.[1]));
  return rows('unix').filter(
    (row) =>
      (Number.parseInt(row[UNIX.flags], 16) & UNIX_LISTEN) === 0 &&
      own.has(row[UNIX.inode]) &&
      paths.has(row.slice(UNIX.path).join(' ')),
  ).length;
}

/** The inodes of this process's sockets. */
function ownSockets(): Set<string> {
  const inodes = new Set<string>();
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${name}`))?.[1];
      if (inode !== undefined) inodes.add(inode);
    } catch {
      // Closed meanwhile, as is the one of the folder itself.
    }
  }
  return inodes;
}

function rows(table: string): string[][] {
  const [, ...lines] = readFileSync(`/proc/self/net/${table}`, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.trim().split(/\s+/));
}

function portsOf(urls: readonly string[]): Set<number> {
  return new Set(urls.map((url) => Number(PORT.exec(url)?.[1])));
}

/** Of an address such as `0100007F:15B4`. */
function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}
