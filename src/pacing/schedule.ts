/** How times in payloads are written: as the reference rewrites them, as of the send, or not at all. */
export type Times = 'replay' | 'now' | 'original';

/**
 * Says when a recorded moment is due, from two anchors, a recorded time and the clock at the moment when it was
 * sent, so that no error adds up over a night. Pure: the clock is read by others.
 *
 * A recorded time t is due at `t0 + (t - w0) / speedup`.
 */
export class Schedule {
  private _speedup: number;
  private _recordedS = Number.NaN;
  private _nowNs = Number.NaN;
  private _unixUs = Number.NaN;

  /** @param speedup above 0; Infinity: every moment is due at once */
  constructor(speedup: number) {
    this._speedup = speedup;
  }

  /** Whether events are sent as fast as they come. */
  get isFlatOut(): boolean {
    return this._speedup === Number.POSITIVE_INFINITY;
  }

  get speedup(): number {
    return this._speedup;
  }

  get isAnchored(): boolean {
    return !Number.isNaN(this._recordedS);
  }

  /** The recorded time that the plan is anchored to, in Unix seconds. */
  get recordedS(): number {
    return this._recordedS;
  }

  /** The time of day at which that moment was sent, in microseconds since 1970. */
  get unixUs(): number {
    return this._unixUs;
  }

  /**
   * Ties a recorded time to the present.
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

  /** Leaves out a stretch of recorded time: what comes from now on is due as much earlier. */
  leaveOut(spanS: number): void {
    this._recordedS += spanS;
  }

  /** Moves the plan: all that comes from now on is due so much later, and its times with it. */
  delay(byNs: number): void {
    this._nowNs += byNs;
    this._unixUs += byNs / 1000;
  }

  /**
   * Goes on at another speed, from new anchors: a recorded time and the present. Flat out there is no plan.
   *
   * @param recordedS where the replay stands, in Unix seconds; NaN: the next event sets the plan
   * @param nowNs the steady clock
   * @param unixUs the time of day, where there was no plan: else the times in payloads go on evenly
   */
  changeSpeed(speedup: number, recordedS: number, nowNs: number, unixUs: number): void {
    const dayUs = this.isAnchored ? this._unixUs + (nowNs - this._nowNs) / 1000 : unixUs;
    this._speedup = speedup;
    if (this.isFlatOut || Number.isNaN(recordedS)) this.reset();
    else this.anchor(recordedS, nowNs, dayUs);
  }

  /** Forgets the anchors: the next event that is sent sets them. */
  reset(): void {
    this.anchor(Number.NaN, Number.NaN, Number.NaN);
  }

  /** When a recorded time is due on the steady clock, in nanoseconds. */
  dueNs(recordedS: number): number {
    return this._nowNs + ((recordedS - this._recordedS) * 1e9) / this._speedup;
  }

  /** Which recorded time is due at a moment of the steady clock, in Unix seconds; NaN where there is no plan. */
  recordedAt(nowNs: number): number {
    return this._recordedS + ((nowNs - this._nowNs) / 1e9) * this._speedup;
  }

  /** The time of day at which a recorded time is due: what the reference writes into payloads. Microseconds, whole. */
  rewrittenUs(recordedS: number): number {
    return Math.round(this._unixUs + ((recordedS - this._recordedS) * 1e6) / this._speedup);
  }

  /**
   * The time to write for a recorded time of an event that is sent at `sentUs`: it keeps its distance from the time
   * that the event is due by. Flat out there is no scale, and the recorded distance stays. Microseconds, whole.
   */
  stampedUs(recordedS: number, dueS: number, sentUs: number): number {
    const scale = this.isFlatOut ? 1 : this._speedup;
    return Math.round(sentUs + ((recordedS - dueS) * 1e6) / scale);
  }
}
