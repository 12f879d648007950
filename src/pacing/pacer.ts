import type { Batch } from '../batch/batch.js';
import type { Clock } from '../shared/clock.js';
import { EvenPace, type Rate } from './even-pace.js';
import { Schedule, type Times } from './schedule.js';
import { Stamp } from './stamp.js';
import type { Waiter } from './waiter.js';

/** The event loop turns at least this often, however much is to be sent: signals, timers and sockets have their say. */
const LONGEST_RUN_NS = 300_000;

/** At which pace events are sent. */
export interface Pace {
  /** Above 0; Infinity: flat out. Of a rate, how many times it. */
  readonly speedup: number;
  readonly times: Times;
  /** Longest silence of the recording that is played, in recorded seconds; what is longer is cut. Infinity: no limit. */
  readonly maxGapS: number;
  /** Undefined: as recorded. */
  readonly rate: Rate | undefined;
  /** Events that are sent together, where there is a rate. */
  readonly burst: number;
}

/** Silences that were cut: how many, and how much recorded time was left out of them. */
export interface Gaps {
  readonly count: number;
  readonly leftOutS: number;
}

/**
 * Brings each event to its moment: says whether to wait, waits, and writes the times that hold then.
 *
 * For each event: `while (pacer.mustWait(dueS)) await pacer.wait(signal)`, then `pacer.stamp(batch, i)`, send, and
 * `pacer.pass(sizeBytes)`. The common case, an event that is due already, costs no promise.
 *
 * Between two events the plan can be changed: `pause`, `resume`, `changeSpeed`, `seek`, `delay`. What comes after is due
 * by new anchors.
 */
export class Pacer {
  private readonly _schedule: Schedule;
  /** Undefined: events are due as recorded. */
  private readonly _even: EvenPace | undefined;
  private readonly _times: Times;
  private readonly _clock: Clock;
  private readonly _waiter: Pick<Waiter, 'until' | 'turn'>;
  private readonly _stamp = new Stamp();
  private _speedup: number;
  private _nowNs: number;
  private _dueNs = 0;
  private _dueS = Number.NaN;
  /** The latest recorded time that was reached, in Unix seconds. */
  private _frontS = Number.NEGATIVE_INFINITY;
  /** When the plan was halted, on the steady clock. */
  private _pausedNs: number | undefined;
  private readonly _maxGapS: number;
  private readonly _gaps = { count: 0, leftOutS: 0 };
  private _runEndsNs = 0;
  /** Time of day less the steady clock, in microseconds; read anew at each turn of the loop. */
  private _offsetUs = 0;

  constructor(
    { speedup, times, maxGapS, rate, burst }: Pace,
    clock: Clock,
    waiter: Pick<Waiter, 'until' | 'turn'>,
  ) {
    this._speedup = speedup;
    this._schedule = new Schedule(rate === undefined ? speedup : Number.POSITIVE_INFINITY);
    this._even = rate && new EvenPace(rate, burst);
    this._times = times;
    this._maxGapS = maxGapS;
    this._clock = clock;
    this._waiter = waiter;
    this._nowNs = clock.nowNs();
    this._beginRun();
  }

  /** The recorded time that the plan is anchored to, in Unix seconds: the first event's; NaN before there is one. */
  get startRecordedS(): number {
    return this._schedule.recordedS;
  }

  /** The time of day at which that moment was played, in microseconds since 1970; NaN before. */
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

  /** How many times faster than recorded, or than the rate, events are sent; Infinity: flat out. */
  get speedup(): number {
    return this._speedup;
  }

  /** Whether an event is due only when it is sent: nothing is ever late. */
  get isFlatOut(): boolean {
    return this._speedup === Number.POSITIVE_INFINITY;
  }

  /** Of all passes. */
  get gaps(): Gaps {
    return this._gaps;
  }

  /** Where in the recorded time the replay stands, in Unix seconds; NaN before the first event that has a time. */
  get positionS(): number {
    const plannedS = this._schedule.recordedAt(this._pausedNs ?? this._clock.nowNs());
    const frontS = this._frontS === Number.NEGATIVE_INFINITY ? Number.NaN : this._frontS;
    // Behind the plan it stands where the events do.
    return plannedS < frontS ? plannedS : frontS;
  }

  get isPaused(): boolean {
    return this._pausedNs !== undefined;
  }

