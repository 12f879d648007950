import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { type Observer, XPublisher, Publisher as ZmqPublisher } from 'zeromq';
import { atAddress } from './address.js';
import { checkEncrypted, Gate } from './curve/gate.js';
import type { ServerKeys } from './curve/server-keys.js';
import { LARGEST_INT32 } from './largest-int32.js';
import { openConnections } from './open-connections.js';
import { SentBuffers } from './sent-buffers.js';
import { SubscriberCount } from './subscriber-count.js';

export interface PublisherOptions {
  /** Addresses to bind to. */
  readonly bind: readonly string[];
  /** Addresses to connect to, such as a proxy's XSUB. */
  readonly connect: readonly string[];
  /** Most messages queued for a subscriber; more are dropped for it. 0: no limit. */
  readonly highWaterMark: number;
  /** How long queued messages are kept for slow subscribers after `close`, in milliseconds; -1: without limit. */
  readonly lingerMs: number;
  /** Keys of a CURVE server: messages are encrypted, and subscribers need a key. Default: no encryption. */
  readonly curve?: ServerKeys;
  /** Whether to count subscribers. It keeps the process alive until `close`. Default true. */
  readonly countSubscribers?: boolean;
}

/** A part of a message: text, sent as UTF-8, or bytes, which must not change after `send`. */
export type Part = string | Uint8Array;

/** What was not delivered when the linger time was over. Both are 0 where everything was delivered. */
export interface Undelivered {
  /** Number of subscribers that had not taken everything; null where it is not known, as on systems but Linux. */
  readonly subscribers: number | null;
  /**
   * Upper bound of the events that they lack: all events of the buffers of which a part was still queued half a second
   * before the end. Null where the event loop was blocked until libzmq had discarded them. Events dropped at
   * the high-water mark are not included: libzmq drops them at once, and does not report it.
   */
  readonly mostEvents: number | null;
}

const ALL_DELIVERED: Undelivered = { subscribers: 0, mostEvents: 0 };
const UNKNOWN: Undelivered = { subscribers: null, mostEvents: null };
/** Queued events are counted this long before the linger time ends: a large queue takes some tenths of a second. */
const COUNTING_MS = 600;
/** libzmq lingers this much longer: a socket destroyed earlier has delivered everything, or lost its subscribers. */
const GRACE_MS = 100;
/** Tries to bind an address that a second socket can bind to right after the first one failed. */
const MOST_BIND_TRIES = 20;
const BIND_RETRY_MS = 20;

/** Events of connections that are taken up before the event loop turns. */
const MOST_EVENTS_A_TURN = 64;

/** Time between two reads of subscriptions while `waitForSubscribers` is not pending. */
const READ_INTERVAL_MS = 100;
/** Longest wait for a subscription before checking again whether `waitForSubscribers` is pending. */
const RECEIVE_TIMEOUT_MS = 100;

/** A ZeroMQ PUB socket that counts its subscribers, and at its end what they lack. */
export class Publisher {
  private readonly _socket: ZmqPublisher | XPublisher;
  private readonly _options: PublisherOptions;
  private readonly _gate: Gate | undefined;
  private readonly _count: SubscriberCount | undefined;
  private readonly _sent = new SentBuffers();
  /** The bound addresses, with the ports that the system has chosen. */
  private readonly _bound: string[] = [];
  /** Settles when libzmq has destroyed the socket: everything was sent, or discarded. */
  private _gone: Promise<void> | undefined;
  private _closing: Promise<Undelivered> | undefined;
  /** Ends the pause between two reads of subscriptions. */
  private _readNow = new AbortController();

  private constructor(options: PublisherOptions, gate: Gate | undefined) {
    const { bind, connect, highWaterMark, lingerMs, countSubscribers = true } = options;
    this._options = options;
    this._gate = gate;
    // With a timeout of 0 every send is synchronous and need not be awaited: a PUB socket never blocks. The high-water
    // mark applies to connections made after it is set.
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
    // An XPUB socket is a PUB socket that passes subscriptions on. They queue up if they are not read.
    this._socket = new XPublisher({ ...common, verbosity: 'allSubsUnsubs' });
    this._count = new SubscriberCount(seesSubscribers(bind, connect));
    this._gone = this._followConnections(this._socket.events);
  }

