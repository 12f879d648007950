import type { Batch } from './batch.js';
import type { Clock } from './clock.js';
import { Schedule, type Times } from './schedule.js';
import { Stamp } from './stamp.js';
import type { Waiter } from './wait.js';

/** The event loop turns at least this often, however much is to be sent: signals, timers and sockets have their say. */
const LONGEST_RUN_NS = 300_000;

/** At which pace events are sent. */
export interface Pace {
  /** Above 0; Infinity: flat out. */
  readonly speedup: number;
  readonly times: Times;
  /** Longest silence of the recording that is played, in recorded seconds; what is longer is cut. Infinity: no limit. */
  readonly maxGapS: number;
}

/** Silences that were cut: how many, and how much recorded time was left out of them. */
export interface Gaps {
  readonly count: number;
  readonly leftOutS: number;
}

/**
 * Brings each event to its moment: says whether to wait, waits, and writes the times that hold then.
 *
 * For each event: `if (pacer.mustWait(dueS)) await pacer.wait(signal)`, then `pacer.stamp(batch, i)` and send.
 * The common case, an event that is due already, costs no promise.
 */
export class Pacer {
  private readonly _schedule: Schedule;
  private readonly _times: Times;
  private readonly _clock: Clock;
  private readonly _waiter: Waiter;
  private readonly _stamp = new Stamp();
  private _nowNs: number;
  private _dueNs = 0;
  private _dueS = Number.NaN;
  private _hasBegun = false;
  /** The latest recorded time that was reached, in Unix seconds. */
  private _frontS = Number.NEGATIVE_INFINITY;
  private readonly _maxGapS: number;
  private readonly _gaps = { count: 0, leftOutS: 0 };
  private _runEndsNs = 0;
  /** Time of day less the steady clock, in microseconds; read anew at each turn of the loop. */
  private _offsetUs = 0;

  constructor({ speedup, times, maxGapS }: Pace, clock: Clock, waiter: Waiter) {
    this._schedule = new Schedule(speedup);
    this._times = times;
    this._maxGapS = maxGapS;
    this._clock = clock;
    this._waiter = waiter;
    this._nowNs = clock.nowNs();
    this._beginRun();
  }

  /** The recorded time that the first event was due by, in Unix seconds; NaN before there is one. */
  get startRecordedS(): number {
    return this._schedule.recordedS;
  }

  /** The time of day at which that event was sent, in microseconds since 1970; NaN before. */
  get startUnixUs(): number {
    return this._schedule.unixUs;
  }

  /** When the event at hand is due, in nanoseconds on the steady clock. */
  get dueNs(): number {
    return this._dueNs;
  }

  /** How long ago the event at hand was due, in nanoseconds; 0 flat out. */
  get latenessNs(): number {
    return this._nowNs - this._dueNs;
  }

  /** The steady clock when it was read last, in nanoseconds. */
  get nowNs(): number {
    return this._nowNs;
  }

  /** Of all passes. */
  get gaps(): Gaps {
    return this._gaps;
  }

  /** Begins a new pass: the next event sets the plan. */
  reset(): void {
    this._hasBegun = false;
    this._schedule.reset();
    this._frontS = Number.NEGATIVE_INFINITY;
  }

  /** Whether the pass was begun by `begin`. */
  get hasBegun(): boolean {
    return this._hasBegun;
  }

  /** Turns to the first event, ahead of `mustWait`: it is due now. @param dueS as there */
  begin(dueS: number): void {
    this._hasBegun = true;
    this._nowNs = this._clock.nowNs();
    if (!this._schedule.isFlatOut && !Number.isNaN(dueS)) this._anchor(dueS);
  }

  /**
   * Turns to the next event.
   *
   * @param dueS recorded time that it is due by, in Unix seconds; NaN: at once
   * @returns whether `wait` has to be awaited before it is sent
   */
  mustWait(dueS: number): boolean {
    this._nowNs = this._clock.nowNs();
    this._dueS = dueS;
    if (this._schedule.isFlatOut || Number.isNaN(dueS)) {
      this._dueNs = this._nowNs;
    } else {
      if (!this._schedule.isAnchored) this._anchor(dueS);
      if (dueS > this._frontS) this._advance(dueS);
      this._dueNs = this._schedule.dueNs(dueS);
    }
    return this._dueNs > this._nowNs || this._nowNs >= this._runEndsNs;
  }

  /** Waits until the event is due, and lets the event loop turn at least once. Ends early when `signal` is aborted. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    // Flat out, or without a time, an event is due whenever it is sent.
    const isDueWhenSent = this._dueNs === this._nowNs;
    if (this._dueNs > this._nowNs) await this._waiter.until(this._dueNs, signal);
    else await this._waiter.turn();
    this._nowNs = this._clock.nowNs();
    if (isDueWhenSent) this._dueNs = this._nowNs;
    this._beginRun();
  }

  /** Writes the times of event `i`, which was due before the first event and is sent now. @returns its payload */
  stampPast(batch: Batch, i: number): Buffer {
    this._dueS = batch.dueS[i];
    return this.stamp(batch, i);
  }

  /** Writes the times of event `i`, which is sent now. @returns its payload, a view of the batch in nearly all cases */
  stamp(batch: Batch, i: number): Buffer {
    if (this._times === 'original') return this._stamp.write(batch, i, 0, 0);
    const dueS = this._dueS;
    if (this._times === 'replay' && this._schedule.isAnchored) {
      const wireUs = this._schedule.rewrittenUs(dueS);
      return this._stamp.write(batch, i, wireUs, this._schedule.rewrittenUs(batch.dataS[i]));
    }
    const sentUs = this._unixUs();
    return this._stamp.write(batch, i, sentUs, this._schedule.stampedUs(batch.dataS[i], dueS, sentUs));
  }

  private _anchor(dueS: number): void {
    this._beginRun();
    this._schedule.anchor(dueS, this._nowNs, this._unixUs());
  }

  private _advance(dueS: number): void {
    const excessS = dueS - this._frontS - this._maxGapS;
    this._frontS = dueS;
    // Before the first event there is no silence: the difference is infinite.
    if (!(excessS > 0 && excessS < Number.POSITIVE_INFINITY)) return;
    this._gaps.count += 1;
    this._gaps.leftOutS += excessS;
    this._schedule.leaveOut(excessS);
  }

  private _unixUs(): number {
    return Math.round(this._nowNs / 1000 + this._offsetUs);
  }

  private _beginRun(): void {
    this._runEndsNs = this._nowNs + LONGEST_RUN_NS;
    this._offsetUs = this._clock.unixUs() - this._clock.nowNs() / 1000;
  }
}
