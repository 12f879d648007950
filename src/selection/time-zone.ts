import * as expect from '../shared/expect.js';

/** The zone of the Hobby-Eberly Telescope. */
export const OBSERVATORY_ZONE = 'America/Chicago';

export const DAY_S = 86_400;
/** Noon, in seconds from midnight. */
export const NOON_S = DAY_S / 2;
const TIME_PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;

/**
 * The clock on the wall of a place. What it shows is counted as if the place had Universal Time: in seconds since
 * 1970-01-01 00:00 of the wall.
 */
export class TimeZone {
  readonly name: string;
  private readonly _format: Intl.DateTimeFormat;

  /**
   * @param option names the option in errors
   * @throws TcsReplayError `BAD_OPTION` for a name that is not known, with the nearest one that is
   */
  constructor(name = OBSERVATORY_ZONE, option = 'timezone') {
    try {
      this._format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        calendar: 'gregory',
        numberingSystem: 'latn',
        hourCycle: 'h23',
        ...Object.fromEntries(TIME_PARTS.map((part) => [part, 'numeric'])),
      });
    } catch {
      const near = nearestZone(name);
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      throw expect.badOption(option, `a time zone such as ${OBSERVATORY_ZONE} or UTC`, name, hint);
    }
    this.name = name;
  }

  /** What the clock shows at a moment in Unix seconds. */
  wallS(unixS: number): number {
    const wholeS = Math.floor(unixS);
    const parts: Record<string, number> = {};
    for (const { type, value } of this._format.formatToParts(wholeS * 1000)) parts[type] = Number(value);
    const { year, month, day, hour, minute, second } = parts;
    const wall = new Date(0);
    // Not Date.UTC, which takes the years below 100 for the 1900s.
    wall.setUTCFullYear(year, month - 1, day);
    wall.setUTCHours(hour, minute, second);
    return wall.getTime() / 1000 + (unixS - wholeS);
  }

  /**
   * The first moment, in Unix seconds, at which the clock shows a time or a later one. So an hour that it shows twice is
   * the first of the two, and one that it leaves out is the moment when it is put forward.
   *
   * @param wallS whole seconds
   */
  unixS(wallS: number): number {
    const [before, after] = [wallS - DAY_S, wallS + DAY_S].map((nearS) => nearS - this.wallS(nearS) + wallS);
    let [early, late] = before < after ? [before, after] : [after, before];
    if (this.wallS(early) === wallS) return early;
    if (this.wallS(late) === wallS) return late;
    // The clock is put forward past the time between the two: `early` lies before that, `late` after it.
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2);
      if (this.wallS(middle) >= wallS) late = middle;
      else early = middle;
    }
    return late;
  }
}

function nearestZone(name: string): string | undefined {
  const known = Intl.supportedValuesOf('timeZone');
  const place = name.trim().toLowerCase().replaceAll(' ', '_');
  return known.find((zone) => zone.toLowerCase().endsWith(`/${place}`)) ?? expect.nearest(name, known);
}
