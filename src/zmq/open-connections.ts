import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { processOfSocket } from './process-of-socket.js';

/** Columns of /proc/net/tcp and /proc/net/unix, see proc(5). */
const TCP = { local: 1, remote: 2, state: 3, queues: 4, inode: 9 };
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
  if (!bound.every((url) => isTcp(url) || PATH.test(url)) || !connected.every(isTcp)) return undefined;
  try {
    const own = ownSockets();
    return tcpRows(own, bound, connected).length + countUnix(own, bound);
  } catch {
    return undefined;
  }
}

/**
 * The peers of which bytes wait to be read, those with most bytes first, from Linux's /proc: addresses such as
 * `127.0.0.1:40112`. Empty where it is not known.
 *
 * @param bound, connected addresses of this process's sockets
 */
export function peersAhead(bound: readonly string[], connected: readonly string[]): string[] {
  try {
    return tcpRows(ownSockets(), bound.filter(isTcp), connected.filter(isTcp))
      .map((row) => ({ peer: hostAndPort(row[TCP.remote]), waiting: waitingBytes(row[TCP.queues]) }))
      .filter(({ waiting }) => waiting > 0)
      .sort((a, b) => b.waiting - a.waiting)
      .map(({ peer }) => peer);
  } catch {
    return [];
  }
}

/**
 * The peers that have not taken what was sent to them, those with most bytes first, from Linux's /proc: addresses such as
 * `127.0.0.1:40112`, with the process where it is one of this machine's. Peers with less than half the bytes of the first one are
 * left out. Empty where it is not known.
 *
 * @param bound, connected addresses of this process's sockets
 */
export function peersBehind(bound: readonly string[], connected: readonly string[]): string[] {
  try {
    const all = [...rows('tcp'), ...rows('tcp6')];
    const behind = tcpRows(ownSockets(), bound.filter(isTcp), connected.filter(isTcp))
      .map((row) => ({ row, unsentBytes: unsentBytes(row[TCP.queues]) }))
      .filter((each) => each.unsentBytes > 0)
      .sort((a, b) => b.unsentBytes - a.unsentBytes);
    return behind
      .filter(({ unsentBytes }) => unsentBytes >= behind[0].unsentBytes / 2)
      .map(({ row }) => namedPeer(row, all));
  } catch {
    return [];
  }
}

/** The address of a connection's peer, with its process where it is one of this machine's. */
function namedPeer(row: readonly string[], all: readonly string[][]): string {
  const [local, peer] = [hostAndPort(row[TCP.local]), hostAndPort(row[TCP.remote])];
  const port = portOf(row[TCP.remote]);
  const other = all.find(
    (each) =>
      portOf(each[TCP.local]) === port &&
      hostAndPort(each[TCP.local]) === peer &&
      hostAndPort(each[TCP.remote]) === local,
  );
  const found = other && processOfSocket(other[TCP.inode]);
  return found === undefined ? peer : `${peer} (${found})`;
}

function isTcp(url: string): boolean {
  return PORT.test(url);
}

function tcpRows(
  own: ReadonlySet<string>,
  bound: readonly string[],
  connected: readonly string[],
): string[][] {
  const [boundPorts, connectedPorts] = [portsOf(bound), portsOf(connected)];
  return [...rows('tcp'), ...rows('tcp6')].filter(
    (row) =>
      row[TCP.state] !== TCP_LISTEN &&
      own.has(row[TCP.inode]) &&
      (boundPorts.has(portOf(row[TCP.local])) || connectedPorts.has(portOf(row[TCP.remote]))),
  );
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

/** The bytes that wait to be read, in `tx:rx`, two numbers in hexadecimal. */
function waitingBytes(queues: string): number {
  return Number.parseInt(queues.slice(queues.indexOf(':') + 1), 16);
}

/** The bytes that the peer has not taken yet, in the same form. */
function unsentBytes(queues: string): number {
  return Number.parseInt(queues.slice(0, queues.indexOf(':')), 16);
}

/** `127.0.0.1:5556` for `0100007F:15B4`, `[::1]:5556` for one of IPv6: words of four bytes, the last byte first. */
function hostAndPort(address: string): string {
  const words = address.slice(0, address.indexOf(':')).match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => [...Buffer.from(word, 'hex').reverse()]);
  const port = portOf(address);
  if (bytes.length === 4) return `${bytes.join('.')}:${port}`;
  const groups = bytes.flatMap((byte, i) => (i % 2 === 0 ? [((byte << 8) | bytes[i + 1]).toString(16)] : []));
  const { hostname } = new URL(`tcp://[${groups.join(':')}]`);
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.test(hostname.slice(1, -1));
  return mapped ? `${bytes.slice(12).join('.')}:${port}` : `${hostname}:${port}`;
}
