import { EVENTS_AHEAD, findStrays, SLACK_S, timesWithoutStrays } from '../../batch/strays.js';
import { RangeCursor } from '../../selection/time-ranges.js';
import type { RowStates, TimedRows } from '../events/event-rows.js';
import type { EventTimes } from '../events/event-times.js';
import type { ReadRules } from '../recording.js';
import type { RowRange } from '../rows.js';
import { LogTable, type TableShape } from './time-rows.js';

/** A place in the order of a table, by time. Plain data. */
export interface Place {
  /** The first event that is played and due at this time or later comes after the place; Unix seconds. */
  readonly timeS: number;
  /**
   * The place is not before the first event, played or not, that is due at this time or later; Unix seconds. It is `timeS`,
   * unless nothing is played then.
   */
  readonly sinceS: number;
}

/** A search for a place. Plain data. */
export interface Search {
  /** The place is at this row or behind it; undefined: behind all rows so far. */
  readonly row: bigint | undefined;
  /** Whether the place is at that row. */
  readonly isFound: boolean;
  /** Rows behind the place that are due before all that is played: the last of each wanted topic so far, in order. */
  readonly late: BigInt64Array<ArrayBuffer>;
  /** The row to go on from; undefined: the search is over. */
  readonly next: bigint | undefined;
}

/** Begins a search. @param next the first row to read; undefined: no row has to be read */
export function newSearch(next: bigint | undefined): Search {
  return { row: undefined, isFound: false, late: new BigInt64Array(), next };
}

/** Rows that are read around the place that a bisection finds in a log: events are not further out of order. */
const WINDOW_ROWS = 1024;
/** The event that is searched for is mostly the first one. */
const FIRST_STEP_ROWS = 16;
const ROWS_A_STEP = 512;
/** Rows that are read in one task, so that other tasks get the thread in between. */
const ROWS_A_LOOK = 16_384;

/** Finds places in the order of an event table: the first row that comes after a time. */
export class TablePlaces {
  private readonly _table: TimedRows;
  private readonly _topics: RowStates;
  private readonly _extent: RowRange;
  private readonly _rules: Pick<ReadRules, 'ranges' | 'filter'>;

  /** @param extent the smallest and the largest row id */
  constructor(
    table: TimedRows,
    topics: RowStates,
    extent: RowRange,
    rules: Pick<ReadRules, 'ranges' | 'filter'>,
  ) {
    this._table = table;
    this._topics = topics;
    this._extent = extent;
    this._rules = rules;
  }

  /**
   * Searches for a place. In a log it is found at once, and exact as long as no event stands more than about a thousand
   * rows behind one that is due later. Other tables are read from `search` on, some thousand rows a call.
   */
  find(place: Place, shape: TableShape, search: Search): Search {
    if (shape.kind !== 'log') return this._look(place, search, ROWS_A_LOOK, this._rules.ranges !== undefined);
    const row = this.firstSince(place.sinceS, shape);
    if (row > this._extent.last) return newSearch(undefined);
    const mayBeLate = place.sinceS - SLACK_S < this._startS;
    return { ...this._look(place, newSearch(row), WINDOW_ROWS, mayBeLate), next: undefined };
  }

  /** Start of the selected ranges, in Unix seconds. */
  private get _startS(): number {
    return this._rules.ranges?.[0]?.startS ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * The first row of a log that is due at a time or later; where there is none, one behind the last row. It bisects, and
   * reads the rows before the one that it finds.
   */
  firstSince(timeS: number, shape: TableShape): bigint {
    let row = new LogTable(this._table, this._extent, shape).rowAt(timeS);
    while (row > this._extent.first) {
      const first = this._table.boundBack(row - 1n, WINDOW_ROWS);
      if (first === undefined) break;
      // Events behind the row tell whether those before it are strays.
      const near = this._table.times(first, WINDOW_ROWS + EVENTS_AHEAD, this._extent.last);
      const count = near.filter((event) => event.row < row).length;
      const timesS = near.map(({ dueTimeS }) => dueTimeS);
      const early = timesWithoutStrays(timesS, count, Number.NEGATIVE_INFINITY).findIndex((t) => t >= timeS);
      if (early === -1) break;
      row = near[early].row;
    }
    return row;
  }

  /** Reads up to `count` rows. @param mayBeLate whether rows behind the place matter */
  private _look({ timeS, sinceS }: Place, search: Search, count: number, mayBeLate: boolean): Search {
    const { last } = this._extent;
    const { ranges, filter } = this._rules;
    const selected = ranges && new RangeCursor(ranges);
    const startS = this._startS;
    let { row: found, isFound, next } = search;
    const late = [...search.late];
    let rows = FIRST_STEP_ROWS;
    let placeS = Number.NEGATIVE_INFINITY;
    for (let left = count; next !== undefined && left > 0 && !(isFound && !mayBeLate); left -= rows) {
      if (left < count) rows = Math.min(left, ROWS_A_STEP);
      const near: EventTimes[] = this._table.times(next, rows + EVENTS_AHEAD, last);
      const step = near.slice(0, rows);
      const end = step.at(-1)?.row;
      next = end !== undefined && end < last ? end + 1n : undefined;
      const judged = findStrays(
        near.map((event) => event.dueTimeS),
        step.length,
        placeS,
      );
      placeS = judged.placeS;
      let wanted: Set<bigint> | undefined;
      for (const [i, { row, dueTimeS: ownTimeS }] of step.entries()) {
        // A stray does not tell where a time is reached.
        const dueTimeS = judged.strays?.has(i) === true ? Number.NaN : ownTimeS;
        if (found === undefined && dueTimeS >= sinceS) found = row;
        if (found === undefined) continue;
        if (dueTimeS < startS) late.push(row);
        if (isFound || selected?.isWithin(dueTimeS) === false) continue;
        if (filter !== undefined) {
          wanted ??= this._topics.wanted(row, end as bigint);
          if (!wanted.has(row)) continue;
        }
        if (dueTimeS >= timeS) isFound = true;
        // The event is played before the place, though it stands behind an event that is due later.
        else found = row + 1n;
      }
    }
    this._table.takeDamage(); // Damage is reported when the events are read to be played.
    const behind = late.filter((row) => found !== undefined && row >= found);
    const states = this._topics.lastOf({ list: BigInt64Array.from(behind) });
    const isDone = isFound && !mayBeLate;
    const lastLate = BigInt64Array.from(states, ({ row }) => row);
    return { row: found, isFound, late: lastLate, next: isDone ? undefined : next };
  }
}
