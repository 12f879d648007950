import type { OwnPace } from './own-pace.js';

/** Number of events, or bytes, that are sent per second, independent of the recorded times. */
export interface Rate {
  /** Above 0. */
  readonly perS: number;
  readonly unit: 'events' | 'bytes';
}

/**
 * Computes when events are due that are sent evenly: from an anchor, the moment of the first event, and the amount sent since
 * then, so that errors do not add up. Does not read the clock.
 *
 * An event is due at `t0 + amount / rate`, where the amount is that of the events before it. All events of a burst are due
 * with the first of them.
 */
export class EvenPace implements OwnPace {
  private readonly _rate: Rate;
  private readonly _burst: number;
  private _perNs: number;
  private _anchorNs = Number.NaN;
  /** Events or bytes sent since the anchor. */
  private _amount = 0;
  /** The part of `_amount` that was sent before the current burst. */
  private _burstAmount = 0;
  private _inBurst = 0;

  /** @param burst number of events that are sent together; 1 or more */
  constructor(rate: Rate, burst: number) {
    this._rate = rate;
    this._burst = burst;
    this._perNs = rate.perS / 1e9;
  }

  get isAnchored(): boolean {
    return !Number.isNaN(this._anchorNs);
  }

  /** When the next event is due on the steady clock, in nanoseconds; NaN without an anchor. */
  get dueNs(): number {
    return this._anchorNs + this._burstAmount / this._perNs;
  }

  /** Makes the next event due at `nowNs` on the steady clock and begins a burst with it. */
  anchor(nowNs: number): void {
    this._anchorNs = nowNs;
    this._amount = 0;
    this._burstAmount = 0;
    this._inBurst = 0;
  }

  /** Counts an event as sent. @param sizeBytes of its topic and payload */
  sent(sizeBytes: number): void {
    this._amount += this._rate.unit === 'events' ? 1 : sizeBytes;
    this._inBurst += 1;
    if (this._inBurst < this._burst) return;
    this._burstAmount = this._amount;
    this._inBurst = 0;
  }

  /** Moves the plan: all later events are due `byNs` later. */
  delay(byNs: number): void {
    this._anchorNs += byNs;
  }

  /** Continues at `factor` times the rate, from `nowNs` on. */
  changeSpeed(factor: number, nowNs: number): void {
    this._perNs = (this._rate.perS * factor) / 1e9;
    if (this.isAnchored) this.anchor(nowNs);
  }
}
