import { addressOf, portFilter, portOfAddress, runSs, type SsOptions } from './run-ss.js';
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

/**
 * The established connections of local TCP ports, with what Linux counts for each. It needs no rights. Without `ss` of
 * iproute2, /proc/net/tcp gives the lengths of queues only.
 *
 * @returns undefined where nothing is known: on other systems, and when `ss` did not end in time
 */
export async function readTcpConnections(
  ports: readonly number[],
  options?: SsOptions,
): Promise<TcpConnection[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  if (ports.length === 0) return [];
  // Both sides in one call, so that they are of one moment.
  const filter = portFilter(['sport', 'dport'], ports);
  const output = await runSs(['-tinHO', 'state', 'established', filter], options);
  if (output === 'late') return undefined;
  const sides = output === 'missing' ? sidesFromProc(ports) : output.flatMap(sideOfLine);
  return sides === undefined ? undefined : connectionsOf(sides, new Set(ports));
}

/** Identifies a connection among those that are there at the same time. */
export function connectionKey({ local, peer }: Pick<TcpConnection, 'local' | 'peer'>): string {
  return `${local} ${peer}`;
}

function connectionsOf(sides: readonly Side[], ports: ReadonlySet<number>): TcpConnection[] {
  const bySide = new Map(sides.map((side) => [connectionKey(side), side]));
  return sides
    .filter(({ local }) => ports.has(portOfAddress(local)))
    .map((side) => {
      const other = bySide.get(connectionKey({ local: side.peer, peer: side.local }));
      return { ...side, peerReceiveQueueBytes: other?.receiveQueueBytes ?? null };
    });
}

function sidesFromProc(ports: readonly number[]): Side[] | undefined {
  try {
    return readTcpSockets()
      .filter((socket) => socket.isEstablished)
      .filter(({ localPort, peerPort }) => ports.includes(localPort) || ports.includes(peerPort))
      .map(({ local, peer, sendQueueBytes, receiveQueueBytes }) => ({
        local,
        peer,
        sendQueueBytes,
        receiveQueueBytes,
        counters: null,
      }));
  } catch {
    return undefined;
  }
}

/** A line of `ss -tinHO state established`: Recv-Q, Send-Q, local address, peer's address, and then names with values. */
function sideOfLine(line: string): Side[] {
  const [receiveQueue, sendQueue, local, peer] = line.trim().split(/\s+/, 4);
  if (peer === undefined) return [];
  const value = (name: string) => new RegExp(`\\s${name}[: ](\\S+)`).exec(line)?.[1] ?? '0';
  // `ss` leaves out what is 0. Times end with `ms`, which may be followed by their share.
  const counters = {
    ackedBytes: Number.parseInt(value('bytes_acked'), 10),
    receivedBytes: Number.parseInt(value('bytes_received'), 10),
    busyMs: Number.parseInt(value('busy'), 10),
    peerFullMs: Number.parseInt(value('rwnd_limited'), 10),
    retransmissions: Number.parseInt(value('retrans').replace(/^\d+\//, ''), 10),
    deliveryBitsPerS: Number.parseInt(value('delivery_rate'), 10),
  };
  const [receiveQueueBytes, sendQueueBytes] = [Number(receiveQueue), Number(sendQueue)];
  return [{ local: addressOf(local), peer: addressOf(peer), sendQueueBytes, receiveQueueBytes, counters }];
}
