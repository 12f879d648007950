import { type Observer, Subscriber as ZmqSubscriber } from 'zeromq';
import { connectTo } from './address.js';
import { AwaitedPeers } from './awaited-peers.js';
import type { CurveClientOptions } from './curve/client-keys.js';
import { checkEncrypted } from './curve/gate.js';
import { needsIpv6 } from './ipv6.js';
import { LONGEST_PREFIX_BYTES } from './longest-prefix.js';

export interface SubscriberOptions {
  /** Addresses to connect to. */
  readonly connect: readonly string[];
  /** Prefixes of the topics to receive, of which the first 255 bytes are used; an empty string for all topics. */
  readonly prefixes: readonly string[];
  /** Most messages queued here, before the publisher's queue fills; 0: no limit. */
  readonly highWaterMark: number;
  /** Keys for CURVE servers. Default: none, for publishers without encryption. */
  readonly curve?: CurveClientOptions;
  /**
   * Called when a publisher refuses the connection, once for each reason: with wrong keys no message ever comes. Also if
   * nothing answers at an address for a second, and when it does later.
   */
  readonly onNotice?: (notice: string) => void;
  /**
   * A further prefix, a character for each byte (latin1), to subscribe to once it is connected to all addresses: what is subscribed
   * to before is sent to a new connection in any order. Default: none.
   */
  readonly mark?: string | undefined;
  /** Called once, when it has been connected to all addresses. */
  readonly onConnected?: () => void;
  /** Called when a publisher that had been connected is gone, and when it is there again. */
  readonly onGone?: (address: string) => void;
  readonly onBack?: (address: string) => void;
}

/** A publisher that sends without a pause would otherwise keep a subscriber from its end. */
const LONGEST_END_MS = 1000;

/** A ZeroMQ SUB socket. */
export class Subscriber {
  private readonly _socket: ZmqSubscriber;
  private _isWaiting = false;
  private _isEnding = false;

  private constructor(socket: ZmqSubscriber) {
    this._socket = socket;
  }

  /**
   * Opens a socket, connects it and subscribes.
   *
   * @throws TcsReplayError `BAD_ADDRESS`, `SOCKET_FAILED`; `BAD_OPTION` for keys with an address whose transport cannot
   * be encrypted
   */
  static async open(options: SubscriberOptions): Promise<Subscriber> {
    const { connect, prefixes, highWaterMark, curve, mark, onNotice, onConnected } = options;
    if (curve !== undefined) checkEncrypted(connect);
    const ipv6 = await needsIpv6(connect);
    const socket = new ZmqSubscriber({ receiveHighWaterMark: highWaterMark, linger: 0, ipv6, ...curve });
    const connected = () => {
      if (mark !== undefined && !socket.closed) socket.subscribe(Buffer.from(mark, 'latin1'));
      onConnected?.();
    };
    if (onNotice !== undefined || onConnected !== undefined || mark !== undefined)
      void report(socket.events, { ...options, onConnected: connected });
    try {
      for (const url of connect) await connectTo(url, () => socket.connect(url));
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.subscribe(...prefixes.map((prefix) => Buffer.from(prefix).subarray(0, LONGEST_PREFIX_BYTES)));
    return new Subscriber(socket);
  }

  /** Yields the frames of each message until the socket is closed, or all are there that came before `end`. */
  async *messages(): AsyncGenerator<Buffer[]> {
    try {
      while (!this._socket.closed) {
        this._isWaiting = true;
        const frames = await this._socket.receive();
        this._isWaiting = false;
        yield frames;
      }
    } catch (error) {
      // A receive that was under way when the socket was closed can fail with ENOTSOCK.
      if (!this._socket.closed && !this._isEnding) throw error;
    } finally {
      if (this._isEnding) this.close();
    }
  }

  /** Waits for no more messages: those that have come are still there for `messages`, for a second at most. Then it is closed. */
  end(): void {
    if (this._isEnding || this._socket.closed) return;
    this._isEnding = true;
    // Holds for the next receive. One that waits already finds what has come when the event loop has polled.
    this._socket.receiveTimeout = 0;
    setImmediate(() => setImmediate(() => this._isWaiting && this.close()));
    setTimeout(() => this.close(), LONGEST_END_MS).unref();
  }

  close(): void {
    if (!this._socket.closed) this._socket.close();
  }
}

/** Reports what keeps messages from coming, and when all publishers are connected. */
async function report(
  events: Observer,
  { connect, curve, onNotice = () => {}, onConnected = () => {}, onGone, onBack }: SubscriberOptions,
): Promise<void> {
  const reported = new Set<string>();
  const peers = new AwaitedPeers(connect, onNotice);
  const connected = new Set<string>();
  const gone = new Set<string>();
  const addresses = new Set(connect).size;
  for await (const event of events) {
    if (event.type === 'handshake') {
      peers.answered(event.address);
      const before = connected.size;
      if (connected.add(event.address).size === addresses && before < addresses) onConnected();
      if (gone.delete(event.address)) onBack?.(event.address);
    }
    if (event.type === 'disconnect' && connected.has(event.address) && !gone.has(event.address)) {
      gone.add(event.address);
      onGone?.(event.address);
    }
    const reason = refusal(event.type, curve !== undefined);
    if (reason === undefined || !('address' in event)) continue;
    peers.refused(event.address);
    const notice = `${event.address} refuses the connection: ${reason}`;
    if (!reported.has(notice)) onNotice(notice);
    reported.add(notice);
  }
  peers.close();
}

/** What a handshake event says about keys; undefined: nothing. */
export function refusal(type: string, hasKeys: boolean): string | undefined {
  if (type === 'handshake:error:auth') return 'it does not let this key in';
  if (type === 'handshake:error:protocol')
    return hasKeys ? 'it does not encrypt' : 'it expects keys; give the public one of the server';
  // A server that cannot decrypt the handshake disconnects.
  return type === 'handshake:error:other' && hasKeys
    ? 'the key of the server is probably another'
    : undefined;
}
