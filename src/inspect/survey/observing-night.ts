import { DAY_S, NOON_S, TimeZone } from '../../selection/time-zone.js';

/** An observing night: from noon to noon, local time. */
export interface ObservingNight {
  /** Date of the noon that it begins with, `2018-03-23`. */
  readonly name: string;
  /** In Unix seconds; the end is the next night's start. 23 or 25 hours apart where clocks are changed. */
  readonly startS: number;
  readonly endS: number;
}

/** From the year 1 on, up to the year 10,000: dates of four digits. */
const [EARLIEST_S, LATEST_S] = [-62_135_596_800 + DAY_S, 253_402_300_800 - 2 * DAY_S];

/** Tells which night a moment belongs to. */
export class NightCalendar {
  private readonly _zone: TimeZone;

  /**
   * @param timezone name of the IANA database, such as `America/Chicago`
   * @throws TcsReplayError `BAD_OPTION`
   */
  constructor(timezone: string) {
    this._zone = new TimeZone(timezone, '--timezone');
  }

  /** The night of a moment; undefined where the moment is in no year that is written with four digits. */
  nightOf(unixS: number): ObservingNight | undefined {
    if (!(unixS >= EARLIEST_S && unixS < LATEST_S)) return undefined;
    // Nights begin at whole seconds: a fraction would only be rounded.
    const wallS = this._zone.wallS(Math.floor(unixS));
    const dayS = Math.floor((wallS - NOON_S) / DAY_S) * DAY_S;
    const [startS, endS] = [dayS, dayS + DAY_S].map((midnightS) => this._zone.unixS(midnightS + NOON_S));
    return { name: new Date(dayS * 1000).toISOString().slice(0, 10), startS, endS };
  }
}
