import { NightCalendar, type ObservingNight } from './observing-night.js';

/** The events of a night. */
export interface NightFacts {
  /** Local date of the evening, `2018-03-23`. */
  readonly night: string;
  readonly events: number;
  /** Smallest and largest due time in Unix seconds. */
  readonly firstS: number;
  readonly lastS: number;
  /** Number of minutes with an event. */
  readonly busyMinutes: number;
  /** Numbers of events, from the first minute with an event to the last. */
  readonly activity: Activity;
}

/** Numbers of events in consecutive steps of `stepS` seconds, from `startS` on. */
interface Activity {
  readonly startS: number;
  readonly stepS: number;
  readonly events: readonly number[];
}

const MINUTE_S = 60;
/** More nights than eight years have. Events of further nights are only counted in total. */
const MOST_NIGHTS = 3000;

interface Night extends ObservingNight {
  events: number;
  firstS: number;
  lastS: number;
  /** Number of events of each minute. */
  readonly minutes: Uint32Array;
}

/** Counts events by observing night and minute. Times may come in any order. */
export class NightSurvey {
  private readonly _calendar: NightCalendar;
  private readonly _mostNights: number;
  /** In ascending order. */
  private readonly _nights: Night[] = [];
  private _current: Night | undefined;
  /** Number of events in no night that is kept. */
  private _others = 0;

  /** @throws TcsReplayError `BAD_OPTION`: an unknown time zone */
  constructor(timezone: string, mostNights = MOST_NIGHTS) {
    this._calendar = new NightCalendar(timezone);
    this._mostNights = mostNights;
  }

  /** @param timeS Unix seconds */
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

  /** Number of events in no night that is kept: there are too many nights, or the time is beyond four-digit years. */
  get otherEvents(): number {
    return this._others;
  }

  /**
   * The nights with events, in ascending order.
   *
   * @param mostSteps largest number of steps in a night's activity
   */
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
