import type { Sleeper } from '../../src/pacing/sleeper.js';
import type { Timers } from '../../src/pacing/waiter.js';
import type { Clock } from '../../src/shared/clock.js';

/** A clock, timers and sleeps that follow each other, in no time: whoever waits moves the clock on. */
export class SimulatedTime implements Clock, Timers, Sleeper {
  /** The steady clock. */
  ns = 5e9;
  /** The time of day when the steady clock stood at 0. */
  dayUs = 1_700_000_000e6;
  /** What a turn of the event loop takes. */
  turnNs = 20_000;
  /** What a look at the steady clock takes. */
  readNs = 0;
  /** How much later than asked for a timer fires, or earlier. */
  timerErrorMs = () => 0;
  /** How much later than asked for a sleep ends: 0 or more. */
  sleepErrorNs = () => 0;
  /** Is called before each turn of the loop, with how many there were. */
  onTurn: (turns: number) => void = () => {};
  /** Whether timers fire by themselves; else they never do. */
  timersFire = true;

  turns = 0;
  /** The delays of the timers so far. */
  readonly delaysMs: number[] = [];
  /** The sleeps so far, as they were asked for. */
  readonly sleepsNs: number[] = [];
  /** The longest time that sleeps held up the event loop, from a turn or a timer to the next. */
  longestHoldNs = 0;
  /** Timers that have neither fired nor been cleared. */
  readonly pending = new Set<object>();
  private _holdNs = 0;
  private _incident: { atNs: number; callback: () => void } | undefined;

  nowNs(): number {
    this.ns += this.readNs;
    return this.ns;
  }

  unixUs(): number {
    return Math.round(this.dayUs + this.ns / 1000);
  }

  /** Something from outside comes at `atNs`: the event loop takes it as soon as it is not held up. */
  at(atNs: number, callback: () => void): void {
    this._incident = { atNs, callback };
  }

  setTimeout(callback: () => void, delayMs: number): object {
    const timer = {};
    this.pending.add(timer);
    this.delaysMs.push(delayMs);
    const firesNs = this.ns + Math.max(0, delayMs + this.timerErrorMs()) * 1e6;
    const fire = () => {
      this._letIn(firesNs);
      if (!this.pending.delete(timer)) return;
      this.ns = Math.max(this.ns, firesNs);
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
      this._letIn(this.ns);
      callback();
    });
  }

  sleep(durationNs: number): void {
    this.sleepsNs.push(durationNs);
    const sleptNs = durationNs + this.sleepErrorNs();
    this.ns += sleptNs;
    this._hold(sleptNs);
  }

  spinUntil(dueNs: number): void {
    const spunNs = Math.max(0, dueNs - this.ns);
    this.ns += spunNs;
    this._hold(spunNs);
  }

  sleepUntil(dueNs: number): void {
    this.sleep(Math.max(0, dueNs - this.ns));
  }

  private _hold(forNs: number): void {
    this._holdNs += forNs;
    this.longestHoldNs = Math.max(this.longestHoldNs, this._holdNs);
  }

  /** The loop is free until `untilNs`. */
  private _letIn(untilNs: number): void {
    this._holdNs = 0;
    const incident = this._incident;
    if (incident === undefined || incident.atNs > untilNs) return;
    this._incident = undefined;
    this.ns = Math.max(this.ns, incident.atNs);
    incident.callback();
  }
}
