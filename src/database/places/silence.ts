import { EVENTS_AHEAD, findStrays } from '../../batch/strays.js';
import type { Silence } from '../../selection/time-ranges.js';
import type { RowRange } from '../rows.js';

/** A search for a silence that is not over. Plain data. */
export interface SilenceSearch {
  /** The next event to read: its row id, or its index in an order file. */
  readonly at: bigint;
  /** The latest time of all events before it, Unix seconds. */
  readonly placeS: number;
  /** Number of events that the next step tries to pass over. */
  readonly step: bigint;
  /** Events before this one were passed over since the last look back; undefined where none were. */
  readonly passed: bigint | undefined;
}

/** A request for the times of events: the first `count` from `first` on, or, with `isBack`, the last `count` before it. */
export interface Look {
  readonly first: bigint;
  readonly count: number;
  readonly isBack: boolean;
  /** No event after this one is wanted. */
  readonly last: bigint;
}

/** The answer to a `Look`: the time of each event, NaN where it is not played or has no time. */
export interface Seen {
  readonly timesS: readonly number[];
  /** The last event; undefined where there are no events. */
  readonly end: bigint | undefined;
}

/** Events that are read one after the other: fewer are not passed over. */
const LEAF_EVENTS = 32;
const LEAF = BigInt(LEAF_EVENTS);
/** Events that are read at the end of a step: the time of a single one may be out of order. */
const EVENTS_A_PROBE = 8;
/** Passed events that are read before a silence is found: one may be due later than all that were read. */
const EVENTS_BEFORE = 1024;
/** Looks of one call, so that other tasks get the thread in between. */
const MOST_LOOKS = 1000;

/**
 * Finds the next silence in a sequence of events. Events are passed over where their times span less than the silence:
 * as long as times ascend, there is no silence among them.
 *
 * It is a generator since its two drivers read in different ways: an event table synchronously, within a task of a thread
 * (`TableSilences`), and an order file or a prepared file asynchronously, in the main thread (`seenSilence`). It yields what it needs to see, and
 * the driver passes the answer to `next`. So the search itself is written once, and knows neither.
 *
 * @param ranges where events are searched for, sorted and disjoint
 * @param minS least length in seconds
 * @param isAscending whether times ascend, but for disorder; otherwise all events are read
 * @returns the first silence; or, after a number of looks, a search to go on from
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
  // In row ids, which may be far apart.
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
      for (const [i, timeS] of timesS.entries()) {
        if (timeS - placeS >= minS && passed !== undefined) yield* lookBack(passed);
        if (timeS - placeS >= minS) {
          const next: Seen =
            end === undefined || end >= last
              ? { timesS: [], end }
              : yield { first: end + 1n, count: EVENTS_AHEAD, isBack: false, last };
          // The silence may be none: a wrong clock, and the next events are where the ones before it were.
          if (findStrays([...timesS.slice(i), ...next.timesS], 1, placeS).strays !== undefined) continue;
          return { fromS: placeS, toS: timeS };
        }
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

/** Begins a search for a silence from a time on. @param first the first event that may be due then or later */
export function newSilenceSearch(first: bigint, fromS: number): SilenceSearch {
  return { at: first, placeS: fromS, step: LEAF, passed: undefined };
}

/** @returns -Infinity where there is no time */
function latestOf(timesS: readonly number[]): number {
  return timesS.reduce((latest, timeS) => (timeS > latest ? timeS : latest), Number.NEGATIVE_INFINITY);
}
