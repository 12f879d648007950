/** What the program that is measured is asked for, and what it tells. */

/** Its only argument, as JSON. */
export interface LoopTask {
  readonly database: string;
  readonly url: string;
  /** It ends after so many, in as many passes as they take. */
  readonly events: number;
  /** Undefined: flat out. */
  readonly ratePerS?: number;
  /** Undefined: its default. */
  readonly highWaterMark?: number;
}

/** What it prints at its end, as JSON. */
export interface LoopReport {
  readonly sent: number;
  /** From when it was warm to its last event. */
  readonly durationS: number;
  /** Of events sent in that time. */
  readonly eventsPerS: number;
  /** How much later than asked for a timer of a millisecond came, in that time. */
  readonly loopDelay: LoopDelay;
  /** Some each second, from when it was warm. */
  readonly samples: readonly Sample[];
}

export interface LoopDelay {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/** How it stood at a moment. */
export interface Sample {
  /** Since it was warm. */
  readonly atS: number;
  readonly sent: number;
  /** Of the whole process, its threads included. */
  readonly rssBytes: number;
  /** Of the main thread, as all that follows. */
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  readonly arrayBuffersBytes: number;
  /** Since the sample before; null where no timer came. */
  readonly p99DelayUs: number | null;
}

/** The part of all events after which it is taken to be warm: code is compiled, buffers and queues have their size. */
export const WARM_UP_SHARE = 0.2;
export const SAMPLE_INTERVAL_MS = 100;
export const DELAY_RESOLUTION_MS = 1;
