import { RangeCursor, type Silence, type TimeRange } from '../../selection/time-ranges.js';
import type { TimedRows } from '../events/event-rows.js';
import type { RowRange } from '../rows.js';
import { findSilence, type Look, newSilenceSearch, type Seen, type SilenceSearch } from './silence.js';
import type { TablePlaces } from './table-place.js';
import { LogTable, type TableShape } from './time-rows.js';

/** Rows that are sampled of a table that is no log. */
const SAMPLES = 2048n;
/** Rows that are read to find how far apart row ids are. */
const ROWS_OF_DENSITY = 64;

/**
 * Estimates how many events are due between each two successive times. In a log it is the difference of row ids,
 * corrected by how far apart these are; other tables are sampled.
 *
 * @param cutsS ascending, Unix seconds
 * @returns one number less than there are times
 */
export function countsBetween(
  table: TimedRows,
  extent: RowRange,
  shape: TableShape,
  cutsS: Float64Array,
): Float64Array<ArrayBuffer> {
  return shape.kind === 'log'
    ? countsOfLog(table, extent, shape, cutsS)
    : countsOfSample(table, extent, shape, cutsS);
}

function countsOfLog(
  table: TimedRows,
  extent: RowRange,
  shape: TableShape,
  cutsS: Float64Array,
): Float64Array<ArrayBuffer> {
  const log = new LogTable(table, extent, shape);
  const counts = new Float64Array(cutsS.length - 1);
  let before: { row: bigint; timeS: number; density: number } | undefined;
  for (const [i, cutS] of cutsS.entries()) {
    // All cuts within a silence are at the event that ends it.
    if (before !== undefined && cutS <= before.timeS) continue;
    const row = log.rowAt(cutS);
    const timeS = row > extent.last ? Number.POSITIVE_INFINITY : (table.times(row, 1)[0]?.dueTimeS ?? cutS);
    const density = densityAt(table, row, extent.last) ?? before?.density ?? 1;
    if (before !== undefined && row > before.row) {
      counts[i - 1] = (Number(row - before.row) * (density + before.density)) / 2;
    }
    before = { row, timeS, density };
  }
  return counts;
}

/** Number of rows per row id, from a row on; undefined where no row follows, or too few to tell. */
function densityAt(table: TimedRows, row: bigint, last: bigint): number | undefined {
  if (row > last) return undefined;
  const end = table.bound(row, last, ROWS_OF_DENSITY);
  if (end === undefined) return undefined;
  // Up to the last row there may be fewer.
  return end < last ? ROWS_OF_DENSITY / Number(end - row + 1n) : undefined;
}

function countsOfSample(
  table: TimedRows,
  { first, last }: RowRange,
  { kind }: TableShape,
  cutsS: Float64Array,
): Float64Array<ArrayBuffer> {
  const counts = new Float64Array(cutsS.length - 1);
  const add = (timeS: number, events: number) => {
    const cut = cutsS.findIndex((cutS) => timeS < cutS);
    if (cut > 0) counts[cut - 1] += events;
  };
  if (kind === 'small') {
    for (const { dueTimeS } of table.times(first, Number(SAMPLES))) add(dueTimeS, 1);
    return counts;
  }
  let density = 0;
  const timesS: number[] = [];
  for (let i = 0n; i < SAMPLES; i++) {
    const row = first + ((last - first) * i) / SAMPLES;
    const [time] = table.times(row, 1, last);
    if (time !== undefined) timesS.push(time.dueTimeS);
    if (i % 64n === 0n) density += (densityAt(table, row, last) ?? 1) / (Number(SAMPLES) / 64);
  }
  const events = (Number(last - first + 1n) * density) / timesS.length;
  for (const timeS of timesS) add(timeS, events);
  return counts;
}

export interface TableSilencesOptions {
  readonly shape: TableShape;
  /** Rows that can hold what is played, sorted and disjoint. */
  readonly rows: readonly RowRange[];
  /** Times that are played, sorted and disjoint; undefined: all are. */
  readonly ranges: readonly TimeRange[] | undefined;
  /** No event has its place before this time, in Unix seconds; NaN: not known. */
  readonly firstS: number;
}

/** Finds silences in an event table. */
export class TableSilences {
  private readonly _table: TimedRows;
  private readonly _places: TablePlaces;
  private readonly _options: TableSilencesOptions;

  constructor(table: TimedRows, places: TablePlaces, options: TableSilencesOptions) {
    this._table = table;
    this._places = places;
    this._options = options;
  }

  /**
   * Finds the first silence from a time on, by synchronous reads.
   *
   * @param fromS Unix seconds
   * @param minS least length in seconds
   * @param search where the last call stopped; undefined: begins anew
   * @returns the silence; or a search to go on from, after some milliseconds
   */
  find(fromS: number, minS: number, search: SilenceSearch | undefined): Silence | SilenceSearch {
    const { shape, rows } = this._options;
    const [range] = rows;
    if (range === undefined) return { fromS, toS: Number.POSITIVE_INFINITY };
    const isLog = shape.kind === 'log';
    const begin = () => newSilenceSearch(isLog ? this._places.firstSince(fromS, shape) : range.first, fromS);
    const steps = findSilence(rows, minS, isLog, search ?? begin());
    let step = steps.next();
    while (step.done !== true) step = steps.next(this._see(step.value));
    this._table.takeDamage(); // Damage is reported when the events are read to be played.
    return step.value;
  }

  private _see({ first, count, isBack, last }: Look): Seen {
    const from = isBack ? this._firstBefore(first, count) : first;
    const times = from === undefined ? [] : this._table.times(from, count, isBack ? first - 1n : last);
    const { ranges, firstS } = this._options;
    const selected = ranges && new RangeCursor(ranges);
    const timesS = times.map(({ dueTimeS }) =>
      selected?.isWithin(dueTimeS) === false || Number.isNaN(dueTimeS)
        ? Number.NaN
        : dueTimeS < firstS
          ? firstS
          : dueTimeS,
    );
    return { timesS, end: times.at(-1)?.row };
  }

  private _firstBefore(row: bigint, count: number): bigint | undefined {
    return row <= this._options.rows[0].first ? undefined : this._table.boundBack(row - 1n, count);
  }
}
