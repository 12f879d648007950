/** First byte of a subscription frame; the rest is the prefix that is subscribed to, or no longer. */
const UNSUBSCRIBE = 0;
const SUBSCRIBE = 1;
/** Time in which all subscriptions of a new connection arrive: more than a round trip. */
const SETTLE_MS = 100;

/**
 * What a prefix takes, about: libzmq keeps a node of a tree for each of its bytes, and this class an entry of a map.
 * Prefixes that begin alike share nodes, and take less.
 */
const NODE_BYTES = 100;
const ENTRY_BYTES = 100;
/** 7000 prefixes of 30 characters take this much. */
const MOST_KEPT_BYTES = 22 << 20;

/** A pending call of `wait`. */
interface Waiting {
  readonly count: number;
  readonly resolve: (isThere: boolean) => void;
  /** Runs while the count is reached, but not certain. */
  settling: NodeJS.Timeout | undefined;
}

/**
 * Counts subscribers from what a socket reports: its connections, and the subscriptions over all of them. It does not
 * report which subscription came over which connection. So the count is the number of connections, but at most the
 * number of subscriptions. A subscriber with three topics counts once. A connection without a subscription does not
 * count, unless another one has several topics.
 */
export class SubscriberCount {
  private readonly _seesConnections: boolean;
  private readonly _onChange: () => void;
  private readonly _waiting = new Set<Waiting>();
  /** Number of subscriptions by prefix. No subscriber has the same prefix twice. */
  private readonly _subscriptions = new Map<string, number>();
  private _subscribed = 0;
  private _connected = 0;
  private _keptBytes = 0;
  private _most = 0;

  /**
   * @param seesConnections false to count subscriptions instead, where connections are not reported or carry several
   * subscribers
   * @param onChange called whenever the number may be another one
   */
  constructor(seesConnections: boolean, onChange = () => {}) {
    this._seesConnections = seesConnections;
    this._onChange = onChange;
  }

  /** Number of subscribers. */
  get count(): number {
    return this._seesConnections ? Math.min(this._connected, this._subscribed) : this._subscribed;
  }

  /** Largest number of subscribers so far. */
  get most(): number {
    return this._most;
  }

  /** Number of subscriptions by prefix. A prefix has a character for each of its bytes (latin1). */
  get subscriptions(): ReadonlyMap<string, number> {
    return this._subscriptions;
  }

  /** Number of connections, with or without a subscription. */
  get connections(): number {
    return this._connected;
  }

  /** Whether the subscriptions take more memory than subscribers need. */
  get isOverfull(): boolean {
    return this._keptBytes > MOST_KEPT_BYTES;
  }

  /** Whether a call of `wait` is pending. */
  get isAwaited(): boolean {
    return this._waiting.size > 0;
  }

  /** Call it for each connection that is accepted. */
  connected(): void {
    this._connected += 1;
    this._changed();
  }

  /** Call it for each connection that ends. */
  disconnected(): void {
    this._connected -= 1;
    this._changed();
  }

  /** Takes a message from a subscriber. Messages that are not subscriptions are ignored. */
  received(frame: Uint8Array): void {
    if (frame[0] !== SUBSCRIBE && frame[0] !== UNSUBSCRIBE) return;
    const prefix = Buffer.from(frame.subarray(1)).toString('latin1');
    const before = this._subscriptions.get(prefix) ?? 0;
    const change = frame[0] === SUBSCRIBE ? 1 : -1;
    if (before + change > 0) this._subscriptions.set(prefix, before + change);
    else this._subscriptions.delete(prefix);
    if (before === 0 && change > 0) this._keptBytes += bytesOf(prefix);
    if (before === 1 && change < 0) this._keptBytes -= bytesOf(prefix);
    this._subscribed += change;
    this._changed();
  }

  /** All connections have ended, with all their subscriptions. */
  reset(): void {
    this._subscriptions.clear();
    this._subscribed = 0;
    this._connected = 0;
    this._keptBytes = 0;
    this._changed();
  }

  /**
   * Resolves to true once there are `count` subscribers, or to false after `timeoutMs` or `end`.
   *
   * @param timeoutMs at most 2^31 - 1
   * @throws the signal's reason if it is aborted
   */
  async wait(count: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted();
    let waiting: Waiting | undefined;
    let timeout: NodeJS.Timeout | undefined;
    let abort = () => {};
    try {
      return await new Promise<boolean>((resolve, reject) => {
        waiting = { count, resolve, settling: undefined };
        abort = () => reject(signal?.reason);
        timeout = setTimeout(resolve, timeoutMs, false);
        signal?.addEventListener('abort', abort);
        this._waiting.add(waiting);
        this._changed();
      });
    } finally {
      if (waiting !== undefined) {
        clearTimeout(waiting.settling);
        this._waiting.delete(waiting);
      }
      clearTimeout(timeout);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends all pending calls of `wait`: no subscriber will come any more. */
  end(): void {
    for (const { resolve } of this._waiting) resolve(false);
  }

  private _changed(): void {
    this._most = Math.max(this._most, this.count);
    for (const waiting of this._waiting) this._settle(waiting);
    this._onChange();
  }

  private _settle(waiting: Waiting): void {
    const { count, resolve, settling } = waiting;
    const isReached = this.count >= count;
    if (isReached && this._surelyAtLeast(count)) {
      resolve(true);
    } else if (!isReached) {
      clearTimeout(settling);
      waiting.settling = undefined;
    } else if (settling === undefined) {
      waiting.settling = setTimeout(resolve, SETTLE_MS, true);
    }
  }

  /**
   * Whether there are certainly `count` subscribers, whichever connections the subscriptions came over: one prefix has
   * `count` subscriptions, or each subscription counts as a subscriber.
   */
  private _surelyAtLeast(count: number): boolean {
    if (!this._seesConnections || count === 0) return true;
    for (const subscriptions of this._subscriptions.values()) if (subscriptions >= count) return true;
    return false;
  }
}

function bytesOf(prefix: string): number {
  return ENTRY_BYTES + NODE_BYTES * prefix.length;
}
