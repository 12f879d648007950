import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { Clock } from '../shared/clock.js';

/** Has the thread wait, asleep or awake, which holds up its event loop. Tests inject their own. */
export interface Sleeper {
  /** Sleeps so long, and some tens of microseconds more. */
  sleep(durationNs: number): void;
  /** Returns at `dueNs` on the steady clock, never before, and to the microsecond where the machine is free. */
  sleepUntil(dueNs: number): void;
  /** As `sleepUntil`, awake all the while. */
  spinUntil(dueNs: number): void;
}

/** Nobody else has it, so that nobody ever wakes whoever waits on it. */
const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

const IDLE_LOADS = 200;
const LEAST_MARGIN_NS = 5_000;
/** No sleep is taken to be later: what is was kept from its core, which no margin helps against. */
const MOST_MARGIN_NS = 150_000;
const FIRST_MARGIN_NS = 60_000;
/** Nine sleeps of ten are to end within the margin: one that does not adds nine steps to it, another takes one off. */
const MARGIN_STEP_NS = 500;
const STEPS_UP = 9;

/** Sleeps most of the time, and is awake for the rest: as long as sleeps have been late here of late. */
export class ThreadSleeper implements Sleeper {
  private readonly _clock: Clock;
  private readonly _sleep: (durationNs: number) => void;
  private _marginNs = FIRST_MARGIN_NS;

  /** @param sleep blocks the thread for so long, or longer */
  constructor(clock: Clock, sleep: (durationNs: number) => void = waitInVain) {
    this._clock = clock;
    this._sleep = sleep;
  }

  sleep(durationNs: number): void {
    this._sleep(durationNs);
  }

  sleepUntil(dueNs: number): void {
    const wakeNs = dueNs - this._marginNs;
    const sleepNs = wakeNs - this._clock.nowNs();
    if (sleepNs > 0) {
      this._sleep(sleepNs);
      this._adapt(this._clock.nowNs() - wakeNs);
    }
    this.spinUntil(dueNs);
  }

  spinUntil(dueNs: number): void {
    while (this._clock.nowNs() < dueNs) idle();
  }

  private _adapt(latenessNs: number): void {
    const stepNs = latenessNs > this._marginNs ? STEPS_UP * MARGIN_STEP_NS : -MARGIN_STEP_NS;
    this._marginNs = Math.min(MOST_MARGIN_NS, Math.max(LEAST_MARGIN_NS, this._marginNs + stepNs));
  }
}

/**
 * Takes some tenths of a microsecond. Each look at the clock leaves garbage; without a pause between them it would be
 * megabytes a second, and their collection would make events late.
 */
function idle(): void {
  for (let i = 0; i < IDLE_LOADS; i++) Atomics.load(cell, 0);
}

function waitInVain(durationNs: number): void {
  Atomics.wait(cell, 0, 0, durationNs / 1e6);
}

/**
 * Has sleeps of the main thread end on time. Linux lets them be 50 µs late, so that it can wake several threads at once
 * (`timerslack_ns` in proc_pid(5)); this takes the median from 75 to 20 µs. Timers of whole milliseconds are none the
 * better for it.
 *
 * It stays so, as there is nothing that it could do harm to: threads and programs that are started later inherit it.
 */
export function endSleepsOnTime(): void {
  // The file is the main thread's, whoever writes to it.
  if (!isMainThread) return;
  try {
    writeFileSync('/proc/self/timerslack_ns', '1');
  } catch {
    // Not Linux, or not allowed: sleeps are later, and the margin wider.
  }
}
