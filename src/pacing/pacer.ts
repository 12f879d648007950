import type { Batch } from '../batch/batch.js';
import { SLACK_S } from '../batch/strays.js';
import type { Clock } from '../shared/clock.js';
import { EvenPace, type Rate } from './even-pace.js';
import type { OwnPace } from './own-pace.js';
import { Schedule, type Times } from './schedule.js';
import { Stamp } from './stamp.js';
import type { Waiter } from './waiter.js';
import type { WireNumbers } from './wire-numbers.js';

/** Longest time without yielding to the event loop while sending. */
const LONGEST_RUN_NS = 300_000;

/** The pace at which events are sent. */
export interface Pace {
  /** Times as fast as recorded, or times the rate. Above 0; Infinity: flat out. */
  readonly speedup: number;
  readonly times: Times;
  /** Longest silence that is played, in recorded seconds: longer ones are cut to it. Infinity: no limit. */
  readonly maxGapS: number;
  /** Undefined: the recorded times set the pace. */
  readonly rate: Rate | undefined;
  /** Number of events that are sent together, if there is a rate. 1 or more. */
  readonly burst: number;
  /** Sets the pace instead of `rate`. Default: none. */
  readonly ownPace?: OwnPace | undefined;
  /** Gives wire times, which are then the moments when events are due, whatever `times` says. Default: none. */
  readonly wireNumbers?: WireNumbers | undefined;
}

/** The silences that were cut. */
export interface CutGaps {
  readonly count: number;
  /** Recorded time that was left out, in seconds. */
  readonly leftOutS: number;
}

/** Steps back in recorded time. */
export interface StepsBack {
  readonly count: number;
  /** Where the last one began, in Unix seconds; NaN: there was none. */
  readonly fromS: number;
}

/**
 * Decides when each event is due, waits for that moment, and writes the times that then hold into the payload.
 *
 * An event is due at the latest recorded time that an event has reached so far. So an event that is out of order in the
 * recording is due with the one before it, and not late. Where the times step back further than events are out of order, as
 * when a clock was set back, the plan goes on from the earlier time without a wait.
 *
 * For each event: `pacer.turnTo(dueS)`; while `pacer.mustWait`, await `pacer.wait(signal)` and turn to it again; then
 * `pacer.stamp(batch, i)`, send, and `pacer.sent(sizeBytes)`. An event that is due already, the common case, costs no promise.
 *
 * Between two events the plan can be changed by `pause`, `resume`, `changeSpeed`, `seek` and `delay`. Later events are
 * due by the new plan.
 */
export class Pacer {
  private readonly _schedule: Schedule;
  /** Undefined: events are due as recorded. */
  private readonly _own: OwnPace | undefined;
  private readonly _wireNumbers: WireNumbers | undefined;
  private readonly _times: Times;
  private readonly _clock: Clock;
  private readonly _waiter: Pick<Waiter, 'until' | 'turn'>;
  private readonly _stamp = new Stamp();
  private readonly _onReplan: (() => void)[] = [];
  private _speedup: number;
  // A number that may become a fraction begins as NaN, not as 0, nor without a value: V8 keeps each kind in another form, and throws away
  // what it compiled for an object when the form changes.
  private _nowNs = Number.NaN;
  private _dueNs = Number.NaN;
  private _dueS = Number.NaN;
  private _disorderS = Number.NaN;
  private readonly _stepsBack = { count: 0, fromS: Number.NaN };
  /** The latest recorded time that an event has reached, in Unix seconds. */
  private _frontS = Number.NEGATIVE_INFINITY;
  /** When the plan was paused, on the steady clock; undefined: it is not paused. */
  private _pausedNs: number | undefined;
  private readonly _maxGapS: number;
  private readonly _gaps = { count: 0, leftOutS: 0 };
  /** When the event loop has to turn, on the steady clock. */
  private _runEndsNs = Number.NaN;
  /** Whether the event loop has turned since then, or is about to. */
  private _hasWaited = false;
  /** Time of day minus the steady clock, in microseconds. Read again at each turn of the event loop. */
  private _offsetUs = Number.NaN;

