import { addressOf, portOfAddress } from './socket-address.js';
import { readTcpSockets } from './tcp-sockets.js';

/** What Linux counts for a connection since it was made (`TCP_INFO`). */
export interface TcpCounters {
  /** Bytes that the peer's kernel has acknowledged: it has them. */
  readonly ackedBytes: number;
  /** Bytes that came from the peer. */
  readonly receivedBytes: number;
  /** Time with sent bytes that were not acknowledged, in milliseconds. */
  readonly busyMs: number;
  /** Part of `busyMs` in which the peer had no room for more: its program did not read. */
  readonly peerFullMs: number;
  /** Segments that were sent again. */
  readonly retransmissions: number;
  /** Latest rate at which bytes were delivered, in bits a second; 0 before there is one. */
  readonly deliveryBitsPerS: number;
}

/** An established TCP connection of a local port. */
export interface TcpConnection {
  /** Address of this side, such as `127.0.0.1:5556` or `[::1]:5556`. */
  readonly local: string;
  /** Address of the other side. */
  readonly peer: string;
  /** Bytes that were given to the kernel, and that the peer has not acknowledged. */
  readonly sendQueueBytes: number;
  /** Bytes that came from the peer and were not read. */
  readonly receiveQueueBytes: number;
  /** Bytes that wait at the peer for its program to read; null for a peer outside this machine or its network namespace. */
  readonly peerReceiveQueueBytes: number | null;
  /** Null without `ss` of iproute2. */
  readonly counters: TcpCounters | null;
}

/** A socket of either side. */
interface Side {
  readonly local: string;
  readonly peer: string;
  readonly sendQueueBytes: number;
  readonly receiveQueueBytes: number;
  readonly counters: TcpCounters | null;
}

/** The established connections of local TCP ports, from lines of `ss -tinHO state established`. */
export function connectionsFromSs(lines: readonly string[], ports: readonly number[]): TcpConnection[] {
  return connectionsOf(
    lines.flatMap((line) => sideOfLine(line, ports)),
    ports,
  );
}

/** The same from /proc/net/tcp, which has the lengths of queues only; undefined on systems but Linux. */
export function connectionsFromProc(ports: readonly number[]): TcpConnection[] | undefined {
  try {
    const sides = readTcpSockets()
      .filter(({ isEstablished }) => isEstablished)
      .filter(({ localPort, peerPort }) => ports.includes(localPort) || ports.includes(peerPort))
      .map(({ local, peer, sendQueueBytes, receiveQueueBytes }) => ({
        local,
        peer,
        sendQueueBytes,
        receiveQueueBytes,
        counters: null,
      }));
    return connectionsOf(sides, ports);
  } catch {
    return undefined;
  }
}

/** Identifies a connection among those that are there at the same time. */
export function connectionKey({ local, peer }: Pick<TcpConnection, 'local' | 'peer'>): string {
  return `${local} ${peer}`;
}

function connectionsOf(sides: readonly Side[], ports: readonly number[]): TcpConnection[] {
  const bySide = new Map(sides.map((side) => [connectionKey(side), side]));
  return sides
    .filter(({ local }) => ports.includes(portOfAddress(local)))
    .map((side) => {
      const other = bySide.get(connectionKey({ local: side.peer, peer: side.local }));
      return { ...side, peerReceiveQueueBytes: other?.receiveQueueBytes ?? null };
    });
}

/** The beginning of a line of `ss -tinHO state established`: Recv-Q, Send-Q, local address, peer's address. */
const COLUMNS = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+)/;

function sideOfLine(line: string, ports: readonly number[]): Side[] {
  const columns = COLUMNS.exec(line);
  if (columns === null) return [];
  const [local, peer] = [addressOf(columns[3]), addressOf(columns[4])];
  const [receiveQueueBytes, sendQueueBytes] = [Number(columns[1]), Number(columns[2])];
  // Of the other side the queues are enough. These lines are read while events are sent.
  const counters = ports.includes(portOfAddress(local)) ? countersOf(line) : null;
  return [{ local, peer, sendQueueBytes, receiveQueueBytes, counters }];
}

/** Names with values, such as `bytes_acked:92`. `ss` leaves out what is 0. */
function countersOf(line: string): TcpCounters {
  return {
    ackedBytes: numberAfter(line, ' bytes_acked:'),
    receivedBytes: numberAfter(line, ' bytes_received:'),
    busyMs: numberAfter(line, ' busy:'),
    peerFullMs: numberAfter(line, ' rwnd_limited:'),
    // `retrans:` has those under way, a slash, and those of the whole time.
    retransmissions: line.includes(' retrans:') ? numberAfter(line, '/', line.indexOf(' retrans:')) : 0,
    deliveryBitsPerS: numberAfter(line, ' delivery_rate '),
  };
}

const MOST_DIGITS = 20;

function numberAfter(line: string, name: string, from = 0): number {
  const at = line.indexOf(name, from);
  if (at < 0) return 0;
  const begin = at + name.length;
  return Number.parseInt(line.slice(begin, begin + MOST_DIGITS), 10);
}
