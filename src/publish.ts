import { Publisher as ZmqPublisher } from 'zeromq';
import { atAddress } from './address.js';

export interface PublisherOptions {
  /** Addresses that the socket is bound to. */
  readonly bind: readonly string[];
  /** Addresses that it is connected to, such as a proxy's XSUB. */
  readonly connect: readonly string[];
  /** Messages queued for each subscriber before further ones are dropped for it; 0: no limit. */
  readonly highWaterMark: number;
  /** How long what is queued at the end is kept for slow subscribers, in milliseconds; -1: as long as it takes. */
  readonly lingerMs: number;
}

/** A part of a message: text, which goes out as UTF-8, or bytes, which must not change once they are sent. */
export type Part = string | Uint8Array;

/** A ZeroMQ PUB socket. */
export class Publisher {
  private readonly _socket: ZmqPublisher;

  private constructor(socket: ZmqPublisher) {
    this._socket = socket;
  }

  /** @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED` */
  static async open({ bind, connect, highWaterMark, lingerMs }: PublisherOptions): Promise<Publisher> {
    // A time-out of 0 makes every send synchronous: a PUB socket never blocks, and none needs to be awaited. The mark
    // holds for connections made from then on: it must be set before them.
    const socket = new ZmqPublisher({ sendTimeout: 0, sendHighWaterMark: highWaterMark, linger: lingerMs });
    try {
      for (const url of bind) await atAddress('bind to', url, () => socket.bind(url));
      for (const url of connect) await atAddress('connect to', url, () => socket.connect(url));
    } catch (error) {
      socket.close();
      throw error;
    }
    return new Publisher(socket);
  }

  /**
   * Queues a message for every subscriber that there is. Parts of more than 128 bytes are sent from where they are:
   * they belong to the socket from now on. Let the event loop turn every thousand messages or so: only then is the
   * memory of those that have left set free.
   */
  send(parts: Part[]): void {
    this._socket.send(parts);
  }

  /** Closes the socket. What is queued is still delivered, for as long as the linger time, even while the process ends. */
  close(): void {
    // No unbind before: it loses what is queued.
    this._socket.close();
  }
}