  constructor(
    { speedup, times, maxGapS, rate, burst, ownPace, wireNumbers }: Pace,
    clock: Clock,
    waiter: Pick<Waiter, 'until' | 'turn'>,
  ) {
    this._speedup = speedup;
    this._own = ownPace ?? (rate && new EvenPace(rate, burst));
    this._schedule = new Schedule(this._own === undefined ? speedup : Number.POSITIVE_INFINITY);
    this._wireNumbers = wireNumbers;
    this._times = times;
    this._maxGapS = maxGapS;
    this._clock = clock;
    this._waiter = waiter;
    this._nowNs = clock.nowNs();
    this._dueNs = this._nowNs;
    this._beginRun();
  }

  /** The recorded time to which the plan is anchored, in Unix seconds: the first event's. NaN before the first event. */
  get startRecordedS(): number {
    return this._schedule.recordedS;
  }

  /** The time of day at which that moment was played, in microseconds since 1970; NaN before the first event. */
  get startUnixUs(): number {
    return this._schedule.unixUs;
  }

  /**
   * Recorded time by which the current event is due, in Unix seconds: its own, or the latest one before it. NaN: it is due
   * at once.
   */
  get dueS(): number {
    return this._dueS;
  }

  /** How much earlier the current event was recorded than it is due, in seconds: 0 where it is in order. */
  get disorderS(): number {
    return this._disorderS;
  }

  /** The steps back in recorded time so far, after which the plan went on from the earlier time. */
  get stepsBack(): StepsBack {
    return this._stepsBack;
  }

  /** When the current event is due by the present plan, in nanoseconds on the steady clock. */
  get dueNs(): number {
    return this._dueNs;
  }

  /** How long ago the current event was due, in nanoseconds; 0 flat out. */
  get latenessNs(): number {
    return this._nowNs - this._dueNs;
  }

  /** The last reading of the steady clock, in nanoseconds. */
  get nowNs(): number {
    return this._nowNs;
  }

  /** Whether the current event is not due yet, or the event loop has to turn before it is sent: await `wait` first. */
  get mustWait(): boolean {
    return this._dueNs > this._nowNs || this._nowNs >= this._runEndsNs;
  }

  /** Times as fast as recorded, or times the rate; Infinity: flat out. */
  get speedup(): number {
    return this._speedup;
  }

  /** Whether each event is due when it is sent, so that none is ever late. */
  get isFlatOut(): boolean {
    return this._speedup === Number.POSITIVE_INFINITY;
  }

  /** The silences that were cut so far, in all passes. */
  get gaps(): CutGaps {
    return this._gaps;
  }

  /** Current position in recorded time, in Unix seconds; NaN before the first event that has a time. */
  get positionS(): number {
    const plannedS = this._schedule.recordedAt(this._pausedNs ?? this._clock.nowNs());
    const frontS = this._frontS === Number.NEGATIVE_INFINITY ? Number.NaN : this._frontS;
    // If events are behind the plan, the position is theirs.
    return plannedS < frontS ? plannedS : frontS;
  }

  get isPaused(): boolean {
    return this._pausedNs !== undefined;
  }

  /**
   * Calls `listener` after each change of the plan by `begin`, `seek`, `resume`, `meet` or `changeSpeed`: what was due before is
   * not comparable with what comes. `nowNs` is the time of the change.
   */
  onReplan(listener: () => void): void {
    this._onReplan.push(listener);
  }

  /** The next event is due after a rest between two passes. */
  rest(forNs: number): void {
    this._nowNs = this._clock.nowNs();
    this._dueNs = this._nowNs + forNs;
  }

