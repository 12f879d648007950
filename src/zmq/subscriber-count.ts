/** A subscription frame's first byte: what follows is the beginning of topics that are wanted from now on, or no longer. */
const UNSUBSCRIBE = 0;
const SUBSCRIBE = 1;
/** Of one that has just connected, not all subscriptions may have come: they take no longer than a round trip. */
const SETTLE_MS = 100;

/** Somebody who waits for subscribers. */
interface Waiting {
  readonly count: number;
  readonly resolve: (isThere: boolean) => void;
  settling: NodeJS.Timeout | undefined;
}

/**
 * How many subscribers there are, from what a socket tells: its connections, and the subscriptions that come and go
 * over all of them. Which subscription came over which connection is not told. So a subscriber is a connection, as
 * long as there are as many subscriptions: one with three topics is one, and one that has not subscribed is none, unless
 * another has several topics.
 */
export class SubscriberCount {
  private readonly _seesConnections: boolean;
  private readonly _waiting = new Set<Waiting>();
  /** Of each beginning of topics, the number of subscriptions. No subscriber has the same one twice. */
  private readonly _subscriptions = new Map<string, number>();
  private _subscribed = 0;
  private _connected = 0;

  /** @param seesConnections false: subscriptions are counted, since connections are not told or carry several subscribers */
  constructor(seesConnections: boolean) {
    this._seesConnections = seesConnections;
  }

  get count(): number {
    return this._seesConnections ? Math.min(this._connected, this._subscribed) : this._subscribed;
  }

  get isAwaited(): boolean {
    return this._waiting.size > 0;
  }

  connected(): void {
    this._connected += 1;
    this._tell();
  }

  disconnected(): void {
    this._connected -= 1;
    this._tell();
  }

  /** Takes a message that has come from a subscriber; those that are no subscriptions are passed over. */
  received(frame: Uint8Array): void {
    if (frame[0] !== SUBSCRIBE && frame[0] !== UNSUBSCRIBE) return;
    const prefix = Buffer.from(frame.subarray(1)).toString('latin1');
    const before = this._subscriptions.get(prefix) ?? 0;
    const change = frame[0] === SUBSCRIBE ? 1 : -1;
    if (before + change > 0) this._subscriptions.set(prefix, before + change);
    else this._subscriptions.delete(prefix);
    this._subscribed += change;
    this._tell();
  }

  /**
   * Resolves with true once there are `count` subscribers, or with false after `timeoutMs`, or when no more can come.
   *
   * @throws the signal's reason where it is aborted
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
        this._tell();
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

  /** Says that nothing will change any more. */
  end(): void {
    for (const { resolve } of this._waiting) resolve(false);
  }

  private _tell(): void {
    for (const waiting of this._waiting) this._tellOne(waiting);
  }

  private _tellOne(waiting: Waiting): void {
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

  /** Whether there are so many whichever subscriptions are whose: so many have one in common, or each has but one. */
  private _surelyAtLeast(count: number): boolean {
    if (!this._seesConnections || count === 0) return true;
    for (const subscriptions of this._subscriptions.values()) if (subscriptions >= count) return true;
    return false;
  }
}
