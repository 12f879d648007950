import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Columns of /proc/net/tcp and /proc/net/unix, see proc(5). */
const TCP = { local: 1, remote: 2, state: 3, inode: 9 };
const TCP_LISTEN = '0A';
const UNIX = { flags: 3, inode: 6, path: 7 };
const UNIX_LISTEN = 0x10000;

const PORT = /^tcp:.*:(\d+)$/;
const PATH = /^ipc:\/\/(.+)$/;

/**
 * The number of this process's connections over the addresses that it is bound or connected to, from Linux's /proc.
 * While a closed socket lingers, it keeps the connections that have not taken everything.
 *
 * @param bound, connected addresses, such as `tcp://127.0.0.1:5556` or `ipc:///tmp/events`
 * @returns undefined where it is not known: on other systems, for connections to an ipc address, and for inproc
 */
export function openConnections(bound: readonly string[], connected: readonly string[]): number | undefined {
  const isTcp = (url: string) => PORT.test(url);
  if (!bound.every((url) => isTcp(url) || PATH.test(url)) || !connected.every(isTcp)) return undefined;
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

/** Counts accepted connections: they have the path that was bound. */
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
      // Closed meanwhile, as is the descriptor of the folder itself.
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

/** The port of an address such as `0100007F:15B4`. */
function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}
