import { pythonNumberToJson } from './python-number.js';
import { type TimeForm, timeForm } from './time-form.js';

/**
 * Units and forms in which a database may count times:
 *
 * - `unix-s`, `unix-ms`, `unix-us`, `unix-ns`: since 1970-01-01, in seconds, milliseconds, microseconds, nanoseconds
 * - `jd`, `mjd`: Julian dates, and modified ones, in days
 * - `iso`: texts in ISO 8601; without an offset they are in UTC
 */
export const TIME_UNITS = ['unix-s', 'unix-ms', 'unix-us', 'unix-ns', 'jd', 'mjd', 'iso'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** What each unit is called in sentences. */
export const UNIT_WORDS: Readonly<Record<TimeUnit, string>> = {
  'unix-s': 'Unix seconds',
  'unix-ms': 'Unix milliseconds',
  'unix-us': 'Unix microseconds',
  'unix-ns': 'Unix nanoseconds',
  jd: 'Julian dates',
  mjd: 'modified Julian dates',
  iso: 'ISO 8601 texts, in UTC where they have no offset',
};

/** The unit of which a form of time is a sign. Other forms are a sign of none. */
export const UNIT_OF_FORM: Readonly<Partial<Record<TimeForm, TimeUnit>>> = {
  seconds: 'unix-s',
  milliseconds: 'unix-ms',
  microseconds: 'unix-us',
  nanoseconds: 'unix-ns',
  julian: 'jd',
  modifiedJulian: 'mjd',
  iso: 'iso',
};

/** Decimal places by which a count of a unit is moved to give seconds. */
const PLACES = { 'unix-s': 0, 'unix-ms': 3, 'unix-us': 6, 'unix-ns': 9 } as const;
/** 1970-01-01 as a Julian date and a modified one, as an integer of so many decimal places. */
const EPOCHS = { jd: { days: 24_405_875n, places: 1 }, mjd: { days: 40_587n, places: 0 } } as const;
const SECONDS_A_DAY = 86_400n;
/** A number in JSON. */
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** Digits and exponents beyond this belong to no time, and would only cost memory. */
const MOST_DIGITS = 400;
const ISO =
  /^\s*(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,30}))?)?\s*(?:(Z)|([+-])(\d{2}):?(\d{2})?)?)?\s*$/i;
/** 1990-01-01 in Unix seconds: an earlier time is not recognised by itself. */
const EARLIEST_S = 631_152_000;
/** A range of days is of one recording; numbers that run through more of them count something else. */
const LONGEST_SPAN_DAYS = 1000;

/**
 * The unit that some times are in, where they can be in no other one: each has the form of that unit, in the years 1990 to 2100.
 * Days, which are small numbers, can also be seconds of a day or a count of events: they must have a fraction, and lie
 * within 1000 days.
 *
 * @param times as they are stored; those that are missing say nothing
 * @returns undefined where there are no times, or they may be in several units or in none
 */
export function unitOfTimes(times: readonly (string | number | null)[]): TimeUnit | undefined {
  const present = times.filter((time) => timeForm(time) !== 'none');
  const units = new Set(present.map((time) => UNIT_OF_FORM[timeForm(time)]));
  const [unit] = units;
  if (units.size !== 1 || unit === undefined) return undefined;
  if (present.some((time) => Number(unixSecondsOf(time as string | number, unit)) < EARLIEST_S))
    return undefined;
  if (unit !== 'jd' && unit !== 'mjd') return unit;
  const days = present.map(Number);
  const areDays =
    days.some((day) => !Number.isInteger(day)) && Math.max(...days) - Math.min(...days) <= LONGEST_SPAN_DAYS;
  return areDays ? unit : undefined;
}

/**
 * A time in Unix seconds, as an exact decimal text.
 *
 * @param time a text, or a number as SQLite holds it
 * @returns undefined where it is no time in this unit
 *
 * @example
 * unixSecondsOf('1521854100250', 'unix-ms'); // '1521854100.25'
 */
export function unixSecondsOf(time: string | number | bigint, unit: TimeUnit): string | undefined {
  if (unit === 'iso') return typeof time === 'string' ? secondsOfIso(time) : undefined;
  const json = typeof time === 'string' ? pythonNumberToJson(time) : String(time);
  const [, sign, whole, fraction = '', exponent = '0'] = NUMBER.exec(json ?? '') ?? [];
  if (whole === undefined) return undefined;
  const power = Number(exponent);
  if (whole.length + fraction.length > MOST_DIGITS || Math.abs(power) > MOST_DIGITS) return undefined;
  const digits = BigInt(`${sign}${whole}${fraction}`);
  const places = fraction.length - power;
  if (unit !== 'jd' && unit !== 'mjd') return decimalText(digits, places + PLACES[unit]);
  const epoch = EPOCHS[unit];
  const common = Math.max(places, epoch.places);
  const days = scaled(digits, common - places) - scaled(epoch.days, common - epoch.places);
  return decimalText(days * SECONDS_A_DAY, common);
}

function scaled(digits: bigint, places: number): bigint {
  return digits * 10n ** BigInt(places);
}

/** `digits / 10 ** places`, without zeros at the end of its fraction. */
function decimalText(digits: bigint, places: number): string {
  if (places <= 0) return String(scaled(digits, -places));
  const sign = digits < 0n ? '-' : '';
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
  const fraction = text.slice(-places).replace(/0+$/, '');
  return `${sign}${text.slice(0, -places)}${fraction === '' ? '' : `.${fraction}`}`;
}

function secondsOfIso(text: string): string | undefined {
  const [
    match,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    ,
    sign,
    hours,
    minutes,
  ] = ISO.exec(text) ?? [];
  if (match === undefined) return undefined;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number);
  const midnight = new Date(0);
  midnight.setUTCFullYear(y, mo - 1, d);
  // A leap second is the second after it, as in Unix time.
  const isPossible =
    midnight.getUTCMonth() === mo - 1 && midnight.getUTCDate() === d && h < 24 && mi < 60 && s <= 60;
  if (!isPossible) return undefined;
  const offsetS =
    sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes ?? 0) * 60);
  const wholeS = midnight.getTime() / 1000 + h * 3600 + mi * 60 + s - offsetS;
  return decimalText(
    BigInt(`${wholeS}`) * 10n ** BigInt(fraction.length) + BigInt(fraction === '' ? 0 : fraction),
    fraction.length,
  );
}
