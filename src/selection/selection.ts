import * as expect from '../shared/expect.js';
import {
  type NightHours,
  type Nights,
  nightRanges,
  nightsOf,
  parseHour,
  parseNights,
  WHOLE_NIGHT,
} from './nights.js';
import {
  type Extent,
  isoText,
  movedS,
  NO_EXTENT,
  parseTimePoint,
  type TimePoint,
  timeOfPoint,
} from './time-point.js';
import { clipRanges, type TimeRange } from './time-ranges.js';
import { OBSERVATORY_ZONE, TimeZone } from './time-zone.js';

/** Which part of the recorded time to select. Options that are given all apply: the result is their intersection. */
export interface SelectionOptions {
  /** The start: ISO 8601, Unix seconds, or a distance: `+90m` (after the first event), `-10m` (before the last). */
  start?: string | number;
  /** The end, in the same forms. Events at this time are not selected. */
  end?: string | number;
  /** A time span such as `10m`, from `start` on, or up to `end` where only that is given. Numbers are seconds. */
  duration?: string | number;
  /** A night, noon to noon, by the date of its evening: `2018-03-23`; or several: `2018-03-23..2018-03-25`. */
  night?: string;
  /** The time zone of nights, hours, and times without an offset. Default `America/Chicago`. */
  timezone?: string;
  /**
   * The first hour of each night, by the local clock: `20`, `20.5` or `20:30`. Hours from noon on are in the evening,
   * earlier ones in the next morning.
   */
  fromHour?: string | number;
  /** The end of the hours of each night, in the same forms. */
  toHour?: string | number;
}

/** Parsed `SelectionOptions`. Plain data. */
export interface Selection {
  readonly start: TimePoint | undefined;
  readonly end: TimePoint | undefined;
  readonly durationUs: number | undefined;
  readonly nights: Nights | undefined;
  readonly hours: NightHours;
  readonly timeZone: string;
}

const ALWAYS: TimeRange = { startS: Number.NEGATIVE_INFINITY, endS: Number.POSITIVE_INFINITY };

/**
 * Parses and checks the options.
 *
 * @param nameOf returns the user's name of an option, for errors
 * @returns undefined where all of the time is selected
 * @throws TcsReplayError `BAD_OPTION`
 */
export function parseSelection(
  options: SelectionOptions,
  nameOf: expect.NameOf<keyof SelectionOptions> = (option) => option,
): Selection | undefined {
  const { start, end, duration, night, timezone, fromHour, toHour } = options;
  const zone = new TimeZone(timezone ?? OBSERVATORY_ZONE, nameOf('timezone'));
  const point = (option: 'start' | 'end', value: string | number | undefined) =>
    value === undefined ? undefined : parseTimePoint(nameOf(option), value, zone);
  const selection: Selection = {
    start: point('start', start),
    end: point('end', end),
    durationUs:
      duration === undefined
        ? undefined
        : Math.round(expect.durationS(nameOf('duration'), String(duration)) * 1e6),
    nights: night === undefined ? undefined : parseNights(nameOf('night'), night),
    hours: {
      fromS: fromHour === undefined ? WHOLE_NIGHT.fromS : parseHour(nameOf('fromHour'), fromHour),
      toS: toHour === undefined ? WHOLE_NIGHT.toS : parseHour(nameOf('toHour'), toHour),
    },
    timeZone: zone.name,
  };
  const { fromS, toS } = selection.hours;
  if (toS <= fromS) {
    const least = fromHour === undefined ? 'noon, when a night begins' : `${nameOf('fromHour')} ${fromHour}`;
    throw expect.badOption(nameOf('toHour'), `later in the night than ${least}`, toHour);
  }
  if (duration !== undefined && start !== undefined && end !== undefined) {
    const ends = `${nameOf('start')}, ${nameOf('end')}`;
    throw expect.notTogether(ends, nameOf('duration'), 'two of them determine the third');
  }
  const isOfNights = night !== undefined || fromHour !== undefined || toHour !== undefined;
  if (duration !== undefined && start === undefined && end === undefined && isOfNights) {
    const ends = `${nameOf('start')} or ${nameOf('end')}`;
    throw expect.needs(nameOf('duration'), ends, 'with nights or hours, it counts from one of these');
  }
  if (isAll(selection)) return undefined;
  absoluteRanges(selection);
  return selection;
}

/** Whether a selection is independent of the times of the recordings. */
export function isAbsolute(selection: Selection): boolean {
  const { start, end, durationUs, nights } = selection;
  const points = [start, end].filter((point) => point !== undefined);
  const countsFromFirst = durationUs !== undefined && points.length === 0;
  return (
    !countsFromFirst &&
    points.every(({ from }) => from === 'epoch') &&
    (nights !== undefined || isWholeNight(selection))
  );
}

/**
 * The selected times, sorted and disjoint.
 *
 * @param extent the extent of all recordings together
 * @throws TcsReplayError `BAD_OPTION` where the end is not after the start, or counts from events without a time
 */
export function resolveSelection(selection: Selection, extent: Extent): readonly TimeRange[] {
  return rangesOf(selection, extent);
}

/**
 * The times that can be selected, as far as known without the recordings, sorted and disjoint: a superset of
 * `resolveSelection`, and equal to it where the selection is absolute.
 */
export function absoluteRanges(selection: Selection): readonly TimeRange[] {
  return rangesOf(selection, undefined);
}

function rangesOf(selection: Selection, extent: Extent | undefined): readonly TimeRange[] {
  const zone = new TimeZone(selection.timeZone);
  const span = spanOf(selection, extent);
  let nights = selection.nights;
  if (nights === undefined) {
    if (isWholeNight(selection) || extent === undefined) return [span];
    nights = nightsOf(extent, zone);
  }
  if (nights === undefined) return [];
  return clipRanges(nightRanges(nights, selection.hours, zone), span);
}

/** The time from start to end; open where one is absent, or depends on an extent that is undefined. */
function spanOf({ start, end, durationUs }: Selection, extent: Extent | undefined): TimeRange {
  const timeS = (point: TimePoint | undefined) => {
    const found = point === undefined ? undefined : timeOfPoint(point, extent ?? NO_EXTENT);
    if (!Number.isNaN(found)) return found;
    if (extent === undefined) return undefined;
    throw expect.badOption(
      'start and end',
      'times of the clock, since no event has a time to count from',
      'others',
    );
  };
  let startS = timeS(durationUs !== undefined && end === undefined ? (start ?? FIRST) : start);
  let endS = timeS(end);
  if (durationUs !== undefined) {
    if (startS !== undefined) endS = movedS(startS, durationUs);
    else if (endS !== undefined) startS = movedS(endS, -durationUs);
  }
  if (startS !== undefined && endS !== undefined && endS <= startS)
    throw expect.badOption('the end', `after the start, ${isoText(startS)}`, isoText(endS));
  return { startS: startS ?? ALWAYS.startS, endS: endS ?? ALWAYS.endS };
}

const FIRST: TimePoint = { from: 'first', distanceUs: 0 };

function isWholeNight({ hours }: Selection): boolean {
  return hours.fromS === WHOLE_NIGHT.fromS && hours.toS === WHOLE_NIGHT.toS;
}

function isAll(selection: Selection): boolean {
  const { start, end, durationUs, nights } = selection;
  return [start, end, durationUs, nights].every((part) => part === undefined) && isWholeNight(selection);
}
