/** The input and the output of the measured program. */

/** The program's only argument, as JSON. */
export interface LoopTask {
  readonly database: string;
  readonly url: string;
  /** Number of events after which it ends; it makes as many passes as that takes. */
  readonly events: number;
  /** Events per second; undefined: flat out. */
  readonly ratePerS?: number;
  /** Undefined: the library's default. */
  readonly highWaterMark?: number;
}

/** What the program prints at its end, as JSON. */
export interface LoopReport {
  readonly sent: number;
  /** Seconds from the end of the warm-up to the last sample. */
  readonly durationS: number;
  /** Rate of the events sent in that time. */
  readonly eventsPerS: number;
  /** How much later than requested a timer of 1 ms came, in that time. */
  readonly loopDelay: LoopDelay;
  /** Several per second, from the end of the warm-up on. */
  readonly samples: readonly Sample[];
}

export interface LoopDelay {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/** The state at one moment. */
export interface Sample {
  /** Seconds since the end of the warm-up. */
  readonly atS: number;
  readonly sent: number;
  /** Of the whole process, all threads included. */
  readonly rssBytes: number;
  /** Of the main thread, like the next two. */
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  readonly arrayBuffersBytes: number;
  /** Since the sample before; null if no timer came. */
  readonly p99DelayUs: number | null;
}

/** The share of all events that warms up: code gets compiled, buffers and queues reach their sizes. */
export const WARM_UP_SHARE = 0.2;
export const SAMPLE_INTERVAL_MS = 100;
export const DELAY_RESOLUTION_MS = 1;
