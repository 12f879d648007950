import type { Clock } from './clock.js';

/** The timers that waiting needs; tests inject their own. */
export interface Timers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: never): void;
  setImmediate(callback: () => void): unknown;
}

/** Timers have whole milliseconds, fire up to one early and often one late: this much is waited in turns of the loop. */
const TURNS_NS = 1.5e6;
/** Node's longest timer. A longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits for moments on the steady clock, and lets the event loop turn all the while. */
export class Waiter {
  private readonly _clock: Clock;
  private readonly _timers: Timers;

  constructor(clock: Clock, timers: Timers = globalThis as Timers) {
    this._clock = clock;
    this._timers = timers;
  }

  /**
   * Resolves at `dueNs` on the steady clock, or soon after `signal` is aborted.
   *
   * Far from it a timer sleeps; for the last 2.5 ms the loop turns, which is exact to some microseconds and takes a
   * core's time.
   */
  async until(dueNs: number, signal?: AbortSignal): Promise<void> {
    while (signal?.aborted !== true) {
      const leftNs = dueNs - this._clock.nowNs();
      if (leftNs <= 0) return;
      const sleepMs = Math.floor((leftNs - TURNS_NS) / 1e6);
      if (sleepMs >= 1) await this._sleep(sleepMs, signal);
      else await this.turn();
    }
  }

  /** Lets the event loop turn once: timers, signals and sockets have their say. */
  turn(): Promise<void> {
    return new Promise((resolve) => this._timers.setImmediate(resolve));
  }

  private _sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this._timers.clearTimeout(timer as never);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = this._timers.setTimeout(done, Math.min(delayMs, LONGEST_TIMER_MS));
      signal?.addEventListener('abort', done);
    });
  }
}
