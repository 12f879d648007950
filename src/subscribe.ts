import { Subscriber as ZmqSubscriber } from 'zeromq';
import { addressError, checkPort } from './address.js';

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

  /** @throws TcsReplayError `BAD_ADDRESS`, `SOCKET_FAILED` */
  constructor({ connect, prefixes, highWaterMark }: SubscriberOptions) {
    this._socket = new ZmqSubscriber({ receiveHighWaterMark: highWaterMark, linger: 0 });
    try {
      for (const url of connect) this._connect(url);
    } catch (error) {
      this._socket.close();
      throw error;
    }
    this._socket.subscribe(...prefixes);
  }

  private _connect(url: string): void {
    checkPort(url);
    try {
      this._socket.connect(url);
    } catch (error) {
      throw addressError(error, 'connect to', url);
    }
  }

  /** The frames of each message, as they come, until the socket is closed. */
  async *messages(): AsyncGenerator<Buffer[]> {
    for await (const frames of this._socket) yield frames as Buffer[];
  }

  close(): void {
    if (!this._socket.closed) this._socket.close();
  }
}
