import type { Batch } from './batch.js';
import type { Clock } from './clock.js';
import { Schedule, type Times } from './schedule.js';
import { Stamp } from './stamp.js';
import type { Waiter } from './wait.js';

/** The event loop turns at least this often, however much is to be sent: signals, timers and sockets have their say. */
const LONGEST_RUN_NS = 300_000;

/**
 * Brings each event to its moment: says whether to wait, waits, and writes the times that hold then.
 *
 * For each event: `if (pacer.mustWait(dueS)) await pacer.wait(signal)`, then `pacer.stamp(batch, i)` and send.
 * The common case, an event that is due already, costs no promise.
 */
export class Pacer {
  readonly #schedule: Schedule;
  readonly #times: Times;
  readonly #clock: Clock;
  readonly #waiter: Waiter;
  readonly #stamp = new Stamp();
  #nowNs: number;
  #dueNs = 0;
  #dueS = Number.NaN;
  #runEndsNs = 0;
  /** Time of day less the steady clock, in microseconds; read anew at each turn of the loop. */
  #offsetUs = 0;

  /** @param speedup above 0; Infinity: flat out */
  constructor(speedup: number, times: Times, clock: Clock, waiter: Waiter) {
    this.#schedule = new Schedule(speedup);
    this.#times = times;
    this.#clock = clock;
    this.#waiter = waiter;
    this.#nowNs = clock.nowNs();
    this.#beginRun();
  }

  /** The recorded time that the first event was due by, in Unix seconds; NaN before there is one. */
  get startRecordedS(): number {
    return this.#schedule.recordedS;
  }

  /** The time of day at which that event was sent, in microseconds since 1970; NaN before. */
  get startUnixUs(): number {
    return this.#schedule.unixUs;
  }

  /** When the event at hand is due, in nanoseconds on the steady clock. */
  get dueNs(): number {
    return this.#dueNs;
  }

  /** How long ago the event at hand was due, in nanoseconds; 0 flat out. */
  get latenessNs(): number {
    return this.#nowNs - this.#dueNs;
  }

  /** The steady clock when it was read last, in nanoseconds. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** Begins a new pass: the next event sets the plan. */
  reset(): void {
    this.#schedule.reset();
  }

  /**
   * Turns to the next event.
   *
   * @param dueS recorded time that it is due by, in Unix seconds; NaN: at once
   * @returns whether `wait` has to be awaited before it is sent
   */
  mustWait(dueS: number): boolean {
    this.#nowNs = this.#clock.nowNs();
    this.#dueS = dueS;
    if (this.#schedule.isFlatOut || Number.isNaN(dueS)) {
      this.#dueNs = this.#nowNs;
    } else {
      if (!this.#schedule.isAnchored) {
        this.#beginRun();
        this.#schedule.anchor(dueS, this.#nowNs, this.#unixUs());
      }
      this.#dueNs = this.#schedule.dueNs(dueS);
    }
    return this.#dueNs > this.#nowNs || this.#nowNs >= this.#runEndsNs;
  }

  /** Waits until the event is due, and lets the event loop turn at least once. Ends early when `signal` is aborted. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    const isAtOnce = this.#dueNs <= this.#nowNs;
    if (isAtOnce) await this.#waiter.turn();
    else await this.#waiter.until(this.#dueNs, signal);
    const dueBefore = this.#dueNs === this.#nowNs;
    this.#nowNs = this.#clock.nowNs();
    if (dueBefore) this.#dueNs = this.#nowNs;
    this.#beginRun();
  }

  /** Writes the times of event `i`, which is sent now. @returns its payload, a view of the batch in nearly all cases */
  stamp(batch: Batch, i: number): Buffer {
    if (this.#times === 'original') return this.#stamp.write(batch, i, 0, 0);
    const dueS = this.#dueS;
    if (this.#times === 'replay' && this.#schedule.isAnchored) {
      const wireUs = this.#schedule.rewrittenUs(dueS);
      return this.#stamp.write(batch, i, wireUs, this.#schedule.rewrittenUs(batch.dataS[i]));
    }
    const sentUs = this.#unixUs();
    return this.#stamp.write(batch, i, sentUs, this.#schedule.stampedUs(batch.dataS[i], dueS, sentUs));
  }

  #unixUs(): number {
    return Math.round(this.#nowNs / 1000 + this.#offsetUs);
  }

  #beginRun(): void {
    this.#runEndsNs = this.#nowNs + LONGEST_RUN_NS;
    this.#offsetUs = this.#clock.unixUs() - this.#clock.nowNs() / 1000;
  }
}