  /** Begins a new pass: the next event sets the plan. */
  reset(): void {
    this._schedule.reset();
    this._even?.reset();
    this._frontS = Number.NEGATIVE_INFINITY;
  }

  /** Has an event be due now: the plan goes on from it. @param dueS as for `mustWait` */
  begin(dueS: number): void {
    this._nowNs = this._clock.nowNs();
    if (this._pausedNs !== undefined) {
      // Where there is nothing to anchor to, the plan stays where it was halted.
      this.delay(this._nowNs - this._pausedNs);
      this._pausedNs = this._nowNs;
    }
    this._even?.anchor(this._nowNs);
    if (!this._schedule.isFlatOut && !Number.isNaN(dueS)) this._anchor(dueS);
    if (dueS > this._frontS) this._frontS = dueS;
  }

  /** Goes on from another recorded time, which is due now. Silences are counted from there on. */
  seek(recordedS: number): void {
    this._frontS = recordedS;
    this.begin(recordedS);
  }

  /** Halts the plan: it stands still until `resume`. */
  pause(): void {
    this._pausedNs ??= this._clock.nowNs();
  }

  /** Has the plan go on from where it was halted. @returns for how long it was, in nanoseconds */
  resume(): number {
    if (this._pausedNs === undefined) return 0;
    this._nowNs = this._clock.nowNs();
    const pausedNs = this._nowNs - this._pausedNs;
    this.delay(pausedNs);
    this._pausedNs = undefined;
    return pausedNs;
  }

  /** Moves the plan: all that comes from now on is due so much later. */
  delay(byNs: number): void {
    this._schedule.delay(byNs);
    this._even?.delay(byNs);
    this._dueNs += byNs;
  }

  /** Goes on from the present position at another speed. @param speedup above 0; Infinity: flat out */
  changeSpeed(speedup: number): void {
    this._nowNs = this._clock.nowNs();
    const atNs = this._pausedNs ?? this._nowNs;
    if (this._even === undefined) {
      this._schedule.changeSpeed(speedup, this.positionS, atNs, atNs / 1000 + this._offsetUs);
    }
    this._even?.changeSpeed(speedup, atNs);
    this._speedup = speedup;
  }

  /**
   * Turns to the next event, or looks at the one at hand again.
   *
   * @param dueS recorded time that it is due by, in Unix seconds; NaN: at once
   * @returns whether `wait` has to be awaited before it is sent
   */
  mustWait(dueS: number): boolean {
    this._nowNs = this._clock.nowNs();
    this._dueS = dueS;
    if (dueS > this._frontS) this._advance(dueS);
    if (this.isFlatOut) this._dueNs = this._nowNs;
    else if (this._even !== undefined) this._dueNs = this._evenDueNs(this._even);
    else if (Number.isNaN(dueS)) this._dueNs = this._nowNs;
    else {
      if (!this._schedule.isAnchored) this._anchor(dueS);
      this._dueNs = this._schedule.dueNs(dueS);
    }
    return this._dueNs > this._nowNs || this._nowNs >= this._runEndsNs;
  }

  /** Waits until the event is due, and lets the event loop turn at least once. Ends early when `signal` is aborted. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    if (this._dueNs > this._nowNs) await this._waiter.until(this._dueNs, signal);
    else await this._waiter.turn();
    this._nowNs = this._clock.nowNs();
    this._beginRun();
  }

  /** Lets the event loop turn once. */
  turn(): Promise<void> {
    return this._waiter.turn();
  }

  /** Counts the event at hand as done with. @param sizeBytes of its topic and payload */
  pass(sizeBytes: number): void {
    this._even?.pass(sizeBytes);
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

  private _evenDueNs(even: EvenPace): number {
    if (!even.isAnchored) even.anchor(this._nowNs);
    return even.dueNs;
  }

  private _anchor(dueS: number): void {
    this._beginRun();
    this._schedule.anchor(dueS, this._nowNs, this._unixUs());
  }

  private _advance(dueS: number): void {
    const excessS = dueS - this._frontS - this._maxGapS;
    this._frontS = dueS;
    // Before the first event there is no silence: the difference is infinite. Without a plan none is waited for.
    if (!(excessS > 0 && excessS < Number.POSITIVE_INFINITY) || this._schedule.isFlatOut) return;
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
