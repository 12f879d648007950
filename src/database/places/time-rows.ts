import { SLACK_S } from '../../batch/strays.js';
import type { TimeRange } from '../../selection/time-ranges.js';
import type { TimedRows } from '../events/event-rows.js';
import type { RowRange } from '../rows.js';

/** With fewer events, reading all of them is faster than searching. */
const SMALL_TABLE_EVENTS = 2000;
const PROBES = 64n;
/** Rows that are read at a place: an odd number, so that one of them has the median time. */
const ROWS_A_PROBE = 3;
/** Numbers of rows that are read, one step after the other, until one has a time. */
const LOOKS = [1, 16, 128];

/** An event that has a time. */
interface TimedRow {
  readonly row: bigint;
  readonly timeS: number;
}

/** What a few probes have shown of an event table. Plain data. */
export interface TableShape {
  /**
   * - `log`: no event is taken to be due more than `SLACK_S` before one that stands before it
   * - `small`: it has so few events that all were read
   * - `mixed`: the rows of a time cannot be told
   */
  readonly kind: 'log' | 'small' | 'mixed';
  /** Rows all over a log, in order; empty for other kinds. */
  readonly probes: readonly TimedRow[];
  /** No event is due before this time, in Unix seconds: -Infinity where that is not known, Infinity where none has a time. */
  readonly earliestS: number;
  /** No event is due after this time, in Unix seconds: Infinity where that is not known, -Infinity where none has a time. */
  readonly latestS: number;
}

/** Probes a few rows of a table: where their times ascend, it is taken for a log. */
export function shapeOf(table: TimedRows, extent: RowRange): TableShape {
  if (table.bound(extent.first, extent.last, SMALL_TABLE_EVENTS) === extent.last) {
    const times = table.times(extent.first, SMALL_TABLE_EVENTS).map(({ dueTimeS }) => dueTimeS);
    const timed = times.filter((timeS) => !Number.isNaN(timeS));
    return { kind: 'small', probes: [], earliestS: Math.min(...timed), latestS: Math.max(...timed) };
  }
  const { first, last } = extent;
  const probes: TimedRow[] = [];
  let latestS = Number.NEGATIVE_INFINITY;
  for (let i = 0n; i <= PROBES; i++) {
    const row = first + ((last - first) * i) / PROBES;
    const before = probes.at(-1);
    if (before !== undefined && row <= before.row) continue;
    const probe = timedRow(table, row, last);
    if (probe === undefined) continue;
    if (probe.timeS < latestS - SLACK_S) return MIXED;
    latestS = Math.max(latestS, probe.timeS);
    probes.push(probe);
  }
  const [earliest] = probes;
  if (earliest === undefined) return MIXED;
  return { kind: 'log', probes, earliestS: earliest.timeS - SLACK_S, latestS: latestS + SLACK_S };
}

const MIXED: TableShape = {
  kind: 'mixed',
  probes: [],
  earliestS: Number.NEGATIVE_INFINITY,
  latestS: Number.POSITIVE_INFINITY,
};

/**
 * Rows that can hold the events that are due within ranges of time, sorted and disjoint; other events may be among them.
 * Events without a time are in no range. In a log the rows are found by bisection; of other tables all rows are returned.
 */
export function rowsOfRanges(
  table: TimedRows,
  extent: RowRange,
  shape: TableShape,
  ranges: readonly TimeRange[],
): RowRange[] {
  if (ranges.length === 0) return [];
  return shape.kind === 'log' ? new LogTable(table, extent, shape).rowsOf(ranges) : [extent];
}

/** A table whose times ascend, but for disorder. */
export class LogTable {
  private readonly _table: TimedRows;
  private readonly _extent: RowRange;
  private readonly _probes: readonly TimedRow[];

  constructor(table: TimedRows, extent: RowRange, { probes }: TableShape) {
    this._table = table;
    this._extent = extent;
    this._probes = probes;
  }

  rowsOf(ranges: readonly TimeRange[]): RowRange[] {
    const found: { first: bigint; last: bigint }[] = [];
    for (const { startS, endS } of ranges) {
      const first = this._firstFrom(startS);
      const last = this._lastBefore(endS);
      if (first > last) continue;
      const before = found.at(-1);
      if (before !== undefined && first <= before.last + 1n)
        before.last = last > before.last ? last : before.last;
      else found.push({ first, last });
    }
    return found;
  }

