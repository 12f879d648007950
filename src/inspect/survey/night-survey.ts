import { NightCalendar, type ObservingNight } from './observing-night.js';

/** What happened in a night. */
export interface NightFacts {
  /** Local date of its evening. */
  readonly night: string;
  readonly events: number;
  /** Times of its first and last event, in Unix seconds. */
  readonly firstS: number;
  readonly lastS: number;
  /** Minutes in which there was an event. */
  readonly busyMinutes: number;
  /** How many events came from the first minute that has one to the last. */
  readonly activity: Activity;
}

/** Numbers of events in steps of equal length, the first of which begins at `startS`. */
export interface Activity {
  readonly startS: number;
  readonly stepS: number;
  readonly events: readonly number[];
}

const MINUTE_S = 60;
/** More nights than eight years have: further ones are counted as one. */
const MOST_NIGHTS = 3000;

interface Night extends ObservingNight {
  events: number;
  firstS: number;
  lastS: number;
  readonly minutes: Uint32Array;
}

/** Counts events by observing night, and by minute within it; times may come in any order. */
export class NightSurvey {
  private readonly _calendar: NightCalendar;
  private readonly _mostNights: number;
  /** In order of time. */
  private readonly _nights: Night[] = [];
  private _current: Night | undefined;
  /** Events of nights beyond those that are kept, or of no night. */
  private _others = 0;

  /** @throws TcsReplayError `BAD_OPTION`: an unknown time zone */
  constructor(timezone: string, mostNights = MOST_NIGHTS) {
    this._calendar = new NightCalendar(timezone);
    this._mostNights = mostNights;
  }

  add(timeS: number): void {
    let night = this._current;
    if (night === undefined || timeS < night.startS || timeS >= night.endS) {
      night = this._nightOf(timeS);
      if (night === undefined) {
        this._others += 1;
        return;
      }
      this._current = night;
    }
    night.events += 1;
    if (timeS < night.firstS) night.firstS = timeS;
    if (timeS > night.lastS) night.lastS = timeS;
    night.minutes[Math.floor((timeS - night.startS) / MINUTE_S)] += 1;
  }

  get otherEvents(): number {
    return this._others;
  }

  /** @param mostSteps into how many steps a night's activity is put at most */
  facts(mostSteps: number): NightFacts[] {
    return this._nights.map((night) => ({
      night: night.name,
      events: night.events,
      firstS: night.firstS,
      lastS: night.lastS,
      busyMinutes: night.minutes.reduce((busy, events) => busy + (events > 0 ? 1 : 0), 0),
      activity: activityOf(night, mostSteps),
    }));
  }

  private _nightOf(timeS: number): Night | undefined {
    const after = this._nights.findIndex((night) => night.endS > timeS);
    const known = after === -1 ? undefined : this._nights[after];
    if (known !== undefined && timeS >= known.startS) return known;
    if (this._nights.length >= this._mostNights) return undefined;
    const found = this._calendar.nightOf(timeS);
    if (found === undefined) return undefined;
    const minutes = new Uint32Array(Math.ceil((found.endS - found.startS) / MINUTE_S));
    const night = { ...found, events: 0, firstS: Infinity, lastS: -Infinity, minutes };
    this._nights.splice(after === -1 ? this._nights.length : after, 0, night);
    return night;
  }
}

function activityOf({ startS, firstS, lastS, minutes }: Night, mostSteps: number): Activity {
  const first = Math.floor((firstS - startS) / MINUTE_S);
  const count = Math.floor((lastS - startS) / MINUTE_S) - first + 1;
  const minutesAStep = Math.ceil(count / mostSteps);
  const events = new Array<number>(Math.ceil(count / minutesAStep)).fill(0);
  for (let i = 0; i < count; i++) events[Math.floor(i / minutesAStep)] += minutes[first + i];
  return { startS: startS + first * MINUTE_S, stepS: minutesAStep * MINUTE_S, events };
}
