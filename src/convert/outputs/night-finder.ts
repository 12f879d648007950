import { nightRanges, WHOLE_NIGHT } from '../../selection/nights.js';
import type { TimeRange } from '../../selection/time-ranges.js';
import { TimeZone } from '../../selection/time-zone.js';
import { DAY_S, LAST_DATE_S, NOON_S } from '../../shared/calendar.js';

/** Finds the observing night of a time, from noon to noon. Times of one night mostly follow each other. */
export class NightFinder {
  private readonly _zone: TimeZone;
  private _range: TimeRange = { startS: Number.NaN, endS: Number.NaN };
  private _date = '';

  constructor(timeZone: string) {
    this._zone = new TimeZone(timeZone);
  }

  /** @param timeS Unix seconds @returns the date of its evening: `2018-03-23`; undefined for a time that is none, or beyond the calendar */
  of(timeS: number): string | undefined {
    if (timeS >= this._range.startS && timeS < this._range.endS) return this._date;
    if (!(Math.abs(timeS) < LAST_DATE_S - 2 * DAY_S)) return undefined;
    const night = Math.floor((this._zone.wallS(timeS) - NOON_S) / DAY_S);
    const [range] = nightRanges({ first: night, last: night }, WHOLE_NIGHT, this._zone);
    this._range = range;
    this._date = new Date(1000 * night * DAY_S).toISOString().slice(0, 10);
    return this._date;
  }
}
