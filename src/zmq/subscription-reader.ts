import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { XPublisher } from 'zeromq';
import type { SubscriberCount } from './subscriber-count.js';

/** Time between two reads of subscriptions while `waitForSubscribers` is not pending. */
const READ_INTERVAL_MS = 100;
/** Longest wait for a subscription before checking again whether `waitForSubscribers` is pending. */
const RECEIVE_TIMEOUT_MS = 100;
/** A connection's next subscription comes about this long after the one before was read. */
const NEXT_MS = 1;
/** Subscriptions that are read before the event loop turns: reading them takes some 100 µs. */
const READ_A_TURN = 16;

/** Subscriptions that may come at once, and how many a second may follow. More than these are a flood. */
const MOST_AT_ONCE = 2000;
const MOST_PER_S = 200;
/** A flood ends when so many fewer than `MOST_PER_S` have come since. */
const RECOVERY = 200;
/** While there is a flood, subscriptions are read this often. */
const FLOOD_INTERVAL_MS = 10;
/**
 * Sends take subscriptions from the network: one of each connection, about once a millisecond. A read takes as many, so
 * that none pile up.
 */
const MOST_TAKEN_PER_MS = 1;

export interface SubscriptionListeners {
  /** Called when a flood begins. */
  onFlood(): void;
  /** Called when libzmq keeps too much for the subscriptions that are there. The socket is to be closed then. */
  onOverfull(): void;
}

/** Reads the subscriptions that reach a socket, and counts them. A flood of them is read slowly. */
export class SubscriptionReader {
  private readonly _socket: XPublisher;
  private readonly _count: SubscriberCount;
  private readonly _listeners: SubscriptionListeners;
  /** How many subscriptions may come before they are a flood. Negative during a flood. */
  private _allowed = MOST_AT_ONCE;
  private _allowedAtMs = performance.now();
  /** Ends the pause between two reads. */
  private _readNow = new AbortController();

  constructor(socket: XPublisher, count: SubscriberCount, listeners: SubscriptionListeners) {
    this._socket = socket;
    this._count = count;
    this._listeners = listeners;
  }

  /** Ends the pause between two reads. */
  readNow(): void {
    this._readNow.abort();
  }

  /**
   * Reads until the socket is closed: as subscriptions come while `waitForSubscribers` is pending, otherwise ten times
   * a second, and more often while there are some. While a receive is pending, each send costs another system call, which takes a third of the rate.
   */
  async run(): Promise<void> {
    let isFlooded = false;
    while (!this._socket.closed) {
      const most = READ_A_TURN + (isFlooded ? this._mostTaken() : 0);
      const read = await this._read(most);
      const wasFlooded = isFlooded;
      isFlooded = this._take(read);
      if (isFlooded && !wasFlooded) this._listeners.onFlood();
      if (this._count.isOverfull) this._listeners.onOverfull();
      else if (isFlooded) await delay(FLOOD_INTERVAL_MS, undefined, { ref: false });
      else if (this._count.isAwaited) await turn();
      else if (!this._socket.closed) await this._pause(read === 0 ? READ_INTERVAL_MS : NEXT_MS);
    }
  }

  /** How many subscriptions sends may have taken since the last read. */
  private _mostTaken(): number {
    const sinceMs = Math.ceil(performance.now() - this._allowedAtMs);
    return MOST_TAKEN_PER_MS * sinceMs * Math.max(1, this._count.connections);
  }

  /** Reads up to `most` subscriptions. @returns how many there were */
  private async _read(most: number): Promise<number> {
    for (let read = 0; read < most; read++) {
      if (this._socket.closed) return read;
      this._socket.receiveTimeout = this._count.isAwaited ? RECEIVE_TIMEOUT_MS : 0;
      const [frame] = await this._socket.receive().catch(() => []);
      if (frame === undefined) return read;
      this._count.received(frame);
    }
    return most;
  }

  /** Notes that subscriptions were read. @returns whether there is a flood of them */
  private _take(read: number): boolean {
    const nowMs = performance.now();
    const since = (MOST_PER_S * (nowMs - this._allowedAtMs)) / 1000;
    this._allowedAtMs = nowMs;
    const wasFlooded = this._allowed < 0;
    const allowed = Math.min(this._allowed + since, MOST_AT_ONCE) - read;
    const isFlooded = allowed < 0;
    this._allowed = isFlooded ? Math.max(wasFlooded ? allowed : -RECOVERY, -RECOVERY) : allowed;
    return isFlooded;
  }

  private async _pause(timeMs: number): Promise<void> {
    this._readNow = new AbortController();
    const { signal } = this._readNow;
    await delay(timeMs, undefined, { signal, ref: false }).catch(() => {});
  }
}
