import { RangeCursor, type Silence } from '../../selection/time-ranges.js';
import type { EventTable } from '../events/event-table.js';
import type { ReadRules } from '../recording.js';
import type { RowRange } from '../rows.js';
import { findSilence, type Look, newSilenceSearch, type Seen, type SilenceSearch } from './silence.js';
import type { TablePlaces } from './table-place.js';
import { LogTable, type TableShape } from './time-rows.js';

/** Rows whose times are looked at of a table that is no log. */
const SAMPLES = 2048n;
/** Rows that tell how far apart row ids are. */
const ROWS_OF_DENSITY = 64;

/**
 * About how many events are due between times that follow each other. In a log it is the difference of their row ids,
 * corrected by how far apart these are; of other tables it is told from a sample.
 *
 * @param cutsS ascending, Unix seconds
 * @returns one number less than there are times
 */
export function countsBetween(
  table: EventTable,
  extent: RowRange,
  shape: TableShape,
  cutsS: Float64Array,
): Float64Array<ArrayBuffer> {
  return shape.kind === 'log'
    ? countsOfLog(table, extent, shape, cutsS)
    : countsOfSample(table, extent, shape, cutsS);
}

function countsOfLog(
  table: EventTable,
  extent: RowRange,
  shape: TableShape,
  cutsS: Float64Array,
): Float64Array<ArrayBuffer> {
  const log = new LogTable(table, extent, shape);
  const counts = new Float64Array(cutsS.length - 1);
  let before: { row: bigint; timeS: number; density: number } | undefined;
  for (const [i, cutS] of cutsS.entries()) {
    // In a silence all cuts are at the event that ends it.
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

/** How many rows there are for each row id, from a row on; undefined: there is none. */
function densityAt(table: EventTable, row: bigint, last: bigint): number | undefined {
  if (row > last) return undefined;
  const end = table.bound(row, last, ROWS_OF_DENSITY);
  if (end === undefined) return undefined;
  // Up to the last row there may be fewer.
  return end < last ? ROWS_OF_DENSITY / Number(end - row + 1n) : undefined;
}

function countsOfSample(
  table: EventTable,
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

/** Looks for silences in an event table. */
export class TableSilences {
  private readonly _table: EventTable;
  private readonly _places: TablePlaces;
  private readonly _shape: TableShape;
  private readonly _rows: readonly RowRange[];
  private readonly _rules: Pick<ReadRules, 'ranges'>;
  private readonly _firstS: number;

  /**
   * @param rows those that can hold what is played, sorted and disjoint
   * @param firstS no event has its place before this time; NaN: it is not known
   */
  constructor(
    table: EventTable,
    places: TablePlaces,
    shape: TableShape,
    rows: readonly RowRange[],
    rules: Pick<ReadRules, 'ranges'>,
    firstS: number,
  ) {
    this._table = table;
    this._places = places;
    this._shape = shape;
    this._rows = rows;
    this._rules = rules;
    this._firstS = firstS;
  }

  /** The first silence of at least `minS` from a time on; or how far it was looked for, to go on from. */
  find(fromS: number, minS: number, search: SilenceSearch | undefined): Silence | SilenceSearch {
    const [range] = this._rows;
    if (range === undefined) return { fromS, toS: Number.POSITIVE_INFINITY };
    const isLog = this._shape.kind === 'log';
    const begin = () =>
      newSilenceSearch(isLog ? this._places.firstSince(fromS, this._shape) : range.first, fromS);
    const steps = findSilence(this._rows, minS, isLog, search ?? begin());
    let step = steps.next();
    while (step.done !== true) step = steps.next(this._see(step.value));
    this._table.takeDamage(); // Whoever reads these events tells of it.
    return step.value;
  }

  private _see({ first, count, isBack, last }: Look): Seen {
    const from = isBack ? this._firstBefore(first, count) : first;
    const times = from === undefined ? [] : this._table.times(from, count, isBack ? first - 1n : last);
    const { ranges } = this._rules;
    const selected = ranges && new RangeCursor(ranges);
    const timesS = times.map(({ dueTimeS }) =>
      selected?.isWithin(dueTimeS) === false || Number.isNaN(dueTimeS)
        ? Number.NaN
        : dueTimeS < this._firstS
          ? this._firstS
          : dueTimeS,
    );
    return { timesS, end: times.at(-1)?.row };
  }

  private _firstBefore(row: bigint, count: number): bigint | undefined {
    return row <= this._rows[0].first ? undefined : this._table.boundBack(row - 1n, count);
  }
}
