import type { Sample } from './sample.js';

/** A small part of the work for each event. */
export interface MicroTask {
  /** Unique, and stable across versions. */
  readonly id: string;
  /** Name of what is counted. */
  readonly operation: string;
  /** Whether the quick level includes it: parts that nearly every event passes through. */
  readonly isQuick: boolean;
  /** Prepares the task's input, before the clock starts. */
  readonly make: (sample: Sample) => Work;
}

/** The repeated work of a task. */
export interface Work {
  /** Number of operations in each call. */
  readonly operations: number;
  /** Does the work. It must leave nothing behind that slows the next call. */
  readonly call: () => unknown;
  /**
   * Checks the result of the last call, once, after the clock has stopped. Returns what is wrong; undefined:
   * nothing.
   */
  readonly fault: () => string | undefined | Promise<string | undefined>;
}

/** Compares a result with its expected value. @returns what is wrong; undefined: nothing */
export function faultOf(what: string, expected: unknown, found: unknown): string | undefined {
  return Object.is(expected, found) ? undefined : `expected ${what} to be ${expected}, found ${found}`;
}
