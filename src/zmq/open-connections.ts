import { readdirSync, readlinkSync } from 'node:fs';
import { procNetRows } from '../kernel/proc-net.js';
import { processOfSocket } from '../kernel/process-of-socket.js';
import { readTcpSockets, type TcpSocket } from '../kernel/tcp-sockets.js';

/** Columns of /proc/net/unix, see proc(5). */
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
    return tcpSockets(own, bound, connected).length + countUnix(own, bound);
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
    return tcpSockets(ownSockets(), bound.filter(isTcp), connected.filter(isTcp))
      .filter(({ receiveQueueBytes }) => receiveQueueBytes > 0)
      .sort((a, b) => b.receiveQueueBytes - a.receiveQueueBytes)
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
    const behind = tcpSockets(ownSockets(), bound.filter(isTcp), connected.filter(isTcp))
      .filter(({ sendQueueBytes }) => sendQueueBytes > 0)
      .sort((a, b) => b.sendQueueBytes - a.sendQueueBytes);
    const all = readTcpSockets();
    return behind
      .filter(({ sendQueueBytes }) => sendQueueBytes >= behind[0].sendQueueBytes / 2)
      .map((socket) => namedPeer(socket, all));
  } catch {
    return [];
  }
}

/** The address of a connection's peer, with its process where it is one of this machine's. */
function namedPeer({ local, peer, peerPort }: TcpSocket, all: readonly TcpSocket[]): string {
  const other = all.find((each) => each.localPort === peerPort && each.local === peer && each.peer === local);
  const found = other && processOfSocket(other.inode);
  return found === undefined ? peer : `${peer} (${found})`;
}

function isTcp(url: string): boolean {
  return PORT.test(url);
}

function tcpSockets(
  own: ReadonlySet<string>,
  bound: readonly string[],
  connected: readonly string[],
): TcpSocket[] {
  const [boundPorts, connectedPorts] = [portsOf(bound), portsOf(connected)];
  return readTcpSockets().filter(
    ({ isListening, inode, localPort, peerPort }) =>
      !isListening && own.has(inode) && (boundPorts.has(localPort) || connectedPorts.has(peerPort)),
  );
}

/** Counts accepted connections: they have the path that was bound. */
function countUnix(own: ReadonlySet<string>, bound: readonly string[]): number {
  const paths = new Set(bound.map((url) => PATH.exec(url)?.[1]));
  return procNetRows('unix').filter(
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

function portsOf(urls: readonly string[]): Set<number> {
  return new Set(urls.map((url) => Number(PORT.exec(url)?.[1])));
}
