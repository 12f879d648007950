import { systemClock } from '../shared/clock.js';
import { messageOf } from '../shared/errors.js';
import type { ServerKeys } from './curve/server-keys.js';
import { NumberRanges } from './number-ranges.js';
import { type Part, Publisher, type Restarted, type Undelivered } from './publisher.js';

export interface NamedEndpointOptions {
  /** What the user calls its subscriber, for notices. */
  readonly name: string;
  /** Address that it is bound to. */
  readonly url: string;
  /** Most messages queued for its subscriber; further ones are lost. 0: no limit. */
  readonly highWaterMark: number;
  /** How long queued messages are kept after `close`, in milliseconds; -1: without limit. */
  readonly lingerMs: number;
  /** Keys of a CURVE server. Default: no encryption. */
  readonly curve?: ServerKeys | undefined;
  /** Called with a sentence: of a second subscriber, which makes the losses ambiguous, or of a failure. Default: none. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * A refused send costs four times as much as another one. So an event of a topic that was refused is lost without a try for this time, in
 * which libzmq hardly finds room.
 */
const REFUSED_MS = 1;

/**
 * A socket for one subscriber, which counts exactly what is lost for it: an event that the subscriber wants, and that its queue has no
 * room for. An event that it does not want is not lost. Other than with a PUB socket, events are queued again as soon as there is
 * room, and not only when half of the queue is taken: so gaps are shorter.
 */
export class NamedEndpoint {
  readonly name: string;
  private readonly _publisher: Publisher;
  private readonly _onNotice: (notice: string) => void;
  private readonly _lost = new NumberRanges();
  private _sent = 0;
  private _unheard = 0;
  private _firstLostS = Number.NaN;
  private _lastLostS = Number.NaN;
  /** Number of sends of which is not known yet whether they were refused. */
  private _pending = 0;
  /** Topics of events that were refused, until `_refusedUntilMs`. */
  private readonly _refused = new Set<Part>();
  private _refusedUntilMs = 0;
  private _isSharedTold = false;
  private _isFailureTold = false;

  private constructor(publisher: Publisher, { name, onNotice = () => {} }: NamedEndpointOptions) {
    this.name = name;
    this._publisher = publisher;
    this._onNotice = onNotice;
  }

  /** @throws TcsReplayError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `SOCKET_FAILED`; `BAD_OPTION` for keys with an ipc address */
  static async open(options: NamedEndpointOptions): Promise<NamedEndpoint> {
    const { url, highWaterMark, lingerMs, curve, onNotice } = options;
    const publisher = await Publisher.open({
      bind: [url],
      connect: [],
      highWaterMark,
      lingerMs,
      onFull: 'block',
      onNotice,
      ...(curve === undefined ? {} : { curve }),
    });
    return new NamedEndpoint(publisher, options);
  }

  /** The address, with the port that the system has chosen. */
  get address(): string {
    return this._publisher.addresses[0] as string;
  }

  /** Number of subscribers, up to a tenth of a second ago. The losses are those of one subscriber only where there is one. */
  get connected(): number {
    return this._publisher.subscribers;
  }

  /** Current number of subscriptions by prefix, as `Publisher.subscriptions`. */
  get subscriptions(): ReadonlyMap<string, number> {
    return this._publisher.subscriptions;
  }

  /** Number of events given to `send`, lost ones included. */
  get sent(): number {
    return this._sent;
  }

  /** Number of events that were lost. Up to date once the event loop has turned after a `send`. */
  get lost(): number {
    return this._lost.count;
  }

  /** The numbers of the lost events. */
  get lostNumbers(): NumberRanges {
    return this._lost;
  }

  /** Number of events given while no subscriber was connected: they are not among the lost ones, and nobody got them. */
  get unheard(): number {
    return this._unheard;
  }

  /** When the first and the last event were lost, in Unix seconds; NaN: none was. */
  get firstLostS(): number {
    return this._firstLostS;
  }

  get lastLostS(): number {
    return this._lastLostS;
  }

  /** Waits for its subscriber. @returns false if there was none after `timeoutMs` @throws the signal's reason if it is aborted */
  waitForSubscriber(options: { timeoutMs: number; signal?: AbortSignal }): Promise<boolean> {
    return this._publisher.waitForSubscribers(1, options);
  }

  /** As `Publisher.restart`. */
  restart(signal?: AbortSignal): Promise<Restarted> {
    return this._publisher.restart(signal);
  }

  /**
   * Queues an event for the subscriber, or counts it as lost.
   *
   * @param number of the event, above that of the event before unless it is sent again or late
   */
  send(parts: Part[], number: number): void {
    const { subscribers } = this._publisher;
    this._sent += 1;
    if (subscribers === 0) this._unheard += 1;
    else if (subscribers > 1) this._tellShared(subscribers);
    if (this._wasRefused(parts[0])) {
      this._lose(number);
      return;
    }
    this._pending += 1;
    this._publisher.sendIfRoom(parts).then(
      (isSent) => {
        this._pending -= 1;
        if (!isSent) this._refuse(parts[0], number);
      },
      (error) => {
        this._pending -= 1;
        this._fail(number, error);
      },
    );
  }

  /** Closes the socket; queued events are delivered during the linger time. @returns what was not delivered then */
  close(): Promise<Undelivered> {
    return this._publisher.close();
  }

  /** Whether there was no room for an event of the topic just now. Never before it is known of all events before. */
  private _wasRefused(topic: Part): boolean {
    if (this._refused.size === 0 || this._pending > 0) return false;
    if (performance.now() < this._refusedUntilMs) return this._refused.has(topic);
    this._refused.clear();
    return false;
  }

  private _refuse(topic: Part, number: number): void {
    if (this._refused.size === 0) this._refusedUntilMs = performance.now() + REFUSED_MS;
    this._refused.add(topic);
    this._lose(number);
  }

  private _lose(number: number): void {
    this._lost.add(number);
    this._lastLostS = systemClock.unixUs() / 1e6;
    if (this._lost.count === 1) this._firstLostS = this._lastLostS;
  }

  private _fail(number: number, error: unknown): void {
    this._lose(number);
    if (this._isFailureTold) return;
    this._isFailureTold = true;
    this._onNotice(
      `${this.name}: cannot send at ${this.address}: ${messageOf(error)}; such events count as lost`,
    );
  }

  private _tellShared(subscribers: number): void {
    if (this._isSharedTold) return;
    this._isSharedTold = true;
    this._onNotice(
      `${this.name}: ${subscribers} subscribers at ${this.address}, which is meant for one: an event is lost for all of them where one ` +
        'has no room, and for which is not known; give each an endpoint of its own',
    );
  }
}
