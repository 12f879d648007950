import { computed } from '@preact/signals';
import { TimeZone } from '../../../selection/time-zone.js';
import { wallText } from '../../../selection/wall-text.js';
import { kept } from './kept.js';
import { extent, overview } from './night.js';
import { positionS } from './standing.js';

/** Whether times are shown in Universal Time; else by the observatory's clock. */
export const isUtc = kept('clock-is-utc', false, (value) => typeof value === 'boolean');

const observatory = computed(() => {
  try {
    return new TimeZone(overview.value?.timeZone);
  } catch {
    // A zone that this browser does not know.
    return UTC;
  }
});
const UTC = new TimeZone('UTC');

/** The clock by which times are shown. */
export const clock = computed(() => (isUtc.value ? UTC : observatory.value));
/** The other one. */
export const otherClock = computed(() => (isUtc.value ? observatory.value : UTC));

/** A recorded time: `2018-03-23 20:15:00.25`. A dash where it is not known. @param digits decimals of the second */
export function timeText(timeS: number | null, digits = 0, zone: TimeZone = clock.value): string {
  if (timeS === null) return '–';
  // Cut, not rounded: a second does not begin early.
  const step = 10 ** digits;
  const cutS = Math.floor(timeS * step + 1e-3) / step;
  const wall = wallText(cutS, zone);
  if (wall === '' || digits === 0) return wall || `${timeS}`;
  return `${wall}.${(cutS - Math.floor(cutS)).toFixed(digits + 2).slice(2, 2 + digits)}`;
}

/** The time of the day: `20:15:00`. */
export function hourText(timeS: number | null, digits = 0): string {
  return timeS === null ? '–' : timeText(timeS, digits).slice(11);
}

const OFFSET = /(?:Z|[+-]\d{2}(?::?\d{2})?)$/i;
const HOUR = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/;

/**
 * What the user typed, as the control socket takes it: times without an offset are those of the clock that is shown. A time of the day alone is
 * the closest one to where the replay stands.
 */
export function typedTime(typed: string): string | number {
  const text = typed.trim();
  const hour = HOUR.exec(text);
  if (hour !== null) {
    const [, hours, minutes, seconds] = hour;
    const ofDayS = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
    const timeS = closestS(ofDayS);
    if (timeS !== undefined) return timeS;
  }
  const isDate = /^\d{4}-\d{2}-\d{2}/.test(text);
  if (!isDate || !isUtc.value || OFFSET.test(text.slice(10))) return text;
  return text.length === 10 ? `${text}T00:00Z` : `${text}Z`;
}

function closestS(ofDayS: number): number | undefined {
  const fromS = positionS.value ?? extent.value?.firstS;
  if (fromS === undefined) return undefined;
  const midnightS = Math.floor(clock.value.wallS(fromS) / DAY_S) * DAY_S;
  const times = [-1, 0, 1].map(
    (day) => clock.value.unixS(midnightS + day * DAY_S + Math.floor(ofDayS)) + (ofDayS % 1),
  );
  const { firstS, lastS } = extent.value ?? { firstS: fromS, lastS: fromS };
  const isIn = (timeS: number) => timeS >= firstS && timeS <= lastS;
  const [closest] = times.sort(
    (a, b) => Number(isIn(b)) - Number(isIn(a)) || Math.abs(a - fromS) - Math.abs(b - fromS),
  );
  return closest;
}

const DAY_S = 86_400;
