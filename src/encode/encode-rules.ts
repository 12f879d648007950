import type { TimeRange } from '../selection/time-ranges.js';

/** Which values are converted according to their `data_type`. */
export interface Conversions {
  /** Texts of `data_type` "number" become JSON numbers where they can be read as such. */
  readonly convertNumber: boolean;
  /** Texts of `data_type` "boolean" become JSON booleans where they are `true` or `false`. */
  readonly convertBool: boolean;
}

/**
 * What stands for a value.
 *
 * - `recorded`: the value itself
 * - `marked`: the value itself; a text that a conversion makes a number or a boolean stays a string, with `n` or `b` before its quote, which
 *   is no JSON
 */
export type ValueForm = 'recorded' | 'marked';

/** The letters before the quote of a marked text, by what its type makes of it. */
export const MARK = { number: 0x6e, boolean: 0x62 } as const;

/** How events are encoded. */
export interface EncodeRules extends Conversions {
  /** Default `recorded`. */
  readonly values?: ValueForm | undefined;
  /** Whether usable times become slots, into which a time is written later. If not, they stay as recorded. */
  readonly timeSlots: boolean;
  /** The time that orders events among those of other recordings. */
  readonly keyTime: KeyTime;
  /** Only events due in one of these ranges are encoded; sorted and disjoint. Undefined: all events. */
  readonly ranges: readonly TimeRange[] | undefined;
}

/**
 * Which time orders an event.
 *
 * - `due`: its due time
 * - `data`: its data time: that of the event table, else of the attribute, else its due time
 */
type KeyTime = 'due' | 'data';

/**
 * The letter before each key in the source, for the `data_type` of the key's value. The source has it only where
 * values are converted.
 */
export const TYPE_LETTER = { number: 'n', boolean: 'b', string: 's' } as const;