  /**
   * A row where times reach `timeS`: it is due then or later, or one behind the last row; an event before it is due before
   * `timeS`.
   */
  rowAt(timeS: number): bigint {
    return this._bisect(timeS).high;
  }

  /** A row before which no event is due at `timeS` or later. */
  private _firstFrom(timeS: number): bigint {
    // Before an event that is due more than the slack earlier, all events are due before `timeS`.
    return this._bisect(timeS - SLACK_S).low + 1n;
  }

  /** A row behind which no event is due before `timeS`. */
  private _lastBefore(timeS: number): bigint {
    // Behind an event that is due the slack later, all events are due at `timeS` or later.
    return this._bisect(timeS + SLACK_S).high - 1n;
  }

  /**
   * Bisects for the rows between which a time is reached.
   *
   * @returns `low`: an event that is due before it, or one before the first row; `high`: an event that is not, or one
   * behind the last row. They are neighbours, but for events without a time.
   */
  private _bisect(timeS: number): { low: bigint; high: bigint } {
    let low: TimedRow = { row: this._extent.first - 1n, timeS: Number.NaN };
    let high: TimedRow = { row: this._extent.last + 1n, timeS: Number.NaN };
    for (const probe of this._probes) {
      if (probe.timeS < timeS) low = probe;
      else {
        high = probe;
        break;
      }
    }
    // Rows from `top` on, up to `high`, have no time.
    for (let top = high.row, looks = 0; top - low.row > 1n; looks++) {
      const at = guess(low, high, top, timeS, looks);
      const probe = timedRow(this._table, at, this._extent.last);
      if (probe === undefined || probe.row >= high.row) top = at;
      else if (probe.timeS < timeS) low = probe;
      else {
        high = probe;
        top = probe.row;
      }
    }
    return { low: low.row, high: high.row };
  }
}

/** With fewer rows, the middle one is read. */
const FEW_ROWS = 16n;

/**
 * The row to read next for a time that lies between two events. Where events come evenly, the row is about as far from
 * both as the time is: reads just before and just behind it leave little. Each third read halves what is left.
 */
function guess(low: TimedRow, high: TimedRow, top: bigint, timeS: number, looks: number): bigint {
  const rows = top - low.row;
  const share = (timeS - low.timeS) / (high.timeS - low.timeS);
  if (rows < FEW_ROWS || looks % 3 === 2 || !(share >= 0 && share <= 1)) return (low.row + top) / 2n;
  // Standard deviation of events that come at random at an even rate.
  const margin = Math.sqrt(Number(rows)) * (looks % 3 === 0 ? -1 : 1);
  const ahead = BigInt(Math.round(share * Number(rows) + margin));
  // The times of the ends are known.
  return low.row + (ahead < 1n ? 1n : ahead < rows ? ahead : rows - 1n);
}

/**
 * The first event with a time at a row or behind it, up to `last`; undefined where the first rows have none. An event whose
 * time is far from those of its neighbours was recorded by a wrong clock: one of these is returned.
 */
function timedRow(table: TimedRows, from: bigint, last: bigint): TimedRow | undefined {
  // Nearly always the events at these rows exist and have times.
  const rows = Array.from({ length: ROWS_A_PROBE }, (_, i) => from + BigInt(i)).filter((row) => row <= last);
  const near = table.timesOf(rows).filter(({ dueTimeS }) => !Number.isNaN(dueTimeS));
  const [at] = near;
  if (at?.row === from) {
    const median = near.toSorted((a, b) => a.dueTimeS - b.dueTimeS)[near.length >> 1];
    const isStray = near.length === ROWS_A_PROBE && Math.abs(at.dueTimeS - median.dueTimeS) > SLACK_S;
    const { row, dueTimeS } = isStray ? median : at;
    return { row, timeS: dueTimeS };
  }
  let first = from;
  for (const count of LOOKS) {
    const step = table.times(first, count);
    const timed = step.find(({ dueTimeS }) => !Number.isNaN(dueTimeS));
    if (timed !== undefined) return { row: timed.row, timeS: timed.dueTimeS };
    const end = step.at(-1)?.row ?? last;
    if (end >= last) return undefined;
    first = end + 1n;
  }
  return undefined;
}
