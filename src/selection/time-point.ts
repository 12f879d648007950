import { DAY_S } from '../shared/calendar.js';
import * as expect from '../shared/expect.js';
import type { TimeZone } from './time-zone.js';

/** A time in Unix seconds, or a distance from the first or last event in whole microseconds. */
export type TimePoint =
  | { readonly from: 'epoch'; readonly timeS: number }
  | { readonly from: 'first' | 'last'; readonly distanceUs: number };

/** Due times of the first and the last event of all recordings, in Unix seconds; NaN where none has a time. */
export interface Extent {
  readonly firstS: number;
  readonly lastS: number;
}

export const NO_EXTENT: Extent = { firstS: Number.NaN, lastS: Number.NaN };

const DATE = /^([1-9]\d{3})-(\d{2})-(\d{2})$/;
const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const UNIX = /^\d+(?:\.\d*)?$/;
/** A larger number, after the year 5138, is most likely in milliseconds. */
const LEAST_UNLIKELY_S = 1e11;
const COMPACT_DATE = /^((?:19|20)\d{2})([01]\d)([0-3]\d)$/;
const EXPECTED =
  'a time such as 2018-03-24T01:15:00Z, 2018-03-24 (local), Unix seconds, +90m (from the first event) or -10m (from the last)';

/**
 * Parses a point in time: ISO 8601, local to `zone` where it has no offset; Unix seconds; or a time span after the
 * first event (`+90m`) or before the last one (`-10m`, `-1h30m`).
 *
 * @param name names the option in errors
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseTimePoint(name: string, value: string | number, zone: TimeZone): TimePoint {
  const text = String(value).trim();
  if (typeof value === 'string' && /^[+-]/.test(text)) {
    const distanceUs = Math.round(expect.secondsOf(text.slice(1)) * 1e6);
    if (Number.isSafeInteger(distanceUs))
      return text.startsWith('+') ? { from: 'first', distanceUs } : { from: 'last', distanceUs: -distanceUs };
  } else {
    const timeS = unixTime(name, value, text) ?? isoTimeS(text, zone);
    if (timeS !== undefined) return { from: 'epoch', timeS };
  }
  throw expect.badOption(name, EXPECTED, value);
}

/** The time of a point in Unix seconds; NaN where it counts from an event and none has a time. */
export function timeOfPoint(point: TimePoint, extent: Extent): number {
  if (point.from === 'epoch') return point.timeS;
  const baseS = point.from === 'first' ? extent.firstS : extent.lastS;
  return movedS(baseS, point.distanceUs);
}

/** `timeS` plus a distance. The sum is in whole microseconds, since seconds as doubles are not exact. */
export function movedS(timeS: number, distanceUs: number): number {
  return distanceUs === 0 ? timeS : (Math.round(timeS * 1e6) + distanceUs) / 1e6;
}

/** Days from 1970-01-01 to a date such as `2018-03-23`; undefined where that is no date. */
export function dayOf(text: string): number | undefined {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
    ? date.getTime() / 1000 / DAY_S
    : undefined;
}

/** A time as ISO 8601 in UTC, with as many decimals as it needs, up to six; a number where `Date` cannot hold it. */
export function isoText(timeS: number): string {
  const timeUs = Math.round(timeS * 1e6);
  const second = Math.floor(timeUs / 1e6);
  const date = new Date(second * 1000);
  if (Number.isNaN(date.getTime())) return `${timeS}`;
  const fraction = `${timeUs - second * 1e6}`.padStart(6, '0').replace(/0+$/, '');
  return `${date.toISOString().slice(0, -5)}${fraction === '' ? '' : `.${fraction}`}Z`;
}

function unixTime(name: string, value: string | number, text: string): number | undefined {
  if (typeof value === 'number' ? !Number.isFinite(value) : !UNIX.test(text)) return undefined;
  const compact = typeof value === 'string' ? COMPACT_DATE.exec(text) : null;
  if (compact !== null) {
    const hint = `; did you mean ${compact.slice(1).join('-')}, or ${text}.0 for Unix seconds?`;
    throw expect.badOption(name, EXPECTED, value, hint);
  }
  const timeS = Number(text);
  if (Math.abs(timeS) < LEAST_UNLIKELY_S) return timeS;
  throw expect.badOption(name, EXPECTED, value, '; Unix seconds are not counted in milliseconds');
}

function isoTimeS(text: string, zone: TimeZone): number | undefined {
  const [, date, hour = '0', minute = '0', second = '0', fraction = '0', offset] = ISO.exec(text) ?? [];
  const day = date === undefined ? undefined : dayOf(date);
  if (day === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const wallS = day * DAY_S + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const offsetS = offset === undefined ? undefined : offsetOf(offset);
  if (Number.isNaN(offsetS)) return undefined;
  const wholeS = offsetS === undefined ? zone.unixS(wallS) : wallS - offsetS;
  return (wholeS * 1e6 + Math.round(Number(`0.${fraction}`) * 1e6)) / 1e6;
}

/** Seconds that an offset such as `+01:00` is ahead of UTC; NaN where it is impossible. */
function offsetOf(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}
