import { setTimeout as delay } from 'node:timers/promises';
import { type Observer, XPublisher, Publisher as ZmqPublisher } from 'zeromq';
import { atAddress } from './address.js';
import { SubscriberCount } from './subscriber-count.js';

export interface PublisherOptions {
  /** Addresses that the socket is bound to. */
  readonly bind: readonly string[];
  /** Addresses that it is connected to, such as a proxy's XSUB. */
  readonly connect: readonly string[];
  /** Messages queued for each subscriber before further ones are dropped for it; 0: no limit. */
  readonly highWaterMark: number;
  /** How long what is queued at the end is kept for slow subscribers, in milliseconds; -1: as long as it takes. */
  readonly lingerMs: number;
  /** Whether to know how many subscribers there are. It keeps the process alive until `close`. Default true. */
  readonly countSubscribers?: boolean;
}

/** A part of a message: text, which goes out as UTF-8, or bytes, which must not change once they are sent. */
export type Part = string | Uint8Array;

/** How often subscriptions are looked for while nobody waits for them. */
const LOOK_INTERVAL_MS = 100;
/** How long to wait for a subscription before it is asked whether anybody still waits. */
const RECEIVE_TIMEOUT_MS = 100;

/** A ZeroMQ PUB socket, as its subscribers see it. */
export class Publisher {
  private readonly _socket: ZmqPublisher | XPublisher;
  private readonly _count: SubscriberCount | undefined;
  /** Ends the pause between two looks for subscriptions. */
  private _lookNow = new AbortController();

  private constructor(socket: ZmqPublisher | XPublisher, count: SubscriberCount | undefined) {
    this._socket = socket;
    this._count = count;
    if (socket instanceof XPublisher && count !== undefined) {
      void this._followConnections(socket.events, count);
      void this._followSubscriptions(socket, count);
    }
  }

  /** @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED` */
  static async open(options: PublisherOptions): Promise<Publisher> {
    const { bind, connect, highWaterMark, lingerMs, countSubscribers = true } = options;
    // A time-out of 0 makes every send synchronous: a PUB socket never blocks, and none needs to be awaited. The mark
    // holds for connections made from then on: it must be set before them.
    const common = { sendTimeout: 0, sendHighWaterMark: highWaterMark, linger: lingerMs };
    // An XPUB socket is a PUB socket that hands on subscriptions, which would pile up if they were not read.
    const socket = countSubscribers
      ? new XPublisher({ ...common, verbosity: 'allSubsUnsubs' })
      : new ZmqPublisher(common);
    const count = countSubscribers ? new SubscriberCount(seesSubscribers(bind, connect)) : undefined;
    const publisher = new Publisher(socket, count);
    try {
      for (const url of bind) await atAddress('bind to', url, () => socket.bind(url));
      for (const url of connect) await atAddress('connect to', url, () => socket.connect(url));
    } catch (error) {
      publisher.close();
      throw error;
    }
    return publisher;
  }

  /**
   * Subscribers that there are, up to a tenth of a second ago: connections with a subscription. Where the socket is
   * connected to a proxy, or bound to an inproc address, the number of subscriptions instead; 0 where none are counted.
   */
  get subscribers(): number {
    return this._count?.count ?? 0;
  }

  /**
   * Waits until there are `count` subscribers whose subscriptions have come: all that is sent from then on reaches them.
   *
   * @returns false where there were fewer after `timeoutMs`, at most 2^31 - 1, or the socket was closed
   * @throws the signal's reason where it is aborted
   */
  async waitForSubscribers(
    count: number,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<boolean> {
    const isThere = this._count?.wait(count, timeoutMs, signal);
    this._lookNow.abort();
    return (await isThere) ?? count === 0;
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
    this._count?.end();
    this._lookNow.abort();
  }

  private async _followConnections(events: Observer, count: SubscriberCount): Promise<void> {
    // Each connection is accepted once, and disconnected once, whether or not it got through the handshake. The
    // events of handshakes do not tell this for all that fail.
    for await (const { type } of events) {
      if (type === 'accept') count.connected();
      if (type === 'disconnect') count.disconnected();
      if (type === 'accept' || type === 'disconnect') this._lookNow.abort();
    }
  }

  /**
   * Reads subscriptions as they come while somebody waits for subscribers, or else ten times a second: while a receive
   * waits for a message, each send costs a system call more, a third of the rate.
   */
  private async _followSubscriptions(socket: XPublisher, count: SubscriberCount): Promise<void> {
    while (!socket.closed) {
      socket.receiveTimeout = count.isAwaited ? RECEIVE_TIMEOUT_MS : 0;
      const [frame] = await socket.receive().catch(() => []);
      if (frame !== undefined) count.received(frame);
      else if (!count.isAwaited && !socket.closed) await this._pause();
    }
  }

  private async _pause(): Promise<void> {
    this._lookNow = new AbortController();
    const { signal } = this._lookNow;
    await delay(LOOK_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Whether each connection of a socket is that of a subscriber, and told. */
function seesSubscribers(bind: readonly string[], connect: readonly string[]): boolean {
  return connect.length === 0 && bind.every((url) => !url.startsWith('inproc:'));
}
