import { setTimeout as delay } from 'node:timers/promises';
import { type Observer, XPublisher, Publisher as ZmqPublisher } from 'zeromq';
import { atAddress } from './address.js';
import { checkEncrypted, Gate } from './curve/gate.js';
import type { ServerKeys } from './curve/server-keys.js';
import { openConnections } from './open-connections.js';
import { SentBuffers } from './sent-buffers.js';
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
  /** Keys of a CURVE server: messages are encrypted, and who has no key gets none. Default: everybody gets them. */
  readonly curve?: ServerKeys;
  /** Whether to know how many subscribers there are. It keeps the process alive until `close`. Default true. */
  readonly countSubscribers?: boolean;
}

/** A part of a message: text, which goes out as UTF-8, or bytes, which must not change once they are sent. */
export type Part = string | Uint8Array;

/** What subscribers had not taken when the linger time was over. Both are 0 where everything was delivered. */
export interface Undelivered {
  /** Subscribers that had not taken everything; null where that is not known, as on other systems than Linux. */
  readonly subscribers: number | null;
  /**
   * The most events that they lack: all that were sent from buffers of which something was left, counted half a second
   * before the end. Null where the event loop was held for so long that libzmq had given them up before they could be counted. Events beyond the high-water
   * mark are not among them: libzmq drops these at once, and tells nobody.
   */
  readonly mostEvents: number | null;
}

const ALL_DELIVERED: Undelivered = { subscribers: 0, mostEvents: 0 };
const UNKNOWN: Undelivered = { subscribers: null, mostEvents: null };
/** Before the linger time is over, what is left is counted: with a large queue that takes some tenths of a second. */
const COUNTING_MS = 600;
/** So much longer libzmq lingers: what is gone before has been delivered, or its subscriber has. */
const GRACE_MS = 100;
const LARGEST_INT32 = 2 ** 31 - 1;

/** How often an address is tried that another socket could be bound to right after this one could not. */
const MOST_BIND_TRIES = 20;
const BIND_RETRY_MS = 20;

/** How often subscriptions are looked for while nobody waits for them. */
const LOOK_INTERVAL_MS = 100;
/** How long to wait for a subscription before it is asked whether anybody still waits. */
const RECEIVE_TIMEOUT_MS = 100;

/** A ZeroMQ PUB socket, as its subscribers see it. */
export class Publisher {
  private readonly _socket: ZmqPublisher | XPublisher;
  private readonly _options: PublisherOptions;
  private readonly _gate: Gate | undefined;
  private readonly _count: SubscriberCount | undefined;
  private readonly _sent = new SentBuffers();
  /** The addresses, with the ports that the system has chosen. */
  private readonly _bound: string[] = [];
  /** Settles when the socket is gone: everything has left, or was given up. */
  private _gone: Promise<void> | undefined;
  private _closing: Promise<Undelivered> | undefined;
  /** Ends the pause between two looks for subscriptions. */
  private _lookNow = new AbortController();

  private constructor(options: PublisherOptions, gate: Gate | undefined) {
    const { bind, connect, highWaterMark, lingerMs, countSubscribers = true } = options;
    this._options = options;
    this._gate = gate;
    // A time-out of 0 makes every send synchronous: a PUB socket never blocks, and none needs to be awaited. The mark
    // holds for connections made from then on: it must be set before them.
    const common = {
      sendTimeout: 0,
      sendHighWaterMark: highWaterMark,
      linger: lingerMs,
      ...gate?.socketOptions,
    };
    if (!countSubscribers) {
      this._socket = new ZmqPublisher(common);
      return;
    }
    // An XPUB socket is a PUB socket that hands on subscriptions, which would pile up if they were not read.
    this._socket = new XPublisher({ ...common, verbosity: 'allSubsUnsubs' });
    this._count = new SubscriberCount(seesSubscribers(bind, connect));
    this._gone = this._followConnections(this._socket.events);
  }

  /** @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`; `BAD_OPTION` for keys where they protect nothing */
  static async open(options: PublisherOptions): Promise<Publisher> {
    const { bind, connect, curve } = options;
    if (curve !== undefined) checkEncrypted([...bind, ...connect]);
    const publisher = new Publisher(options, curve && (await Gate.open(curve)));
    try {
      await publisher._attach();
      return publisher;
    } catch (error) {
      await publisher.close();
      throw error;
    }
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
    this._sent.add(parts[parts.length - 1]);
  }

