import { DAY_S, LAST_DATE_S } from '../shared/calendar.js';
import * as text from '../shared/text.js';
import type { TimeZone } from './time-zone.js';

/** A day before the last time that a Date can hold, so that every time zone's offset fits. */
const LAST_SHOWN_S = LAST_DATE_S - DAY_S;

/** The local time at a moment in Unix seconds: `2018-03-23 20:15:00`. Empty if it is outside the range of dates. */
export function wallText(timeS: number, zone: TimeZone): string {
  return isDate(timeS) ? text.moment(zone.wallS(timeS)) : '';
}

/** As `wallText`, with the zone: `2018-03-23 20:15:00 America/Chicago`. */
export function zonedText(timeS: number, zone: TimeZone): string {
  const wall = wallText(timeS, zone);
  return wall === '' ? '' : `${wall} ${zone.name}`;
}

/** Whether a time is within the range of dates, in every time zone. */
export function isDate(timeS: number): boolean {
  return Math.abs(timeS) < LAST_SHOWN_S;
}
