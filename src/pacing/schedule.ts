/**
 * How the times in payloads are written: shifted to the replay as the reference does it (`replay`), as the time of sending
 * (`now`), or unchanged (`original`).
 */
export type Times = 'replay' | 'now' | 'original';

/** A recorded time can be any number: none is due further from the anchor than this, about 30,000 years. */
const FURTHEST_NS = 1e21;

/**
 * Computes when a recorded time is due, from two anchors: a recorded time and the clock at the moment when it was sent, so
 * that errors do not add up over a night. Does not read the clock.
 *
 * A recorded time t is due at `t0 + (t - w0) / speedup`.
 */
export class Schedule {
  private _speedup: number;
  private _recordedS = Number.NaN;
  private _nowNs = Number.NaN;
  private _unixUs = Number.NaN;

  /** @param speedup above 0; Infinity: every recorded time is due at once */
  constructor(speedup: number) {
    this._speedup = speedup;
  }

  /** Whether events are sent as fast as possible. */
  get isFlatOut(): boolean {
    return this._speedup === Number.POSITIVE_INFINITY;
  }

  get isAnchored(): boolean {
    return !Number.isNaN(this._recordedS);
  }

  /** The recorded time to which the plan is anchored, in Unix seconds; NaN without an anchor. */
  get recordedS(): number {
    return this._recordedS;
  }

  /** The time of day at which that moment was sent, in microseconds since 1970; NaN without an anchor. */
  get unixUs(): number {
    return this._unixUs;
  }

  /**
   * Anchors a recorded time to the present.
   *
   * @param recordedS Unix seconds
   * @param nowNs the steady clock
   * @param unixUs the time of day
   */
  anchor(recordedS: number, nowNs: number, unixUs: number): void {
    this._recordedS = recordedS;
    this._nowNs = nowNs;
    this._unixUs = unixUs;
  }

  /**
   * Goes on at another recorded time, by new anchors: `toS` is due `afterS` of recorded time after `fromS`. Times in payloads
   * continue evenly. Without a plan it does nothing.
   */
  continueAt(toS: number, fromS: number, afterS: number): void {
    if (!this.isAnchored) return;
    const dueNs = this.dueNs(fromS) + (afterS * 1e9) / this._speedup;
    this.anchor(toS, dueNs, this._unixUs + (dueNs - this._nowNs) / 1000);
  }

  /** Moves the plan: all later events are due `byNs` later, and the times written into them move with it. */
  delay(byNs: number): void {
    this._nowNs += byNs;
    this._unixUs += byNs / 1000;
  }

  /**
   * Continues at another speed, from new anchors: a recorded time and the present. Flat out there is no plan.
   *
   * @param recordedS current position, in Unix seconds; NaN: the next event sets the plan
   * @param nowNs the steady clock
   * @param unixUs the time of day. Used only if there was no plan: otherwise the times in payloads continue evenly
   */
  changeSpeed(speedup: number, recordedS: number, nowNs: number, unixUs: number): void {
    const dayUs = this.isAnchored ? this._unixUs + (nowNs - this._nowNs) / 1000 : unixUs;
    this._speedup = speedup;
    if (this.isFlatOut || Number.isNaN(recordedS)) this.reset();
    else this.anchor(recordedS, nowNs, dayUs);
  }

  /** Removes the anchors: the next event sets them. */
  reset(): void {
    this.anchor(Number.NaN, Number.NaN, Number.NaN);
  }

  /** When a recorded time is due on the steady clock, in nanoseconds. */
  dueNs(recordedS: number): number {
    const spanNs = ((recordedS - this._recordedS) * 1e9) / this._speedup;
    return this._nowNs + Math.max(-FURTHEST_NS, Math.min(spanNs, FURTHEST_NS));
  }

  /** The recorded time that is due at `nowNs` on the steady clock, in Unix seconds; NaN without a plan. */
  recordedAt(nowNs: number): number {
    return this._recordedS + ((nowNs - this._nowNs) / 1e9) * this._speedup;
  }

  /** The time of day at which a recorded time is due, as the reference writes it into payloads. Whole microseconds. */
  rewrittenUs(recordedS: number): number {
    return wholeUs(this._unixUs + ((recordedS - this._recordedS) * 1e6) / this._speedup);
  }

  /**
   * The time to write for a recorded time of an event that is sent at `sentUs`. Its distance from `dueS` is scaled by the
   * speed; flat out there is no scale, and the recorded distance is kept. Whole microseconds.
   */
  stampedUs(recordedS: number, dueS: number, sentUs: number): number {
    const scale = this.isFlatOut ? 1 : this._speedup;
    return wholeUs(sentUs + ((recordedS - dueS) * 1e6) / scale);
  }
}

/** Whole microseconds. A time that no number can hold is the largest one, since JSON has no infinity. */
function wholeUs(us: number): number {
  return Math.round(Math.max(-Number.MAX_VALUE, Math.min(us, Number.MAX_VALUE)));
}
