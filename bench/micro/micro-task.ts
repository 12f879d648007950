import type { Sample } from './sample.js';

/** A small part of what is done for each event. */
export interface MicroTask {
  /** Unique among all, and the same in every version. */
  readonly id: string;
  /** What is counted. */
  readonly operation: string;
  /** Whether a quick look has it: what an event on its way mostly meets. */
  readonly isQuick: boolean;
  /** Makes what it works on, before the clock starts. */
  readonly make: (sample: Sample) => Work;
}

/** What is done again and again. */
export interface Work {
  /** Of each call. */
  readonly operations: number;
  /** Leaves nothing behind that makes the next call slower. */
  readonly call: () => unknown;
  /** What is wrong with what the last call did; undefined: nothing. Is asked once, when the clock has stopped. */
  readonly fault: () => string | undefined | Promise<string | undefined>;
}

/** Of a result that is to be one thing. */
export function faultOf(what: string, expected: unknown, found: unknown): string | undefined {
  return Object.is(expected, found) ? undefined : `expected ${what} to be ${expected}, found ${found}`;
}
