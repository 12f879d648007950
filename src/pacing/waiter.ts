import type { Clock } from '../shared/clock.js';
import { endSleepsOnTime, type Sleeper, ThreadSleeper } from './sleeper.js';

/**
 * How the wait for an event's moment is made: what is exact takes CPU time.
 *
 * - `precise`: turns of the event loop for the last 2.5 ms. A core's time.
 * - `balanced`: short sleeps of the thread, the last one to the microsecond. Some percent of a core.
 * - `eco`: timers alone. About a millisecond late, never early.
 */
export type Timing = 'precise' | 'balanced' | 'eco';

/** The timers that waiting needs; tests inject their own. */
export interface Timers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: never): void;
  setImmediate(callback: () => void): unknown;
}

export interface WaiterOptions {
  readonly timing: Timing;
  /** Default: those of Node. */
  readonly timers?: Timers;
  /** Default: the thread's own sleep. */
  readonly sleeper?: Sleeper;
}

/** Timers have whole milliseconds, fire up to one early and often one late: they end so long before a moment. */
const TIMER_MARGIN_NS = 1.5e6;
/**
 * Linux lets a long timer be late by a thousandth of it (`select_estimate_accuracy` in its `fs/select.c`). So one ends this
 * part of the time before, and another follows.
 */
const TIMER_MARGIN_SHARE = 1 / 500;
/** Node's longest timer. A longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A sleep holds up the event loop: no longer than this, and what it is late by. */
const LONGEST_SLEEP_NS = 500_000;
/** So long the thread waits awake between two turns of the loop: each turn leaves garbage, and takes what it takes. */
const SPIN_NS = 50_000;

/** Waits for moments on the steady clock, and lets the event loop turn all the while. */
export class Waiter {
  private readonly _clock: Clock;
  private readonly _timing: Timing;
  private readonly _timers: Timers;
  private readonly _sleeper: Sleeper;

  constructor(clock: Clock, { timing, timers, sleeper }: WaiterOptions) {
    this._clock = clock;
    this._timing = timing;
    this._timers = timers ?? (globalThis as Timers);
    this._sleeper = sleeper ?? new ThreadSleeper(clock);
    if (timing === 'balanced' && sleeper === undefined) endSleepsOnTime();
  }

  /**
   * Resolves at `dueNs` on the steady clock, never before, or as soon as `signal` is aborted: within a millisecond.
   *
   * Far from it a timer sleeps, whatever the timing; it is the last 2.5 ms that differ.
   */
  async until(dueNs: number, signal?: AbortSignal): Promise<void> {
    const isAborted = () => signal?.aborted === true;
    while (!isAborted()) {
      const leftNs = dueNs - this._clock.nowNs();
      if (leftNs <= 0) return;
      const delayMs = this._timerMs(leftNs);
      if (delayMs >= 1) {
        await this._timer(delayMs, signal);
        continue;
      }
      await this.turn();
      if (isAborted()) return;
      if (this._timing === 'balanced') this._sleep(dueNs);
      else if (this._timing === 'precise')
        this._sleeper.spinUntil(Math.min(dueNs, this._clock.nowNs() + SPIN_NS));
    }
  }

  /** Lets the event loop turn once: timers, signals and sockets have their say. */
  turn(): Promise<void> {
    return new Promise((resolve) => this._timers.setImmediate(resolve));
  }

  /** The next timer of a wait, in milliseconds; below 1: none. */
  private _timerMs(leftNs: number): number {
    const shareNs = TIMER_MARGIN_SHARE * leftNs;
    const delayMs =
      this._timing === 'eco' && shareNs < 1e6
        ? Math.ceil(leftNs / 1e6)
        : Math.floor((leftNs - Math.max(TIMER_MARGIN_NS, shareNs)) / 1e6);
    return Math.min(delayMs, LONGEST_TIMER_MS);
  }

  private _timer(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this._timers.clearTimeout(timer as never);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = this._timers.setTimeout(done, delayMs);
      signal?.addEventListener('abort', done);
    });
  }

  /** Sleeps until `dueNs`, or a part of the way there. */
  private _sleep(dueNs: number): void {
    const leftNs = dueNs - this._clock.nowNs();
    if (leftNs <= 0) return;
    const sleeps = Math.ceil(leftNs / LONGEST_SLEEP_NS);
    if (sleeps === 1) this._sleeper.sleepUntil(dueNs);
    else this._sleeper.sleep(leftNs / sleeps);
  }
}
