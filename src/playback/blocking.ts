import { setTimeout as delay } from 'node:timers/promises';
import type { Tally } from '../measure/tally.js';
import { type Clock, systemClock } from '../shared/clock.js';
import { counted, givenSpan } from '../shared/text.js';

export interface BlockingOptions {
  /** Longest wait for room, in seconds; Infinity: no limit. */
  readonly blockTimeoutS: number;
  /** Most messages queued for a subscriber. */
  readonly highWaterMark: number;
  /** What the user calls that option. */
  readonly highWaterMarkName: string;
  /** Called with a sentence. */
  readonly onNotice: ((notice: string) => void) | undefined;
}

const ENDLESS: BlockingOptions = {
  blockTimeoutS: Number.POSITIVE_INFINITY,
  highWaterMark: 0,
  highWaterMarkName: 'highWaterMark',
  onNotice: undefined,
};

/** Pauses between two tries to send: each is twice as long as the one before. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 20;
/** A longer wait is told, so that it does not look like a hang. */
const LONG_WAIT_NS = 1e9;

/**
 * The waits until all subscribers have room for the next event. A wait begins with the first `wait`, and ends with `end`. All
 * are counted in the tally.
 */
export class Blocking {
  private readonly _tally: Tally;
  private readonly _options: BlockingOptions;
  private readonly _clock: Clock;
  /** When the current wait began, on the steady clock; undefined: there is none. */
  private _sinceNs: number | undefined;
  private _pauseMs = FIRST_PAUSE_MS;
  private _isNoted = false;
  private _told: string | undefined;

  /** @param options default: waits have no limit, and are not told */
  constructor(tally: Tally, options = ENDLESS, clock: Clock = systemClock) {
    this._tally = tally;
    this._options = options;
    this._clock = clock;
  }

  /** Whether the replay has waited for room for more than a second. */
  get isLong(): boolean {
    return this._sinceNs !== undefined && this._clock.nowNs() - this._sinceNs >= LONG_WAIT_NS;
  }

  /**
   * Waits a moment, until the next try to send.
   *
   * @param signal ends it early
   * @returns false if there was no room for as long as a wait may take
   */
  async wait(signal: AbortSignal): Promise<boolean> {
    const nowNs = this._clock.nowNs();
    this._sinceNs ??= nowNs;
    const waitedNs = nowNs - this._sinceNs;
    const leftNs = 1e9 * this._options.blockTimeoutS - waitedNs;
    if (leftNs <= 0) this._giveUp();
    else if (waitedNs >= LONG_WAIT_NS) this._note();
    if (leftNs <= 0) return false;
    await delay(Math.min(this._pauseMs, Math.ceil(leftNs / 1e6)), undefined, { signal }).catch(() => {});
    this._pauseMs = Math.min(2 * this._pauseMs, LONGEST_PAUSE_MS);
    return true;
  }

  /** The wait is over, if there is one: the event was sent, or is not to be sent now. */
  end(): void {
    if (this._sinceNs === undefined) return;
    this._tally.blocked(this._clock.nowNs() - this._sinceNs);
    this._sinceNs = undefined;
    this._pauseMs = FIRST_PAUSE_MS;
    this._isNoted = false;
  }

  /** Notes for whom a long wait is, once, and tells it if these are others than before. */
  private _note(): void {
    if (this._isNoted) return;
    this._isNoted = true;
    const peers = this._peers();
    if (peers === this._told) return;
    this._told = peers;
    const { highWaterMark, highWaterMarkName, onNotice } = this._options;
    onNotice?.(
      `Waiting for ${peers} to take events: the queue of ${counted(highWaterMark, 'event')} (${highWaterMarkName}) is full, and nothing is ` +
        'sent until it has room',
    );
  }

  private _giveUp(): void {
    const { blockTimeoutS, onNotice } = this._options;
    onNotice?.(`Ended after waiting ${givenSpan(blockTimeoutS)} for ${this._peers()} to take events`);
  }

  private _peers(): string {
    const peers = this._tally.blockedBy();
    return peers.length === 0 ? 'a subscriber' : peers.join(' and ');
  }
}
