import type { Clock } from '../shared/clock.js';
import { endSleepsOnTime, type Sleeper, ThreadSleeper } from './sleeper.js';

/**
 * How to wait until an event is due. Exactness costs CPU time.
 *
 * - `precise`: spins and turns the event loop for the last 2.5 ms. Takes a whole core.
 * - `balanced`: short sleeps of the thread, the last one exact to a microsecond. Takes a few percent of a core.
 * - `eco`: timers only. About a millisecond late, never early.
 */
export type Timing = 'precise' | 'balanced' | 'eco';

/** The timers that a waiter uses. Tests inject their own. */
export interface Timers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: never): void;
  setImmediate(callback: () => void): unknown;
}

export interface WaiterOptions {
  readonly timing: Timing;
  /** Default: Node's. */
  readonly timers?: Timers;
  /** Default: a `ThreadSleeper`. */
  readonly sleeper?: Sleeper;
}

/** A timer is set to end this long before the moment: it counts whole milliseconds, and fires up to one early or late. */
const TIMER_MARGIN_NS = 1.5e6;
/**
 * Linux lets a long timer end late by a thousandth of its duration (`select_estimate_accuracy` in its `fs/select.c`). So a
 * timer is set to end earlier by this share of the time, and another one follows.
 */
const TIMER_MARGIN_SHARE = 1 / 500;
/** Node's longest timer. A longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A longer wait is made of several: a time that is added to the clock, or multiplied, stays finite. */
const LONGEST_WAIT_NS = LONGEST_TIMER_MS * 1e6;
/** Longest sleep, since a sleep blocks the event loop. */
const LONGEST_SLEEP_NS = 500_000;
/** How long the thread spins between two turns of the event loop: each turn allocates and takes time. */
const SPIN_NS = 50_000;

/**
 * Waits until moments of the steady clock, one at a time. The event loop keeps turning meanwhile.
 *
 * A wait makes one promise, and all else is made once: each event is waited for, and what is thrown away then is collected
 * while others are due.
 */
export class Waiter {
  private readonly _clock: Clock;
  private readonly _timing: Timing;
  private readonly _timers: Timers;
  private readonly _sleeper: Sleeper;
  /** Of the current wait, as `until` has them. */
  private _dueNs = Number.NaN;
  private _signal: AbortSignal | undefined;
  private _resolve: () => void = () => {};
  private _timer: unknown;
  private readonly _begin = (resolve: () => void) => {
    this._resolve = resolve;
    this._goOn();
  };
  private readonly _turned = () => {
    if (!this._isAborted) {
      if (this._timing === 'balanced') this._sleep();
      else if (this._timing === 'precise')
        this._sleeper.spinUntil(Math.min(this._dueNs, this._clock.nowNs() + SPIN_NS));
    }
    this._goOn();
  };
  private readonly _endTimer = () => {
    this._timers.clearTimeout(this._timer as never);
    this._signal?.removeEventListener('abort', this._endTimer);
    this._goOn();
  };

  constructor(clock: Clock, { timing, timers, sleeper }: WaiterOptions) {
    this._clock = clock;
    this._timing = timing;
    this._timers = timers ?? (globalThis as Timers);
    this._sleeper = sleeper ?? new ThreadSleeper(clock);
    if (timing === 'balanced' && sleeper === undefined) endSleepsOnTime();
  }

  /**
   * Resolves at `dueNs` on the steady clock, never earlier, or within a millisecond after `signal` is aborted. Infinity: only
   * then; NaN: at once. Call it again only when it has resolved.
   *
   * All timings use timers until the last 2.5 ms.
   */
  until(dueNs: number, signal?: AbortSignal): Promise<void> {
    this._dueNs = dueNs;
    this._signal = signal;
    return new Promise(this._begin);
  }

  /** Lets the event loop turn once, so that timers, signals and sockets are handled. */
  turn(): Promise<void> {
    return new Promise((resolve) => this._timers.setImmediate(resolve));
  }

  private get _isAborted(): boolean {
    return this._signal?.aborted === true;
  }

  /** Ends the wait, or begins its next timer or turn of the event loop. */
  private _goOn(): void {
    const leftNs = Math.min(this._dueNs - this._clock.nowNs(), LONGEST_WAIT_NS);
    // Also where it is NaN: such a moment is now.
    if (!(leftNs > 0) || this._isAborted) this._resolve();
    else this._waitOn(this._timerMs(leftNs));
  }

  /** Begins a timer, or with `delayMs` below 1 a turn of the event loop. */
  private _waitOn(delayMs: number): void {
    if (delayMs < 1) this._timers.setImmediate(this._turned);
    else {
      this._timer = this._timers.setTimeout(this._endTimer, delayMs);
      this._signal?.addEventListener('abort', this._endTimer);
    }
  }

  /** Duration of the next timer of a wait, in milliseconds; below 1: no timer. */
  private _timerMs(leftNs: number): number {
    const shareNs = TIMER_MARGIN_SHARE * leftNs;
    const delayMs =
      this._timing === 'eco' && shareNs < 1e6
        ? Math.ceil(leftNs / 1e6)
        : Math.floor((leftNs - Math.max(TIMER_MARGIN_NS, shareNs)) / 1e6);
    return delayMs;
  }

  /** Sleeps until the moment, or for a part of the time. */
  private _sleep(): void {
    const leftNs = this._dueNs - this._clock.nowNs();
    if (leftNs <= 0) return;
    const sleeps = Math.ceil(leftNs / LONGEST_SLEEP_NS);
    if (sleeps === 1) this._sleeper.sleepUntil(this._dueNs);
    else this._sleeper.sleep(leftNs / sleeps);
  }
}
