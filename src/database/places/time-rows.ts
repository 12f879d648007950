import type { TimeRange } from '../../selection/time-ranges.js';
import type { EventTable } from '../events/event-table.js';
import type { RowRange } from '../rows.js';

/**
 * How much earlier than an event before it an event of a log may be due. The control system's sources deliver each at its
 * own delay, of some seconds.
 */
export const SLACK_S = 60;

/** So few events are all looked at sooner than where they lie is found out. */
const SMALL_TABLE_EVENTS = 2000;
const PROBES = 64n;
/** How many rows are looked at for one that has a time, one step after the other. */
const LOOKS = [1, 16, 128];

/** An event that has a time. */
interface TimedRow {
  readonly row: bigint;
  readonly timeS: number;
}

/** What a few looks at an event table have shown of it. Plain data. */
export interface TableShape {
  /**
   * - `log`: no event is taken to be due more than `SLACK_S` before one that stands before it
   * - `small`: it has so few events that all were looked at
   * - `mixed`: where the events of a time stand cannot be told
   */
  readonly kind: 'log' | 'small' | 'mixed';
  /** Of a log: some rows all over the table, in order. */
  readonly probes: readonly TimedRow[];
  /** No event is due before this, in Unix seconds: -Infinity where that is not known, Infinity where none has a time. */
  readonly earliestS: number;
  /** No event is due later than this, in Unix seconds: Infinity where that is not known, -Infinity where none has a time. */
  readonly latestS: number;
}

/** Looks at a few rows of a table: where their times ascend, it is taken for a log. */
export function shapeOf(table: EventTable, extent: RowRange): TableShape {
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
 * The rows that can hold the events which are due in some ranges of time: sorted and disjoint. There can be others among
 * them. Events without a time are in no range. In a log they are found by bisection; of other tables all rows are
 * returned.
 */
export function rowsOfRanges(
  table: EventTable,
  extent: RowRange,
  shape: TableShape,
  ranges: readonly TimeRange[],
): RowRange[] {
  if (ranges.length === 0) return [];
  return shape.kind === 'log' ? new LogTable(table, extent, shape).rowsOf(ranges) : [extent];
}

/** A table whose times ascend, but for disorder. */
export class LogTable {
  private readonly _table: EventTable;
  private readonly _extent: RowRange;
  private readonly _probes: readonly TimedRow[];

  constructor(table: EventTable, extent: RowRange, { probes }: TableShape) {
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

  /** A row about which times reach `timeS`: it is due then or later, or behind the last one; an event before it is due before. */
  rowAt(timeS: number): bigint {
    return this._bisect(timeS).high;
  }

  /** A row before which no event is due at `timeS` or later. */
  private _firstFrom(timeS: number): bigint {
    // At an event that is due more than the slack before, all before it are due before as well.
    return this._bisect(timeS - SLACK_S).low + 1n;
  }

  /** A row behind which no event is due before `timeS`. */
  private _lastBefore(timeS: number): bigint {
    // At an event that is due the slack later, all behind it are due at the time or later.
    return this._bisect(timeS + SLACK_S).high - 1n;
  }

  /**
   * Narrows down where a time is reached.
   *
   * @returns `low`: an event that is due before it, or one before the first; `high`: an event that is not, or one behind
   * the last. They are neighbours, but for events without a time.
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

/** Of fewer rows the middle is looked at. */
const FEW_ROWS = 16n;

/**
 * The row to look at for a time that lies between two events. Where events come evenly, it is about as far from both as
 * its time is: looks just before and just behind that leave little. Each third look halves what is left in any case.
 */
function guess(low: TimedRow, high: TimedRow, top: bigint, timeS: number, looks: number): bigint {
  const rows = top - low.row;
  const share = (timeS - low.timeS) / (high.timeS - low.timeS);
  if (rows < FEW_ROWS || looks % 3 === 2 || !(share >= 0 && share <= 1)) return (low.row + top) / 2n;
  // By as much as evenly random events stray.
  const margin = Math.sqrt(Number(rows)) * (looks % 3 === 0 ? -1 : 1);
  const ahead = BigInt(Math.round(share * Number(rows) + margin));
  // Not at the ends, whose times are known.
  return low.row + (ahead < 1n ? 1n : ahead < rows ? ahead : rows - 1n);
}

/** The first event at a row or behind it, up to `last`, that has a time, as far as that is looked for. */
function timedRow(table: EventTable, from: bigint, last: bigint): TimedRow | undefined {
  // It nearly always is the one at that row.
  const [at] = table.timesOf([from]);
  if (at !== undefined && !Number.isNaN(at.dueTimeS)) return { row: from, timeS: at.dueTimeS };
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
