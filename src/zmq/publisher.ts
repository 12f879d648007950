import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { XPublisher, Publisher as ZmqPublisher } from 'zeromq';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { plain } from '../shared/plain-text.js';
import { counted } from '../shared/text.js';
import { bindTo, connectTo } from './address.js';
import { AwaitedPeers } from './awaited-peers.js';
import { checkEncrypted, Gate } from './curve/gate.js';
import type { ServerKeys } from './curve/server-keys.js';
import type { FullPolicy } from './full-policy.js';
import { ioThread } from './io-thread.js';
import { needsIpv6, plainAddress } from './ipv6.js';
import { LARGEST_INT32 } from './largest-int32.js';
import { LONGEST_PREFIX_BYTES } from './longest-prefix.js';
import { openConnections, peersAhead, peersBehind } from './open-connections.js';
import { SentBuffers } from './sent-buffers.js';
import type { SocketFile } from './socket-file.js';
import { SubscriberCount } from './subscriber-count.js';
import { SubscriptionReader } from './subscription-reader.js';
import { untilGone } from './until-gone.js';

export interface PublisherOptions {
  /** Addresses to bind to. */
  readonly bind: readonly string[];
  /** Addresses to connect to, such as a proxy's XSUB. */
  readonly connect: readonly string[];
  /** Most messages queued for a subscriber. 0: no limit. */
  readonly highWaterMark: number;
  /** What happens to further ones: they are dropped for that subscriber, or `sendIfRoom` refuses them. Default `drop`. */
  readonly onFull?: FullPolicy;
  /** How long queued messages are kept for slow subscribers after `close`, in milliseconds; -1: without limit. */
  readonly lingerMs: number;
  /** Keys of a CURVE server: messages are encrypted, and subscribers need a key. Default: no encryption. */
  readonly curve?: ServerKeys;
  /** Whether to count subscribers. It keeps the process alive until `close`. Default true. */
  readonly countSubscribers?: boolean;
  /** Called whenever the number of subscribers may be another one. Default: none. */
  readonly onSubscribers?: () => void;
  /** Called if a client floods the socket with subscriptions. Default: none. */
  readonly onNotice?: ((notice: string) => void) | undefined;
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

/** Number of subscribers before a socket was opened again, and of those that were there when the wait for them ended. */
export interface Restarted {
  readonly before: number;
  readonly back: number;
}

const ALL_DELIVERED: Undelivered = { subscribers: 0, mostEvents: 0 };
const NO_SUBSCRIPTIONS: ReadonlyMap<string, number> = new Map();
const UNKNOWN: Undelivered = { subscribers: null, mostEvents: null };
/** Queued events are counted this long before the linger time ends: a large queue takes some tenths of a second. */
const COUNTING_MS = 600;
/** libzmq lingers this much longer: a socket destroyed earlier has delivered everything, or lost its subscribers. */
const GRACE_MS = 100;
/** Tries to bind an address that a second socket can bind to right after the first one failed. */
const MOST_BIND_TRIES = 20;
const BIND_RETRY_MS = 20;
/** How long a socket that replaces another one tries to bind its addresses. */
const REBIND_MS = 30_000;
/** How long `restart` waits for what is queued to be delivered, and then for subscribers to come back. */
const RESTART_LINGER_MS = 1000;
const BACK_TIMEOUT_MS = 10_000;

/**
 * A client that sends a larger subscription is disconnected. The time that libzmq takes for a subscription grows with its
 * length: while it takes a long one, the next can arrive, and a send that finds ever more does not end.
 */
const LARGEST_SUBSCRIPTION_BYTES = '\x09SUBSCRIBE'.length + LONGEST_PREFIX_BYTES;
/** With keys, the handshake takes up to some 600 bytes, and only those who have a key can subscribe. */
const LARGEST_WITH_KEYS_BYTES = 1024;
/**
 * libzmq keeps every subscription that it has taken from a connection's queue, without a bound, and empties these queues
 * whenever something is sent. With one place in the queue it takes one subscription of each connection at a time. The
 * others stay in the network, and the client has to wait.
 */
const QUEUED_SUBSCRIPTIONS = 1;
/** Least time between two notices of floods. */
const FLOOD_NOTICE_MS = 60_000;
/** Most peers that a notice names. */
const MOST_NAMED = 3;

/** A plain PUB socket. zeromq.js offers the receive high-water mark only for sockets that programs receive from. */
class PlainPublisher extends ZmqPublisher {
  set receiveHighWaterMark(messages: number) {
    this.setInt32Option(ZMQ_RCVHWM, messages);
  }
}
const ZMQ_RCVHWM = 24;
/** Events of connections that are taken up before the event loop turns. */
const MOST_EVENTS_A_TURN = 64;

/** A ZeroMQ PUB socket that counts its subscribers, and at its end what they lack. */
export class Publisher {
  private _socket: ZmqPublisher | XPublisher;
  private readonly _options: PublisherOptions;
  private readonly _gate: Gate | undefined;
  private readonly _count: SubscriberCount | undefined;
  private _reader: SubscriptionReader | undefined;
  private readonly _sent = new SentBuffers();
  /** The bound addresses, with the ports that the system has chosen. */
  private _bound: readonly string[] = [];
  private readonly _isIpv6: boolean;
  /** Files of bound sockets, to be removed at the end. */
  private _files: (SocketFile | undefined)[] = [];
  /** What it connects to; undefined without `connect`. */
  private _peers: AwaitedPeers | undefined;
  /** Settles when libzmq has destroyed the socket: everything was sent, or discarded. */
  private _gone: Promise<void> | undefined;
  /** While the socket is replaced by another one. */
  private _replacing: Promise<void> | undefined;
  /** What was not delivered because the socket was replaced. */
  private _cutOff: Undelivered | undefined;
  private _closing: Promise<Undelivered> | undefined;
  private _floodToldMs = Number.NEGATIVE_INFINITY;

