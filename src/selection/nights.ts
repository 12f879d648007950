import { DAY_S, LAST_DATE_S, NOON_S } from '../shared/calendar.js';
import * as expect from '../shared/expect.js';
import { dayOf, type Extent } from './time-point.js';
import { mergeRanges, type TimeRange } from './time-ranges.js';
import type { TimeZone } from './time-zone.js';

/** A range of observing nights, both inclusive: the dates of their evenings, in days since 1970-01-01. */
export interface Nights {
  readonly first: number;
  readonly last: number;
}

/**
 * A part of each night, in seconds since the midnight before its evening: 20:00 is 72,000, and 04:00 of the next
 * morning is 100,800.
 */
export interface NightHours {
  readonly fromS: number;
  readonly toS: number;
}

/** From noon to noon. */
export const WHOLE_NIGHT: NightHours = { fromS: NOON_S, toS: NOON_S + DAY_S };

/** Over a hundred years: a mistake, or broken times. Bounds the memory for the hours of each night. */
const MOST_NIGHTS = 40_000;
const HOUR = /^(\d{1,2})(?::([0-5]\d)(?::([0-5]\d))?|(\.\d+)?)$/;

/**
 * Parses nights: `2018-03-23`, or `2018-03-23..2018-03-25`.
 *
 * @param name names the option in errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseNights(name: string, value: string): Nights {
  const dates = value.split('..').map((date) => dayOf(date.trim()));
  const [first, last = first] = dates;
  if (first !== undefined && last !== undefined && dates.length <= 2 && !dates.includes(undefined)) {
    if (last >= first && last - first < MOST_NIGHTS) return { first, last };
  }
  throw expect.badOption(name, 'a night such as 2018-03-23, or nights such as 2018-03-23..2018-03-25', value);
}

/**
 * Parses an hour of the local clock: `20`, `20.5` or `20:30`.
 *
 * @param name names the option in errors
 * @returns seconds as in `NightHours`; hours before noon are those of the next day
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseHour(name: string, value: string | number): number {
  const [text, hour, minute = '0', second = '0', part = '0'] = HOUR.exec(String(value).trim()) ?? [];
  const seconds =
    Number(hour) * 3600 + Number(minute) * 60 + Number(second) + Math.round(Number(part) * 3600);
  if (text !== undefined && seconds <= DAY_S) return seconds < NOON_S ? seconds + DAY_S : seconds;
  throw expect.badOption(name, 'an hour of the day such as 20, 20.5 or 20:30', value);
}

/** The times of some hours of nights, by the clock of the zone; sorted and disjoint. */
export function nightRanges(nights: Nights, hours: NightHours, zone: TimeZone): TimeRange[] {
  const wall = (day: number, secondS: number) => zone.unixS(day * DAY_S + secondS);
  if (hours.fromS === WHOLE_NIGHT.fromS && hours.toS === WHOLE_NIGHT.toS)
    return mergeRanges([{ startS: wall(nights.first, NOON_S), endS: wall(nights.last + 1, NOON_S) }]);
  const ranges: TimeRange[] = [];
  for (let day = nights.first; day <= nights.last; day++)
    ranges.push({ startS: wall(day, hours.fromS), endS: wall(day, hours.toS) });
  return mergeRanges(ranges);
}

/**
 * The nights that recordings cover; undefined where no event has a time.
 *
 * @throws TcsReplayError `BAD_OPTION` where they are more than 40,000, or beyond the dates of the calendar
 */
export function nightsOf({ firstS, lastS }: Extent, zone: TimeZone): Nights | undefined {
  if (Number.isNaN(firstS) || Number.isNaN(lastS)) return undefined;
  if (!(lastS - firstS < MOST_NIGHTS * DAY_S && Math.max(-firstS, lastS) < LAST_DATE_S - 2 * DAY_S)) {
    throw expect.badOption(
      'a night',
      'given besides hours, since the recordings span more than a hundred years',
      'none',
    );
  }
  const [first, last] = [firstS, lastS].map((timeS) => Math.floor((zone.wallS(timeS) - NOON_S) / DAY_S));
  return { first, last };
}
