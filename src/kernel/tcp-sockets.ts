import { existsSync } from 'node:fs';
import { procNetRows } from './proc-net.js';

/** Columns of /proc/net/tcp, see proc(5). */
const COLUMN = { local: 1, peer: 2, state: 3, queues: 4, inode: 9 };
const ESTABLISHED = '01';
const LISTEN = '0A';

/** A row of Linux's table of TCP sockets: a socket of any process in this network namespace. */
export class TcpSocket {
  private readonly _row: string[];

  constructor(row: string[]) {
    this._row = row;
  }

  get localPort(): number {
    return portOf(this._row[COLUMN.local]);
  }

  get peerPort(): number {
    return portOf(this._row[COLUMN.peer]);
  }

  /** Address such as `127.0.0.1:5556` or `[::1]:5556`. */
  get local(): string {
    return hostAndPort(this._row[COLUMN.local]);
  }

  get peer(): string {
    return hostAndPort(this._row[COLUMN.peer]);
  }

  get isListening(): boolean {
    return this._row[COLUMN.state] === LISTEN;
  }

  get isEstablished(): boolean {
    return this._row[COLUMN.state] === ESTABLISHED;
  }

  /** Bytes that the peer has not acknowledged. */
  get sendQueueBytes(): number {
    return Number.parseInt(this._row[COLUMN.queues], 16);
  }

  /** Bytes that wait to be read. */
  get receiveQueueBytes(): number {
    const queues = this._row[COLUMN.queues];
    return Number.parseInt(queues.slice(queues.indexOf(':') + 1), 16);
  }

  get inode(): string {
    return this._row[COLUMN.inode];
  }
}

/**
 * The TCP sockets of this network namespace, over IPv4 and IPv6.
 *
 * @throws Error on systems but Linux
 */
export function readTcpSockets(): TcpSocket[] {
  // A kernel without IPv6 has no such table.
  const tables = existsSync('/proc/self/net/tcp6') ? ['tcp', 'tcp6'] : ['tcp'];
  return tables.flatMap(procNetRows).map((row) => new TcpSocket(row));
}

/** The port of an address such as `0100007F:15B4`. */
function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
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
