import { TcsReplayError } from '../errors.js';

/** An observing night: from noon to noon, local time. */
export interface ObservingNight {
  /** Date of the noon that it begins with, `2018-03-23`. */
  readonly name: string;
  /** In Unix seconds; the end is the next night's start. 23 or 25 hours apart where clocks are changed. */
  readonly startS: number;
  readonly endS: number;
}

const DAY_S = 86_400;
const NOON_S = DAY_S / 2;
/** From the year 1 on, up to the year 10,000: dates of four digits. */
const [EARLIEST_S, LATEST_S] = [-62_135_596_800 + DAY_S, 253_402_300_800 - 2 * DAY_S];

/** Tells which night a moment belongs to. */
export class NightCalendar {
  private readonly _format: Intl.DateTimeFormat;

  /**
   * @param timezone name of the IANA database, such as `America/Chicago`
   * @throws TcsReplayError `BAD_OPTION`
   */
  constructor(timezone: string) {
    try {
      this._format = new Intl.DateTimeFormat('en-US', {
        timeZone: timezone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch (error) {
      throw new TcsReplayError(
        'BAD_OPTION',
        `Expected --timezone to be a name such as America/Chicago or UTC, got "${timezone}"`,
        { cause: error },
      );
    }
  }

  /** The night of a moment; undefined where the moment is in no year that is written with four digits. */
  nightOf(unixS: number): ObservingNight | undefined {
    if (!(unixS >= EARLIEST_S && unixS < LATEST_S)) return undefined;
    // Nights begin at whole seconds: a fraction would only be rounded.
    const wholeS = Math.floor(unixS);
    const localS = wholeS + this._offsetS(wholeS);
    const dayS = Math.floor((localS - NOON_S) / DAY_S) * DAY_S;
    const [startS, endS] = [this._noonS(dayS), this._noonS(dayS + DAY_S)];
    return { name: new Date(dayS * 1000).toISOString().slice(0, 10), startS, endS };
  }

  /** When it is noon on the local date that begins at `dayS`, were it UTC. */
  private _noonS(dayS: number): number {
    const localS = dayS + NOON_S;
    const guessS = localS - this._offsetS(localS);
    return localS - this._offsetS(guessS);
  }

  /** Local time less UTC at a whole second, in seconds. */
  private _offsetS(wholeS: number): number {
    const parts: Record<string, number> = {};
    for (const { type, value } of this._format.formatToParts(wholeS * 1000)) parts[type] = Number(value);
    const { year, month, day, hour, minute, second } = parts;
    const local = new Date(0);
    // Not Date.UTC, which takes the years below 100 for the 1900s.
    local.setUTCFullYear(year, month - 1, day);
    local.setUTCHours(hour, minute, second);
    return local.getTime() / 1000 - wholeS;
  }
}