  /**
   * Opens a socket, and binds and connects it.
   *
   * @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`; `BAD_OPTION` for keys with an address
   * whose transport cannot be encrypted
   */
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
   * Number of connections with a subscription, up to a tenth of a second ago. Where the socket is connected to a proxy,
   * or bound to an inproc address, the number of subscriptions. 0 where `countSubscribers` is false.
   */
  get subscribers(): number {
    return this._count?.count ?? 0;
  }

  /**
   * Waits until there are `count` subscribers whose subscriptions have arrived: messages sent after it reach them.
   *
   * @param timeoutMs at most 2^31 - 1
   * @returns false if there were fewer after `timeoutMs`, or the socket was closed
   * @throws the signal's reason if it is aborted
   */
  async waitForSubscribers(
    count: number,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<boolean> {
    const isThere = this._count?.wait(count, timeoutMs, signal);
    this._readNow.abort();
    return (await isThere) ?? count === 0;
  }

  /**
   * Queues a message for every current subscriber. Parts of more than 128 bytes are not copied: the socket owns them
   * from now on. Yield to the event loop every thousand messages or so: only then is the memory of sent ones released.
   */
  send(parts: Part[]): void {
    this._socket.send(parts);
    this._sent.add(parts[parts.length - 1]);
  }

  /**
   * Closes the socket at once. Queued messages are still delivered during the linger time, even while the process
   * exits. Repeated calls return the same promise.
   *
   * @returns what was not delivered, once everything has been passed to the system or the linger time is over
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
    // Only now: while a socket is being bound, it can do nothing else.
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
    // Without unbinding it first, which would lose queued messages.
    this._socket.close();
    this._count?.end();
    this._readNow.abort();
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

  /** Counts connections. Resolves when libzmq has destroyed the socket. */
  private async _followConnections(events: Observer): Promise<void> {
    // Each connection is accepted once and disconnected once, whether or not its handshake succeeds. Handshake events
    // do not come for every handshake that fails.
    let eventsSinceTurn = 0;
    for await (const { type } of events) {
      if (type === 'accept') this._count?.connected();
      if (type === 'disconnect') this._count?.disconnected();
      if (type === 'accept' || type === 'disconnect') this._readNow.abort();
      // Events that are there already come without a turn of the event loop. While the process has no file descriptor left
      // for a connection that waits, libzmq tries to accept it without a pause, and each try is an event.
      eventsSinceTurn += 1;
      if (eventsSinceTurn < MOST_EVENTS_A_TURN) continue;
      eventsSinceTurn = 0;
      await nextTurn();
    }
  }

  /**
   * Reads subscriptions: as they come while `waitForSubscribers` is pending, otherwise ten times a second. While a
   * receive is pending, each send costs another system call, which takes a third of the rate.
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
    this._readNow = new AbortController();
    const { signal } = this._readNow;
    await delay(READ_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Whether the socket's events report its connections, and each is that of one subscriber. */
function seesSubscribers(bind: readonly string[], connect: readonly string[]): boolean {
  return connect.length === 0 && bind.every((url) => !url.startsWith('inproc:'));
}

/**
 * Binds a socket that has an observer. libzmq loses the reason of a failed bind while it reports the failure to an
 * observer of the socket's events, so a second socket without an observer repeats the bind and finds the reason. If that
 * one succeeds, the reason is gone, such as an address that was in use until now, and the first socket tries again.
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

/** Binds another socket, closes it, and resolves when the address is free again. @throws the reason of a failed bind */
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

/** Whether a promise resolves within `timeoutMs`. */
async function within(timeoutMs: number, promise: Promise<void>): Promise<boolean> {
  const stop = new AbortController();
  const { signal } = stop;
  const isOver = delay(timeoutMs, false, { signal }).catch(() => false);
  const isSettled = await Promise.race([promise.then(() => true), isOver]);
  stop.abort();
  return isSettled;
}
