import { Subscriber as ZmqSubscriber } from 'zeromq';
import { atAddress } from './address.js';

export interface SubscriberOptions {
  /** Addresses that the socket is connected to. */
  readonly connect: readonly string[];
  /** What wanted messages begin with; one empty text for all. */
  readonly prefixes: readonly string[];
  /** Messages queued here before the publisher's queue fills; 0: no limit. */
  readonly highWaterMark: number;
}

/** A ZeroMQ SUB socket. */
export class Subscriber {
  private readonly _socket: ZmqSubscriber;

  private constructor(socket: ZmqSubscriber) {
    this._socket = socket;
  }

  /** @throws TcsReplayError `BAD_ADDRESS`, `SOCKET_FAILED` */
  static async open({ connect, prefixes, highWaterMark }: SubscriberOptions): Promise<Subscriber> {
    const socket = new ZmqSubscriber({ receiveHighWaterMark: highWaterMark, linger: 0 });
    try {
      for (const url of connect) await atAddress('connect to', url, () => socket.connect(url));
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.subscribe(...prefixes);
    return new Subscriber(socket);
  }

  /** The frames of each message, as they come, until the socket is closed. */
  async *messages(): AsyncGenerator<Buffer[]> {
    for await (const frames of this._socket) yield frames as Buffer[];
  }

  close(): void {
    if (!this._socket.closed) this._socket.close();
  }
}
