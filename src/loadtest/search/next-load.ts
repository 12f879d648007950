import type { LoadRecord } from './load-record.js';
import type { SearchGoal } from './search-goal.js';
import type { SearchEnd } from './search-result.js';

/** The first load is below what is guessed, by this share of the width, and its neighbour that far above: both bounds at once. */
const BELOW_GUESS = 0.3;
/** Steps outward grow up to this factor. */
const LARGEST_STEP = 2;
/** So many loads that do not hold are chosen by what subscribers took; if the bounds are not close then, the middle is better. */
const MOST_INFORMED = 3;
/** Loads that say nothing, one below the other, after which no lower one is tried. */
const MOST_INVALID_LOADS = 4;
/** Steps within the bracket are at least this share of the width. */
const LEAST_STEP = 0.25;

/** What is known of loads. */
export interface Bounds {
  /** Highest load that holds, of those below `upper`; lowest one that does not. Null: none. */
  readonly lower: LoadRecord | null;
  readonly upper: LoadRecord | null;
  /** Loads between them of which nothing can be said, ascending: their trials disagree, or are invalid. */
  readonly unclear: readonly LoadRecord[];
  /** One between them that needs more trials. */
  readonly open: LoadRecord | null;
  /** How many hold, and do not, at all; and how many did in short trials, and did not in the long one. */
  readonly holding: number;
  readonly failing: number;
  readonly failedHolds: number;
}

/** The same, with the highest load that was held as the lower bound, if there is one. */
export function heldBounds(bounds: Bounds, records: Iterable<LoadRecord>): Bounds {
  const held = [...records].filter(
    ({ hold, load }) => hold?.outcome === 'good' && load < (bounds.upper?.load ?? Number.POSITIVE_INFINITY),
  );
  return held.length === 0
    ? bounds
    : { ...bounds, lower: held.reduce((most, each) => (each.load > most.load ? each : most)) };
}

/** @param sumS measured time that is enough for a load, where trials agree */
export function boundsOf(records: Iterable<LoadRecord>, goal: SearchGoal, sumS: number): Bounds {
  const ascending = [...records].sort((a, b) => a.load - b.load);
  const failedHolds = ascending.filter(({ hold }) => hold?.outcome === 'bad').length;
  const states = new Map(
    ascending.map((each) => {
      const state = each.state(goal, sumS);
      // Short trials did not see what gives way: from then on, long ones decide.
      return [each, failedHolds > 0 && state === 'holds' && each.hold === undefined ? 'short' : state];
    }),
  );
  const upper = ascending.find((each) => states.get(each) === 'fails') ?? null;
  const below = ascending.filter(({ load }) => upper === null || load < upper.load);
  const lower = below.findLast((each) => states.get(each) === 'holds') ?? null;
  const between = below.filter(({ load }) => lower === null || load > lower.load);
  const count = (state: string) => ascending.filter((each) => states.get(each) === state).length;
  return {
    ...{ lower, upper },
    unclear: between.filter((each) => ['disagree', 'invalid'].includes(states.get(each) ?? '')),
    open: between.find((each) => states.get(each) === 'open') ?? null,
    ...{ holding: count('holds'), failing: count('fails'), failedHolds },
  };
}

export interface Range {
  readonly width: number;
  /** About the highest load that holds, before anything was tried. */
  readonly guess: number;
  readonly leastLoad: number;
  readonly mostLoad: number;
}

/**
 * The load to try next, or why none is.
 *
 * From the guess outward in steps that double, until one load holds and one does not; then between them, where the rate under backlog says,
 * else in the middle (of logarithms). Loads of which nothing can be said are passed on both sides, in steps that double too.
 *
 * @param capacity the load that subscribers took while they had a backlog; null: not known
 */
export function nextLoad(bounds: Bounds, capacity: number | null, range: Range): number | SearchEnd {
  const { lower, upper, unclear } = bounds;
  if (lower === null) {
    const least = unclear[0] ?? upper;
    return least === null
      ? within(range.guess * (1 - BELOW_GUESS * range.width), range)
      : below(bounds, capacity, range);
  }
  if (upper === null) return above(lower.load, bounds, range);
  if (unclear.length > 0) return around(lower.load, upper.load, bounds, range);
  return between(lower.load, upper.load, bounds.failing > MOST_INFORMED ? null : capacity, range);
}

function below(
  { upper, unclear, failing, failedHolds }: Bounds,
  capacity: number | null,
  range: Range,
): number | SearchEnd {
  const least = (unclear[0] ?? upper)?.load ?? range.guess;
  if (least <= range.leastLoad) return 'limit';
  const isInvalid = unclear.length > 0 && unclear[0].isInvalid;
  if (isInvalid && unclear.length >= MOST_INVALID_LOADS) return 'limit';
  if (isInvalid) return within(least / LARGEST_STEP, range);
  const stepped = least / stepOf(range.width, (failedHolds > 0 ? failedHolds : failing + unclear.length) - 1);
  if (capacity === null || unclear.length > 0) return within(stepped, range);
  const guessed = capacity * (1 - BELOW_GUESS * range.width);
  const isNew = guessed < least / (1 + LEAST_STEP * range.width);
  // What a backlog says of foreign subscribers can be too high: then the steps go on from there.
  return within(
    isNew ? (failing > 2 || failedHolds > 0 ? Math.min(guessed, stepped) : guessed) : stepped,
    range,
  );
}

function above(lower: number, { unclear, holding }: Bounds, range: Range): number | SearchEnd {
  if (lower >= range.mostLoad) return 'limit';
  if (unclear.length === 0) return within(lower * stepOf(range.width, 2 * (holding - 1)), range);
  const [first, last] = [unclear[0], unclear[unclear.length - 1]];
  const { isInvalid } = last;
  const reach = stepOf(range.width / 2, unclear.length - 1);
  const target = isInvalid ? Math.sqrt(lower * first.load) : first.load / reach;
  if (target > lower * (1 + range.width / (isInvalid ? 1 : 4))) return target;
  if (isInvalid) return 'limit';
  return last.load >= range.mostLoad ? 'noise' : within(last.load * reach, range);
}

function around(lower: number, upper: number, { unclear }: Bounds, { width }: Range): number | SearchEnd {
  const reach = stepOf(width / 2, unclear.length - 1);
  const step = 1 + LEAST_STEP * width;
  const under = unclear[0].load / reach;
  if (under > lower * step) return under;
  const over = unclear[unclear.length - 1].load * reach;
  return over * step < upper ? over : 'noise';
}

function between(
  lower: number,
  upper: number,
  capacity: number | null,
  { width }: Range,
): number | SearchEnd {
  if (upper <= lower * (1 + width) * (1 + 1e-9)) return 'width';
  const step = 1 + width / 2;
  const wanted = capacity === null ? [] : [1 - BELOW_GUESS * width, 1 + (1 - BELOW_GUESS) * width];
  const informed = wanted
    .map((share) => share * (capacity ?? 0))
    .find((load) => load > lower * step && load < upper / step);
  return informed ?? Math.sqrt(lower * upper);
}

/** `1 + width`, then twice as far with each step. */
function stepOf(width: number, steps: number): number {
  return Math.min(LARGEST_STEP, (1 + width) ** (2 ** Math.min(steps, 20)));
}

function within(load: number, { leastLoad, mostLoad }: Range): number {
  return Math.min(mostLoad, Math.max(leastLoad, load));
}
