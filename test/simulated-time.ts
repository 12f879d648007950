import type { Clock } from '../src/clock.js';
import type { Timers } from '../src/wait.js';

/** A clock and timers that follow each other, in no time: whoever waits moves the clock on. */
export class SimulatedTime implements Clock, Timers {
  /** The steady clock. */
  ns = 5e9;
  /** The time of day when the steady clock stood at 0. */
  dayUs = 1_700_000_000e6;
  /** What a turn of the event loop takes. */
  turnNs = 20_000;
  /** How much later than asked for a timer fires, or earlier. */
  timerErrorMs = () => 0;
  /** Is called before each turn of the loop, with how many there were. */
  onTurn: (turns: number) => void = () => {};
  /** Whether timers fire by themselves; else they never do. */
  timersFire = true;

  turns = 0;
  /** The delays of the timers so far. */
  readonly delaysMs: number[] = [];
  /** Timers that have neither fired nor been cleared. */
  readonly pending = new Set<object>();

  nowNs(): number {
    return this.ns;
  }

  unixUs(): number {
    return Math.round(this.dayUs + this.ns / 1000);
  }

  setTimeout(callback: () => void, delayMs: number): object {
    const timer = {};
    this.pending.add(timer);
    this.delaysMs.push(delayMs);
    const fire = () => {
      if (!this.pending.delete(timer)) return;
      this.ns += Math.max(0, delayMs + this.timerErrorMs()) * 1e6;
      callback();
    };
    if (this.timersFire) queueMicrotask(fire);
    return timer;
  }

  clearTimeout(timer: object): void {
    this.pending.delete(timer);
  }

  setImmediate(callback: () => void): void {
    queueMicrotask(() => {
      this.onTurn(this.turns);
      this.turns += 1;
      this.ns += this.turnNs;
      callback();
    });
  }
}
