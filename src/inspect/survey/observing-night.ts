import { TimeZone } from '../../selection/time-zone.js';
import { DAY_S, NOON_S } from '../../shared/calendar.js';

/** An observing night: from noon to noon in local time. */
export interface ObservingNight {
  /** Date of its first noon, `2018-03-23`. */
  readonly name: string;
  /** Unix seconds. The end is the start of the next night: 24 hours later, or 23 or 25 where clocks change. */
  readonly startS: number;
  readonly endS: number;
}

/** The years 1 to 9999, whose dates have four digits, less a margin. */
const [EARLIEST_S, LATEST_S] = [-62_135_596_800 + DAY_S, 253_402_300_800 - 2 * DAY_S];

/** Finds the night of a time. */
export class NightCalendar {
  private readonly _zone: TimeZone;

  /**
   * @param timezone name of the IANA database, such as `America/Chicago`
   * @throws TcsReplayError `BAD_OPTION` for an unknown name
   */
  constructor(timezone: string) {
    this._zone = new TimeZone(timezone);
  }

  /** The night of a time; undefined for a time outside the years of four digits. */
  nightOf(unixS: number): ObservingNight | undefined {
    if (!(unixS >= EARLIEST_S && unixS < LATEST_S)) return undefined;
    // Nights begin at whole seconds. A fraction could only be rounded wrong.
    const wallS = this._zone.wallS(Math.floor(unixS));
    const dayS = Math.floor((wallS - NOON_S) / DAY_S) * DAY_S;
    const [startS, endS] = [dayS, dayS + DAY_S].map((midnightS) => this._zone.unixS(midnightS + NOON_S));
    return { name: new Date(dayS * 1000).toISOString().slice(0, 10), startS, endS };
  }
}
