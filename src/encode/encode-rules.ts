import type { TimeRange } from '../selection/time-ranges.js';

/** Which values are converted by their `data_type`. */
export interface Conversions {
  /** Values of `data_type` "number" become JSON numbers, where they are numbers. */
  readonly convertNumber: boolean;
  /** Values of `data_type` "boolean" become JSON booleans, where they are `true` or `false`. */
  readonly convertBool: boolean;
}

/** What becomes of an event's values on the way to its payload. */
export interface EncodeRules extends Conversions {
  /** Usable times become slots that a time is written into later; otherwise they stay as recorded. */
  readonly timeSlots: boolean;
  /** By which time events are merged with those of other recordings. */
  readonly keyTime: KeyTime;
  /** Events that are due in none of these are left out, sorted and apart; undefined: all are wanted. */
  readonly ranges: readonly TimeRange[] | undefined;
}

/**
 * The time when an event is due, or its data time: that of the event table, or else of the attribute, or else the
 * time when it is due.
 */
export type KeyTime = 'due' | 'data';

/**
 * Before each key in the source, where values are to be converted: what the `data_type` of its value is. Without
 * conversion the letter is left out.
 */
export const TYPE_LETTER = { number: 'n', boolean: 'b', string: 's' } as const;
