import type { Silence } from '../../selection/time-ranges.js';
import type { RowRange } from '../rows.js';

/** How far a silence was looked for. Plain data. */
export interface SilenceSearch {
  /** The next event to look at: its row id, or its place in an order file. */
  readonly at: bigint;
  /** The latest time of all events before it, Unix seconds. */
  readonly placeS: number;
  /** How far ahead the next look is. */
  readonly step: bigint;
  /** Events before this one were passed over since the last look back; undefined: none were. */
  readonly passed: bigint | undefined;
}

/** Asks for the times of at most `count` events from `first` on, or for those of the last ones before it. */
export interface Look {
  readonly first: bigint;
  readonly count: number;
  readonly isBack: boolean;
  /** None beyond is asked for. */
  readonly last: bigint;
}

/** What was seen: of each event its time, NaN where it is not played or has none. */
export interface Seen {
  readonly timesS: readonly number[];
  /** The last event; undefined: there is none. */
  readonly end: bigint | undefined;
}

/** Events that are looked at one after the other: fewer than that are not passed over. */
const LEAF_EVENTS = 32;
const LEAF = BigInt(LEAF_EVENTS);
/** Events at the end of a step: of one alone the time may be out of order. */
const EVENTS_A_PROBE = 8;
/** So many of those that were passed over are looked at in the end: one may be due later than all that were seen. */
const EVENTS_BEFORE = 1024;
/** Looks in one go: others want the thread as well. */
const MOST_LOOKS = 1000;

/**
 * Looks for the next silence in a sequence of events. Stretches of them are passed over whose times span less than the
 * silence that is sought: they hold none, as long as they ascend.
 *
 * It yields what it has to see. @returns the first silence; or how far it was looked for, after so many looks
 *
 * @param ranges where events are looked for, sorted and disjoint
 * @param minS least length in seconds
 * @param isAscending whether times ascend, but for disorder: else all events are looked at
 */
export function* findSilence(
  ranges: readonly RowRange[],
  minS: number,
  isAscending: boolean,
  search: SilenceSearch,
): Generator<Look, Silence | SilenceSearch, Seen> {
  let { at, placeS, step, passed } = search;
  const lookBack = function* (from: bigint): Generator<Look, void, Seen> {
    const { timesS } = yield { first: from, count: EVENTS_BEFORE, isBack: true, last: from };
    placeS = Math.max(placeS, latestOf(timesS));
    passed = undefined;
  };
  let looks = 0;
  /** Row ids may be far apart. */
  let leaf = LEAF;
  for (const { first, last } of ranges) {
    if (at < first) at = first;
    while (at <= last) {
      if (looks++ === MOST_LOOKS) return { at, placeS, step, passed };
      if (isAscending && step > leaf && last - at > step) {
        const { timesS, end } = yield { first: at + step, count: EVENTS_A_PROBE, isBack: false, last };
        const reachedS = latestOf(timesS);
        if (end !== undefined && reachedS - placeS < minS && reachedS !== Number.NEGATIVE_INFINITY) {
          placeS = Math.max(placeS, reachedS);
          at = end + 1n;
          passed = at;
          step *= 2n;
        } else {
          step /= 2n;
        }
        continue;
      }
      const { timesS, end } = yield { first: at, count: LEAF_EVENTS, isBack: false, last };
      for (const timeS of timesS) {
        if (timeS - placeS >= minS && passed !== undefined) yield* lookBack(passed);
        if (timeS - placeS >= minS) return { fromS: placeS, toS: timeS };
        if (timeS > placeS) placeS = timeS;
      }
      leaf = (end ?? last) - at + 1n;
      at += leaf;
      step = 2n * leaf;
    }
  }
  if (passed !== undefined) yield* lookBack(passed);
  return { fromS: placeS, toS: Number.POSITIVE_INFINITY };
}

export function isSilence(found: Silence | SilenceSearch): found is Silence {
  return 'toS' in found;
}

/** Where to begin to look for a silence from a time on. @param first the first event that may be due then or later */
export function newSilenceSearch(first: bigint, fromS: number): SilenceSearch {
  return { at: first, placeS: fromS, step: LEAF, passed: undefined };
}

/** -Infinity where there is no time. */
function latestOf(timesS: readonly number[]): number {
  return timesS.reduce((latest, timeS) => (timeS > latest ? timeS : latest), Number.NEGATIVE_INFINITY);
}
