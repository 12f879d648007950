import { Subscriber as ZmqSubscriber } from 'zeromq';
import { addressError } from './address-error.js';

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
  readonly #socket: ZmqSubscriber;

  /** @throws TcsReplayError `BAD_ADDRESS`, `SOCKET_FAILED` */
  constructor({ connect, prefixes, highWaterMark }: SubscriberOptions) {
    this.#socket = new ZmqSubscriber({ receiveHighWaterMark: highWaterMark, linger: 0 });
    try {
      for (const url of connect) this.#connect(url);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
    this.#socket.subscribe(...prefixes);
  }

  #connect(url: string): void {
    try {
      this.#socket.connect(url);
    } catch (error) {
      throw addressError(error, 'connect to', url);
    }
  }

  /** The frames of each message, as they come, until the socket is closed. */
  async *messages(): AsyncGenerator<Buffer[]> {
    for await (const frames of this.#socket) yield frames as Buffer[];
  }

  close(): void {
    if (!this.#socket.closed) this.#socket.close();
  }
}
