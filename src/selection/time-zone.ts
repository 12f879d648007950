import { DAY_S } from '../shared/calendar.js';
import * as expect from '../shared/expect.js';

/** The zone of the Hobby-Eberly Telescope. */
export const OBSERVATORY_ZONE = 'America/Chicago';

const TIME_PARTS = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;

/**
 * Converts between Unix time and the local time of a zone. Local time is in seconds too: what the wall clock shows,
 * counted as if it were UTC.
 */
export class TimeZone {
  readonly name: string;
  /** Made for its first use: the first one of a process takes over ten milliseconds, and few replays need one. */
  private _made: Intl.DateTimeFormat | undefined;

  /**
   * @param name of the IANA database, such as `America/Chicago`
   * @param option names the option in errors
   * @throws TcsReplayError `BAD_OPTION` for an unknown name; the message suggests the nearest known one
   */
  constructor(name = OBSERVATORY_ZONE, option = 'timezone') {
    this.name = name;
    if (name === OBSERVATORY_ZONE) return;
    try {
      this._made = formatOf(name);
    } catch {
      const near = nearestZone(name);
      const hint = near === undefined ? '' : `; did you mean ${near}?`;
      throw expect.badOption(option, `a time zone such as ${OBSERVATORY_ZONE} or UTC`, name, hint);
    }
  }

  private get _format(): Intl.DateTimeFormat {
    this._made ??= formatOf(this.name);
    return this._made;
  }

  /** Local time at a Unix time; both in seconds. */
  wallS(unixS: number): number {
    const wholeS = Math.floor(unixS);
    const parts: Record<string, number> = {};
    for (const { type, value } of this._format.formatToParts(wholeS * 1000)) parts[type] = Number(value);
    const { year, month, day, hour, minute, second } = parts;
    const wall = new Date(0);
    // Not Date.UTC, which adds 1900 to years below 100.
    wall.setUTCFullYear(year, month - 1, day);
    wall.setUTCHours(hour, minute, second);
    return wall.getTime() / 1000 + (unixS - wholeS);
  }

  /**
   * The first Unix time at which local time is `wallS` or later. Of a local time that occurs twice it is the first
   * occurrence; for one that is skipped it is the moment when the clock is put forward.
   *
   * @param wallS local time in whole seconds
   */
  unixS(wallS: number): number {
    const [before, after] = [wallS - DAY_S, wallS + DAY_S].map((nearS) => nearS - this.wallS(nearS) + wallS);
    let [early, late] = before < after ? [before, after] : [after, before];
    if (this.wallS(early) === wallS) return early;
    if (this.wallS(late) === wallS) return late;
    // The clock is put forward past `wallS`: `early` lies before that moment, `late` after it.
    while (late - early > 1) {
      const middle = Math.floor((early + late) / 2);
      if (this.wallS(middle) >= wallS) late = middle;
      else early = middle;
    }
    return late;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    ...Object.fromEntries(TIME_PARTS.map((part) => [part, 'numeric'])),
  });
}

function nearestZone(name: string): string | undefined {
  const known = Intl.supportedValuesOf('timeZone');
  const city = name.trim().toLowerCase().replaceAll(' ', '_');
  return known.find((zone) => zone.toLowerCase().endsWith(`/${city}`)) ?? expect.nearest(name, known);
}
