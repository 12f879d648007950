/**
 * Most seconds by which an event of a log may be recorded earlier than an event before it, and still be in its place. The
 * sources of the control system deliver their events with delays of some seconds.
 */
export const SLACK_S = 60;

/**
 * Number of events after a jump in time that decide whether it is one. So up to half as many that a wrong clock has recorded in a
 * row are told from a jump.
 */
export const EVENTS_AHEAD = 256;

/** What `findStrays` found. */
export interface FoundStrays {
  /** Indices of the strays; undefined where there are none, the common case. */
  readonly strays: ReadonlySet<number> | undefined;
  /** The time that the events have reached, in Unix seconds. */
  readonly placeS: number;
  /** Whether a jump was judged by fewer events than it should be, as the times end too early. */
  readonly needsMore: boolean;
}

/**
 * Finds strays: events that a wrong clock has recorded, more than `SLACK_S` away from the time that the recording has
 * reached, while most of the next events are near that time. A stray has no say in when other events are due.
 *
 * A jump in time with which most of the next events agree is a real one: a silence, or a clock that was set back.
 *
 * @param timesS times of successive events, in Unix seconds; NaN: none
 * @param count number of events that are judged; the events after them only decide about these
 * @param placeS time that was reached before the first event; -Infinity: none
 */
export function findStrays(timesS: ArrayLike<number>, count: number, placeS: number): FoundStrays {
  let strays: Set<number> | undefined;
  let needsMore = false;
  let reachedS = placeS;
  for (let i = 0; i < count; i++) {
    const timeS = timesS[i];
    if (timeS >= reachedS - SLACK_S && timeS <= reachedS + SLACK_S) {
      if (timeS > reachedS) reachedS = timeS;
    } else if (!Number.isNaN(timeS)) {
      if (i + EVENTS_AHEAD >= timesS.length) needsMore = true;
      if (isStray(timesS, i, reachedS)) {
        strays ??= new Set();
        strays.add(i);
      } else reachedS = timeS;
    }
  }
  return { strays, placeS: reachedS, needsMore };
}

/** The times of events, with NaN for strays. Parameters as for `findStrays`. */
export function timesWithoutStrays(timesS: readonly number[], count: number, placeS: number): number[] {
  const { strays } = findStrays(timesS, count, placeS);
  const times = timesS.slice(0, count);
  return strays === undefined ? times : times.map((timeS, i) => (strays.has(i) ? Number.NaN : timeS));
}

/** Whether event `i`, which is more than the slack away from the place, stands alone with that. */
function isStray(timesS: ArrayLike<number>, i: number, placeS: number): boolean {
  const isAhead = timesS[i] > placeS;
  // Events from the earlier of the two times on belong to it; those from the later one on, to that.
  const [earlierS, laterS] = isAhead ? [placeS, timesS[i]] : [timesS[i], placeS];
  let [earlier, later] = [0, 0];
  const end = Math.min(timesS.length, i + 1 + EVENTS_AHEAD);
  for (let next = i + 1; next < end; next++) {
    if (timesS[next] >= laterS - SLACK_S) later += 1;
    else if (timesS[next] >= earlierS - SLACK_S) earlier += 1;
  }
  return isAhead ? earlier > later : later >= earlier;
}
