import { Subscriber } from 'zeromq';

/** Generous, since tests run on busy machines: it only bounds how long a failure takes. */
const RECEIVE_TIMEOUT_MS = 60_000;

/** A message of two frames. */
export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
}

export interface ReceiverOptions {
  /** What the topics that are received begin with. Default: all are. */
  readonly prefix?: string;
  /** Messages that wait here to be taken; 0, the default: no limit. Those beyond wait at the publisher. */
  readonly highWaterMark?: number;
}

/** A subscriber in the test's own process. It may be there before its publisher, and should be. */
export class Receiver {
  readonly #socket: Subscriber;

  static connected(url: string, options?: ReceiverOptions): Receiver {
    const receiver = new Receiver(options);
    receiver.#socket.connect(url);
    return receiver;
  }

  /** One that publishers connect to. */
  static async bound(url: string): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.#socket.bind(url);
    return receiver;
  }

  private constructor({ prefix = '', highWaterMark = 0 }: ReceiverOptions = {}) {
    this.#socket = new Subscriber({
      receiveHighWaterMark: highWaterMark,
      receiveTimeout: RECEIVE_TIMEOUT_MS,
      reconnectInterval: 10,
      linger: 0,
    });
    this.#socket.subscribe(prefix);
  }

  /** The next message. Rejects where none comes for a long time. */
  async next(): Promise<Message> {
    const [topic, payload] = await this.#socket.receive();
    return { topic: topic.toString(), payload };
  }

  /** The next `count` messages. */
  async take(count: number): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) messages.push(await this.next());
    return messages;
  }

  close(): void {
    this.#socket.close();
  }
}

/** The event in a message of JSON. */
export function eventOf({ payload }: Message): Record<string, unknown> {
  return JSON.parse(payload.toString());
}