  private constructor(options: PublisherOptions, gate: Gate | undefined, isIpv6: boolean) {
    const { bind, connect, countSubscribers = true, onSubscribers } = options;
    this._options = options;
    this._gate = gate;
    this._isIpv6 = isIpv6;
    if (countSubscribers) this._count = new SubscriberCount(seesSubscribers(bind, connect), onSubscribers);
    this._socket = this._newSocket();
    ioThread.set(this, false);
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
    const isIpv6 = await needsIpv6([...bind, ...connect]);
    const publisher = new Publisher(options, curve && (await Gate.open(curve)), isIpv6);
    try {
      publisher._bound = await publisher._attach(bind);
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

  /** Largest number of subscribers so far. */
  get mostSubscribers(): number {
    return this._count?.most ?? 0;
  }

  /**
   * Number of subscriptions by prefix, up to a tenth of a second ago. A prefix has a character for each of its bytes
   * (latin1). A subscriber that takes two prefixes has two subscriptions. Empty where `countSubscribers` is false.
   */
  get subscriptions(): ReadonlyMap<string, number> {
    return this._count?.subscriptions ?? NO_SUBSCRIPTIONS;
  }

  /** The addresses that the socket is bound and connected to, with the ports that the system has chosen. */
  get addresses(): readonly string[] {
    return [...this._bound, ...this._options.connect];
  }

  /**
   * Whether messages are sent as fast as the socket takes them. Then libzmq's thread may write them somewhat later, in larger
   * portions. Default false.
   */
  set isFlatOut(isFlatOut: boolean) {
    if (this._closing === undefined) ioThread.set(this, isFlatOut);
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
    this._reader?.readNow();
    return (await isThere) ?? count === 0;
  }

  /**
   * Queues a message for every current subscriber. Parts of more than 128 bytes are not copied: the socket owns them
   * from now on. Yield to the event loop every thousand messages or so: only then is the memory of sent ones released.
   */
  send(parts: Part[]): undefined {
    if (this._replacing !== undefined) return;
    this._socket.send(parts);
    this._sent.add(parts[parts.length - 1]);
  }

  /**
   * As `send`, but with `onFull: 'block'` nothing is queued for any subscriber where the queue of one that wants the message is
   * full. To keep the order of messages, await it before the next send.
   *
   * @returns whether it was queued; false: try again later. The parts may change then: the socket does not own them
   */
  async sendIfRoom(parts: Part[]): Promise<boolean> {
    if (this._replacing !== undefined) return false;
    try {
      await this._socket.send(parts);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      throw error;
    }
    this._sent.add(parts[parts.length - 1]);
    return true;
  }

  /**
   * Queues a message that is no event, for those who have room: `undelivered` does not count it. With `onFull: 'block'` it goes to
   * nobody where the queue of one that wants it is full.
   */
  sendAside(parts: Part[]): void {
    if (this._replacing === undefined && this._closing === undefined)
      this._socket.send(parts).catch(() => {});
  }

  /**
   * The subscribers that are furthest behind in taking what was sent: `127.0.0.1:40112`, with the process where it is one of this
   * machine's. Empty where it is not known, as on systems but Linux, and for ipc addresses.
   */
  peersBehind(): readonly string[] {
    return peersBehind(this._bound, this._options.connect).slice(0, MOST_NAMED).map(plain);
  }

  /**
   * Closes the socket with all its connections, and opens another one at the same addresses, as a program does that is started
   * again. What is queued has a second to be delivered; what is given to `send` meanwhile goes nowhere. Resolves when as many
   * subscribers as before are back, or after ten seconds more.
   *
   * @param signal ends the wait for subscribers
   * @throws TcsReplayError `ADDRESS_IN_USE`, `SOCKET_FAILED`: no socket is open then
   */
  async restart(signal?: AbortSignal): Promise<Restarted> {
    if (this._replacing !== undefined) await this._replacing;
    const before = this.subscribers;
    const opening = this._openAnother(RESTART_LINGER_MS);
    this._replacing = opening
      .catch(() => {}) // The caller is told.
      .finally(() => {
        this._replacing = undefined;
      });
    await opening;
    const wait = { timeoutMs: BACK_TIMEOUT_MS, ...(signal && { signal }) };
    await this.waitForSubscribers(before, wait).catch(() => {}); // It was aborted.
    return { before, back: this.subscribers };
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

  private _newSocket(): ZmqPublisher | XPublisher {
    const { highWaterMark, lingerMs, onFull } = this._options;
    // With a timeout of 0 every send is synchronous: a PUB socket never blocks. Without `noDrop` none fails, so that none need be
    // awaited. The high-water marks apply to connections made after they are set.
    const common = {
      sendTimeout: 0,
      sendHighWaterMark: highWaterMark,
      linger: lingerMs,
      noDrop: onFull === 'block',
      ipv6: this._isIpv6,
      maxMessageSize: this._gate === undefined ? LARGEST_SUBSCRIPTION_BYTES : LARGEST_WITH_KEYS_BYTES,
      receiveHighWaterMark: QUEUED_SUBSCRIPTIONS,
      ...this._gate?.socketOptions,
    };
    if (this._count === undefined) return new PlainPublisher(common);
    // An XPUB socket is a PUB socket that passes subscriptions on. They queue up if they are not read.
    const socket = new XPublisher({ ...common, verbosity: 'allSubsUnsubs' });
    this._reader = new SubscriptionReader(socket, this._count, {
      onFlood: () => this._tellFlood(),
      onOverfull: () => this._replaceSocket(),
    });
    this._gone = this._followConnections(socket);
    return socket;
  }

  /** @returns the bound addresses, with the ports that the system has chosen */
  private async _attach(bind: readonly string[]): Promise<string[]> {
    const socket = this._socket;
    const { connect, onNotice } = this._options;
    const bound: string[] = [];
    for (const url of bind) {
      this._files.push(await bindTo(url, () => bindWatched(socket, url, this._isIpv6)));
      bound.push(plainAddress(socket.lastEndpoint ?? url));
    }
    for (const url of connect) await connectTo(url, () => socket.connect(url));
    if (connect.length > 0 && onNotice !== undefined) this._peers = new AwaitedPeers(connect, onNotice);
    // Only now: while a socket is being bound, it can do nothing else.
    void this._reader?.run();
    return bound;
  }

  private _tellFlood(): void {
    const nowMs = performance.now();
    if (nowMs - this._floodToldMs < FLOOD_NOTICE_MS) return;
    this._floodToldMs = nowMs;
    this._options.onNotice?.(
      `${this._peersAhead()} floods ${this.addresses.join(', ')} with subscriptions: they are taken slowly from now on`,
    );
  }

  /**
   * Closes the socket with all its connections, and opens another one at the same addresses: libzmq can neither
   * forget the subscriptions of a connection nor end a single connection. Subscribers connect again by themselves.
   */
  private _replaceSocket(): void {
    const { onNotice } = this._options;
    const subscribers = this.subscribers;
    onNotice?.(
      `${this._peersAhead()} subscribes at ${this.addresses.join(', ')} to more topics than memory is kept for: ` +
        `${counted(subscribers, 'subscriber')} had to be disconnected; they come back, and lack what is sent until then`,
    );
    this._cutOff = { subscribers: Math.max(subscribers, this._cutOff?.subscribers ?? 0), mostEvents: null };
    this._replacing = this._openAnother(0)
      .catch((error) => onNotice?.(`Nothing more can be sent: ${messageOf(error)}`))
      .finally(() => {
        this._replacing = undefined;
      });
  }

  /** @param lingerMs how long what is queued may still be delivered, in milliseconds */
  private async _openAnother(lingerMs: number): Promise<void> {
    this._socket.linger = lingerMs;
    this._socket.close();
    this._peers?.close();
    await this._gone;
    for (const file of this._files) file?.remove();
    this._files = [];
    this._count?.reset();
    // A client that tries to come back can be given the port as its own for a moment.
    const untilMs = performance.now() + REBIND_MS;
    for (;;) {
      this._socket = this._newSocket();
      try {
        await this._attach(this._bound);
        return;
      } catch (error) {
        const isInUse = error instanceof TcsReplayError && error.code === 'ADDRESS_IN_USE';
        if (!isInUse || performance.now() >= untilMs) throw error;
        this._socket.close();
        await this._gone;
        await delay(BIND_RETRY_MS);
      }
    }
  }

  /** Those who send more than is read, for the beginning of a sentence. */
  private _peersAhead(): string {
    const peers = peersAhead(this._bound, this._options.connect);
    return peers.length === 0 ? 'A client' : peers.slice(0, MOST_NAMED).join(', ');
  }

  private async _close(): Promise<Undelivered> {
    ioThread.leave(this);
    await this._replacing;
    const undelivered = await this._deliver();
    return this._cutOff ?? undelivered;
  }

  /** Closes the socket, and waits until what is queued has been delivered or the linger time is over. */
  private async _deliver(): Promise<Undelivered> {
    const { lingerMs } = this._options;
    const isBounded = lingerMs >= 0;
    const startedMs = performance.now();
    const givesUpMs = Math.max(lingerMs + GRACE_MS, COUNTING_MS);
    if (isBounded) this._socket.linger = Math.min(givesUpMs, LARGEST_INT32);
    const gone = this._gone ?? untilGone(this._socket);
    // Without unbinding it first, which would lose queued messages.
    this._socket.close();
    this._count?.end();
    this._reader?.readNow();
    this._peers?.close();
    for (const file of this._files) file?.remove();
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
  private async _followConnections({ events }: XPublisher): Promise<void> {
    // Each connection is accepted once and disconnected once, whether or not its handshake succeeds. Handshake events
    // do not come for every handshake that fails.
    let eventsSinceTurn = 0;
    for await (const event of events) {
      const { type } = event;
      if (type === 'handshake') this._peers?.answered(event.address);
      if (type === 'accept') this._count?.connected();
      if (type === 'disconnect') this._count?.disconnected();
      if (type === 'accept' || type === 'disconnect') this._reader?.readNow();
      // Events that are there already come without a turn of the event loop. While the process has no file descriptor left
      // for a connection that waits, libzmq tries to accept it without a pause, and each try is an event.
      eventsSinceTurn += 1;
      if (eventsSinceTurn < MOST_EVENTS_A_TURN) continue;
      eventsSinceTurn = 0;
      await nextTurn();
    }
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
async function bindWatched(socket: ZmqPublisher | XPublisher, url: string, isIpv6: boolean): Promise<void> {
  for (let tries = 1; ; tries++) {
    const isBound = await socket.bind(url).then(
      () => true,
      () => false,
    );
    if (isBound) return;
    await bindOnce(url, isIpv6);
    if (tries === MOST_BIND_TRIES)
      throw new Error(`it failed ${tries} times, for a reason that libzmq does not give`);
    await delay(BIND_RETRY_MS);
  }
}

/** Binds another socket, closes it, and resolves when the address is free again. @throws the reason of a failed bind */
async function bindOnce(url: string, isIpv6: boolean): Promise<void> {
  const socket = new ZmqPublisher({ linger: 0, ipv6: isIpv6 });
  try {
    await socket.bind(url);
  } catch (error) {
    socket.close();
    throw error;
  }
  const gone = untilGone(socket);
  socket.close();
  await gone;
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
