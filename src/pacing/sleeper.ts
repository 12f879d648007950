import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { Clock } from '../shared/clock.js';

/** Blocks the thread, and with it its event loop, by sleeping or spinning. Tests inject their own. */
export interface Sleeper {
  /** Sleeps for `durationNs` and usually some tens of microseconds longer. */
  sleep(durationNs: number): void;
  /** Returns at `dueNs` on the steady clock: never earlier, and within a microsecond on an idle machine. */
  sleepUntil(dueNs: number): void;
  /** As `sleepUntil`, without sleeping. */
  spinUntil(dueNs: number): void;
}

/** Longest single sleep. `Atomics.wait` would take a time that is not a number for one without end. */
const LONGEST_SLEEP_MS = 1000;

/** Never notified: waiting on it always runs into the timeout. */
const cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

const IDLE_LOADS = 200;
const LEAST_MARGIN_NS = 5_000;
/** Longest margin. A sleep that ends later was kept from its core, and no margin helps against that. */
const MOST_MARGIN_NS = 150_000;
const FIRST_MARGIN_NS = 60_000;
/** The margin adapts so that nine of ten sleeps end within it: a later one adds nine steps, any other removes one. */
const MARGIN_STEP_NS = 500;
const STEPS_UP = 9;

/** Sleeps, then spins for the last part; adapts that part to how late recent sleeps ended. */
export class ThreadSleeper implements Sleeper {
  private readonly _clock: Clock;
  private readonly _sleep: (durationNs: number) => void;
  private _marginNs = FIRST_MARGIN_NS;

  /** @param sleep blocks the thread for the duration in nanoseconds, or longer */
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
 * Takes some tenths of a microsecond. Each reading of the clock allocates: without a pause between readings it would be
 * megabytes per second, and their collection would make events late.
 */
function idle(): void {
  for (let i = 0; i < IDLE_LOADS; i++) Atomics.load(cell, 0);
}

function waitInVain(durationNs: number): void {
  const durationMs = durationNs / 1e6;
  if (durationMs > 0) Atomics.wait(cell, 0, 0, Math.min(durationMs, LONGEST_SLEEP_MS));
}

/**
 * Makes sleeps of the main thread end on time. Linux lets them end 50 µs late, to wake several threads at once
 * (`timerslack_ns` in proc_pid(5)). This reduces the median lateness from 75 to 20 µs. Timers of whole milliseconds gain
 * nothing.
 *
 * The setting is not restored, since it harms nothing. Threads and programs that are started later inherit it.
 */
export function endSleepsOnTime(): void {
  // The file always sets the main thread, also when a worker thread writes to it.
  if (!isMainThread) return;
  try {
    writeFileSync('/proc/self/timerslack_ns', '1');
  } catch {
    // Not Linux, or not permitted: sleeps end later, and the margin grows.
  }
}
