/** How many events, or bytes, are sent a second, whatever was recorded. */
export interface Rate {
  /** Above 0. */
  readonly perS: number;
  readonly unit: 'events' | 'bytes';
}

/**
 * Says when events are due that are sent evenly: from an anchor, the moment of the first, and from how much was sent since,
 * so that no error adds up. Pure: the clock is read by others.
 *
 * An event is due at `t0 + amount / rate`, where the amount is that of the events before it; events of a burst are due
 * together, with the first of them.
 */
export class EvenPace {
  private readonly _rate: Rate;
  private readonly _burst: number;
  private _perNs: number;
  private _anchorNs = Number.NaN;
  /** What was sent since the anchor, and of that what was sent before the burst at hand. */
  private _amount = 0;
  private _burstAmount = 0;
  private _inBurst = 0;

  /** @param burst events that are sent together; 1 or more */
  constructor(rate: Rate, burst: number) {
    this._rate = rate;
    this._burst = burst;
    this._perNs = rate.perS / 1e9;
  }

  get isAnchored(): boolean {
    return !Number.isNaN(this._anchorNs);
  }

  /** When the next event is due on the steady clock, in nanoseconds; NaN before there is an anchor. */
  get dueNs(): number {
    return this._anchorNs + this._burstAmount / this._perNs;
  }

  /** Has the next event be due at a moment of the steady clock, and begins a burst with it. */
  anchor(nowNs: number): void {
    this._anchorNs = nowNs;
    this._amount = 0;
    this._burstAmount = 0;
    this._inBurst = 0;
  }

  /** Turns to the next event. @param sizeBytes of the one that was at hand */
  pass(sizeBytes: number): void {
    this._amount += this._rate.unit === 'events' ? 1 : sizeBytes;
    this._inBurst += 1;
    if (this._inBurst < this._burst) return;
    this._burstAmount = this._amount;
    this._inBurst = 0;
  }

  /** Moves the plan: all that comes from now on is due so much later. */
  delay(byNs: number): void {
    this._anchorNs += byNs;
  }

  /** Goes on at so many times the rate, from the present on. */
  changeSpeed(factor: number, nowNs: number): void {
    this._perNs = (this._rate.perS * factor) / 1e9;
    if (this.isAnchored) this.anchor(nowNs);
  }

  /** Forgets the anchor. */
  reset(): void {
    this.anchor(Number.NaN);
  }
}