  /**
   * Begins a new pass: its first event sets the plan. A rate goes on.
   *
   * @param restNs how long nothing was to be sent before it
   */
  reset(restNs = 0): void {
    this._schedule.reset();
    if (this._own?.isAnchored === true) this._own.delay(restNs);
    this._frontS = Number.NEGATIVE_INFINITY;
  }

  /** Makes an event due now; the plan continues from it. @param dueS its recorded time, as for `turnTo` */
  begin(dueS: number): void {
    this._nowNs = this._clock.nowNs();
    if (this._pausedNs !== undefined) {
      // Without a time to anchor to, the plan stays where it was paused.
      this.delay(this._nowNs - this._pausedNs);
      this._pausedNs = this._nowNs;
    }
    this._own?.anchor(this._nowNs);
    if (!Number.isNaN(dueS)) {
      if (dueS > this._frontS) this._frontS = dueS;
      else if (this._isStepBack(dueS)) this._stepBack(dueS);
      if (!this._schedule.isFlatOut) this._anchor(this._frontS);
    }
    this._replanned();
  }

  /** Continues from another recorded time, in Unix seconds, which is due now. Silences are measured from there. */
  seek(recordedS: number): void {
    this._frontS = recordedS;
    this.begin(recordedS);
  }

  /** Stops the plan until `resume`. */
  pause(): void {
    this._pausedNs ??= this._clock.nowNs();
  }

  /** Continues the plan where it was paused. @returns the length of the pause in nanoseconds; 0: it was not paused */
  resume(): number {
    if (this._pausedNs === undefined) return 0;
    this._nowNs = this._clock.nowNs();
    const pausedNs = this._nowNs - this._pausedNs;
    this.delay(pausedNs);
    this._pausedNs = undefined;
    this._replanned();
    return pausedNs;
  }

  /** Moves the plan: the current event and all later ones are due `byNs` later. */
  delay(byNs: number): void {
    this._schedule.delay(byNs);
    this._own?.delay(byNs);
    this._dueNs += byNs;
  }

  /** Continues from the current position at another speed. @param speedup above 0; Infinity: flat out */
  changeSpeed(speedup: number): void {
    this._nowNs = this._clock.nowNs();
    const atNs = this._pausedNs ?? this._nowNs;
    if (this._own === undefined) {
      this._schedule.changeSpeed(speedup, this.positionS, atNs, atNs / 1000 + this._offsetUs);
    }
    this._own?.changeSpeed(speedup, atNs);
    this._speedup = speedup;
    this._replanned();
  }

  /**
   * Makes an event the current one, or reads the clock again for the current one, and plans when it is due.
   *
   * @param recordedS its recorded time, in Unix seconds; NaN: it is due at once
   */
  turnTo(recordedS: number): void {
    this._nowNs = this._clock.nowNs();
    if (this._hasWaited) this._beginRun();
    this._disorderS = 0;
    if (recordedS > this._frontS) this._advance(recordedS);
    else if (recordedS < this._frontS) {
      if (this._isStepBack(recordedS)) this._stepBack(recordedS);
      else this._disorderS = this._frontS - recordedS;
    }
    this._dueS = Number.isNaN(recordedS) ? Number.NaN : this._frontS;
    if (this.isFlatOut) this._dueNs = this._nowNs;
    else if (this._own !== undefined) this._dueNs = this._ownDueNs(this._own);
    else if (Number.isNaN(recordedS)) this._dueNs = this._nowNs;
    else {
      if (!this._schedule.isAnchored) this._anchor(this._frontS);
      this._dueNs = this._schedule.dueNs(this._frontS);
    }
  }

  /**
   * Makes an event the current one that could not be sent before, since it was not there yet. If it was due before, the plan moves,
   * so that it is due now. To be called before `turnTo`.
   *
   * @param recordedS as for `turnTo`
   */
  meet(recordedS: number): void {
    this.turnTo(recordedS);
    // A plan that is paused goes on from there.
    const atNs = this._pausedNs ?? this._nowNs;
    if (this._dueNs < atNs) this.delay(atNs - this._dueNs);
    this._replanned();
  }

