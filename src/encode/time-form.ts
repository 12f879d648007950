import { pythonFloat } from './python-number.js';

/**
 * What a recorded time seems to be, by its size or its spelling:
 *
 * - `seconds`: Unix seconds of 1973 to 2100
 * - `milliseconds`, `microseconds`, `nanoseconds`: the same moments in other units
 * - `julian`, `modifiedJulian`: days, as astronomers count them, of 1967 to 2100
 * - `zero`, `early` and `late`: Unix seconds of another time
 * - `iso`: a date and time such as `2018-03-24T01:15:00`
 * - `decimalComma`: a number with a comma in place of the point
 * - `text`: any other text that is no number
 * - `none`: NULL, or nothing
 */
export type TimeForm =
  | 'seconds'
  | 'milliseconds'
  | 'microseconds'
  | 'nanoseconds'
  | 'julian'
  | 'modifiedJulian'
  | 'zero'
  | 'early'
  | 'late'
  | 'iso'
  | 'decimalComma'
  | 'text'
  | 'none';

/** 1973-03-03 and 2100-01-01, in Unix seconds. */
const [FIRST_S, END_S] = [1e8, 4_102_444_800];
/** Days from 1967 to 2100. */
const [FIRST_MJD, END_MJD] = [39_500, 88_100];
const MJD_EPOCH_JD = 2_400_000.5;
const ISO = /^\s*\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}|\s*$)/;
const DECIMAL_COMMA = /^\s*[+-]?\d+,\d+\s*$/;

/** The form of a time as it is stored. */
export function timeForm(value: string | number | null | undefined): TimeForm {
  if (value === null || value === undefined) return 'none';
  const number = typeof value === 'number' ? value : pythonFloat(value);
  if (!Number.isNaN(number)) return formOfNumber(number);
  if (typeof value === 'number' || value.trim() === '') return 'none';
  if (ISO.test(value)) return 'iso';
  return DECIMAL_COMMA.test(value) ? 'decimalComma' : 'text';
}

/** The form of a time that is a number. */
export function formOfNumber(value: number): TimeForm {
  const isMoment = (seconds: number) => seconds >= FIRST_S && seconds < END_S;
  const isModifiedJulian = (days: number) => days >= FIRST_MJD && days < END_MJD;
  if (isMoment(value)) return 'seconds';
  if (value === 0) return 'zero';
  if (isMoment(value / 1e3)) return 'milliseconds';
  if (isMoment(value / 1e6)) return 'microseconds';
  if (isMoment(value / 1e9)) return 'nanoseconds';
  if (isModifiedJulian(value)) return 'modifiedJulian';
  if (isModifiedJulian(value - MJD_EPOCH_JD)) return 'julian';
  return value < FIRST_S ? 'early' : 'late';
}