  /**
   * Closes the socket, at once. What is queued is still delivered, for as long as the linger time, even while the process
   * ends.
   *
   * @returns when everything has been handed to the system, or the linger time is over: what could not be delivered
   */
  close(): Promise<Undelivered> {
    this._closing ??= this._close().finally(() => this._gate?.close());
    return this._closing;
  }

  private async _attach(): Promise<void> {
    const { bind, connect } = this._options;
    for (const url of bind) {
      await atAddress('bind to', url, () => bindWatched(this._socket, url));
      this._bound.push(this._socket.lastEndpoint ?? url);
    }
    for (const url of connect) await atAddress('connect to', url, () => this._socket.connect(url));
    // Not before: while a socket is being bound, nothing else can be done with it.
    if (this._socket instanceof XPublisher && this._count !== undefined)
      void this._followSubscriptions(this._socket, this._count);
  }

  private async _close(): Promise<Undelivered> {
    const { lingerMs } = this._options;
    const isBounded = lingerMs >= 0;
    const startedMs = performance.now();
    const givesUpMs = Math.max(lingerMs + GRACE_MS, COUNTING_MS);
    if (isBounded) this._socket.linger = Math.min(givesUpMs, LARGEST_INT32);
    const gone = this._gone ?? this._followConnections(this._socket.events);
    // No unbind before: it loses what is queued.
    this._socket.close();
    this._count?.end();
    this._lookNow.abort();
    if (!isBounded) await gone;
    const isInTime = () => !isBounded || performance.now() - startedMs < givesUpMs;
    if (await within(Math.max(lingerMs - COUNTING_MS, 0), gone)) return isInTime() ? ALL_DELIVERED : UNKNOWN;
    const undelivered = await this._undelivered();
    const wasCounted = isInTime();
    const isGone = await within(Math.max(lingerMs - (performance.now() - startedMs), 0), gone);
    if (isGone && isInTime()) return ALL_DELIVERED;
    return wasCounted ? undelivered : UNKNOWN;
  }

  private async _undelivered(): Promise<Undelivered> {
    const { connect, highWaterMark } = this._options;
    const subscribers = openConnections(this._bound, connect) ?? null;
    const mostQueued =
      (subscribers ?? Number.POSITIVE_INFINITY) * (highWaterMark || Number.POSITIVE_INFINITY);
    const mostEvents = (await this._sent.mostQueued()) + Math.min(this._sent.copied, mostQueued);
    return subscribers === 0 || mostEvents === 0 ? ALL_DELIVERED : { subscribers, mostEvents };
  }

  /** Resolves when the socket is gone. */
  private async _followConnections(events: Observer): Promise<void> {
    // Each connection is accepted once, and disconnected once, whether or not it got through the handshake. The
    // events of handshakes do not tell this for all that fail.
    for await (const { type } of events) {
      if (type === 'accept') this._count?.connected();
      if (type === 'disconnect') this._count?.disconnected();
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

/**
 * Binds a socket whose events are followed. libzmq tells of a failure to whoever follows its events, and forgets the
 * reason meanwhile: another socket, which is not followed, finds it. Where that one can be bound, the reason has passed,
 * such as an address that was freed just now: then the first one tries again.
 */
async function bindWatched(socket: ZmqPublisher | XPublisher, url: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const isBound = await socket.bind(url).then(
      () => true,
      () => false,
    );
    if (isBound) return;
    await bindOnce(url);
    if (tries === MOST_BIND_TRIES)
      throw new Error(`it failed ${tries} times, for a reason that libzmq does not give`);
    await delay(BIND_RETRY_MS);
  }
}

/** Binds a socket of its own, and resolves when the address is free again. */
async function bindOnce(url: string): Promise<void> {
  const socket = new ZmqPublisher({ linger: 0 });
  try {
    await socket.bind(url);
  } catch (error) {
    socket.close();
    throw error;
  }
  const gone = untilGone(socket.events);
  socket.close();
  await gone;
}

async function untilGone(events: Observer): Promise<void> {
  for await (const _ of events);
}

/** Whether a promise settles within so long. */
async function within(timeoutMs: number, promise: Promise<void>): Promise<boolean> {
  const stop = new AbortController();
  const { signal } = stop;
  const isOver = delay(timeoutMs, false, { signal }).catch(() => false);
  const isSettled = await Promise.race([promise.then(() => true), isOver]);
  stop.abort();
  return isSettled;
}