  /**
   * Waits until the current event is due, and lets the event loop turn at least once. Ends early when `signal` is aborted.
   * Call `turnTo` afterwards: the plan may have changed.
   */
  wait(signal: AbortSignal | undefined): Promise<void> {
    this._hasWaited = true;
    return this._dueNs > this._nowNs ? this._waiter.until(this._dueNs, signal) : this._waiter.turn();
  }

  /** Lets the event loop turn once. */
  turn(): Promise<void> {
    return this._waiter.turn();
  }

  /**
   * Counts the current event as sent. Call it for a dropped event too, which uses up its share of a rate.
   *
   * @param sizeBytes of its topic and payload
   */
  sent(sizeBytes: number): void {
    this._own?.sent(sizeBytes);
  }

  /**
   * Writes the times of event `i`, which is sent now.
   *
   * @returns its payload: a view of the batch in nearly all cases
   */
  stamp(batch: Batch, i: number): Buffer {
    if (this._wireNumbers !== undefined) return this._stampNumbered(this._wireNumbers, batch, i);
    if (this._times === 'original') return this._stamp.write(batch, i, 0, 0);
    const dueS = batch.dueS[i];
    if (this._times === 'replay' && this._schedule.isAnchored) {
      const wireUs = this._schedule.rewrittenUs(dueS);
      return this._stamp.write(batch, i, wireUs, this._schedule.rewrittenUs(batch.dataS[i]));
    }
    const sentUs = this._unixUs();
    return this._stamp.write(batch, i, sentUs, this._schedule.stampedUs(batch.dataS[i], dueS, sentUs));
  }

  /** The data time keeps its recorded distance from the wire time. */
  private _stampNumbered(numbers: WireNumbers, batch: Batch, i: number): Buffer {
    const wireUs = numbers.next(this._dueNs / 1000 + this._offsetUs);
    return this._stamp.write(
      batch,
      i,
      wireUs,
      this._schedule.stampedUs(batch.dataS[i], batch.dueS[i], wireUs),
    );
  }

  private _ownDueNs(own: OwnPace): number {
    own.reach?.(this._frontS);
    if (!own.isAnchored) own.anchor(this._nowNs);
    return own.dueNs;
  }

  private _anchor(dueS: number): void {
    this._beginRun();
    this._schedule.anchor(dueS, this._nowNs, this._unixUs());
  }

  private _advance(dueS: number): void {
    const beforeS = this._frontS;
    const excessS = dueS - beforeS - this._maxGapS;
    this._frontS = dueS;
    // Before the first event the difference is infinite: that is no silence. Flat out no silence is waited for.
    if (!(excessS > 0 && excessS < Number.POSITIVE_INFINITY) || this._schedule.isFlatOut) return;
    this._gaps.count += 1;
    this._gaps.leftOutS += excessS;
    this._schedule.continueAt(dueS, beforeS, this._maxGapS);
  }

  private _isStepBack(recordedS: number): boolean {
    return recordedS < this._frontS - SLACK_S;
  }

  /** Goes on from an earlier recorded time, which is due with the event before. */
  private _stepBack(recordedS: number): void {
    this._stepsBack.count += 1;
    this._stepsBack.fromS = this._frontS;
    this._schedule.continueAt(recordedS, this._frontS, 0);
    this._frontS = recordedS;
  }

  private _replanned(): void {
    for (const listener of this._onReplan) listener();
  }

  private _unixUs(): number {
    return Math.round(this._nowNs / 1000 + this._offsetUs);
  }

  private _beginRun(): void {
    this._hasWaited = false;
    this._runEndsNs = this._nowNs + LONGEST_RUN_NS;
    this._offsetUs = this._clock.unixUs() - this._clock.nowNs() / 1000;
  }
}
