import { addDamage, type Damage, LARGEST_ROW, SMALLEST_ROW } from '../../batch/damage.js';
import { bytesOf, elementsOf } from '../../encode/json-bytes.js';
import { parseEventTimes } from '../../encode/parse-event-times.js';
import { timeOf } from '../../encode/time-value.js';
import { type Connection, isDamage, isTooLarge, type Statement } from '../connection.js';
import type { EventId } from '../event-id.js';
import { ReadableRows, type RowWindow } from '../readable-rows.js';
import type { RowRange } from '../rows.js';
import type { Schema } from '../schema/schema.js';
import { EventQuery } from './event-query.js';
import { type EventTimes, eventTimes } from './event-times.js';
import type { PageTimes } from './page-times.js';
import type { Salvage } from './salvage.js';

/** The next rows of the event table, and the rows before them that could not be read. */
export interface EventRows extends RowWindow {
  readonly gap: Damage | undefined;
}

/** Rows of a damaged table that are read at a time. */
const ROWS_A_LOOK = 1 << 16;

/** Reads row ids, event ids and times of the event table of a recording, past damage. */
export class EventTable {
  private readonly _name: string;
  private readonly _rows: ReadableRows;
  private readonly _bound: Statement;
  private readonly _boundBack: Statement;
  private readonly _ids: Statement;
  private readonly _idsOfList: Statement;
  private readonly _times: Statement;
  private readonly _timesOfList: Statement;
  private readonly _salvage: Salvage | undefined;
  private readonly _pageTimes: PageTimes | undefined;
  private _damage: Damage[] = [];

  /**
   * @param salvage finds attributes that the database's own index does not lead to
   * @param pageTimes reads the times of many events faster; the caller closes it
   */
  constructor(connection: Connection, schema: Schema, salvage?: Salvage, pageTimes?: PageTimes) {
    const query = new EventQuery(schema);
    this._name = schema.event.table;
    this._rows = new ReadableRows(connection, schema.event.table, schema.event.rowid);
    this._bound = connection.prepare(query.bound()).raw().safeIntegers();
    this._boundBack = connection.prepare(query.boundBack()).pluck().safeIntegers();
    this._ids = connection.prepare(query.ids('range')).pluck().safeIntegers();
    this._idsOfList = connection.prepare(query.ids('list')).pluck().safeIntegers();
    this._times = connection.prepare(query.times('range')).raw();
    this._timesOfList = connection.prepare(query.times('list')).raw();
    this._salvage = salvage;
    this._pageTimes = pageTimes;
  }

  /** The smallest and the largest row id, undefined where there is no row; and the damage outside of them. */
  extent(): { rows: RowRange | undefined; damage: Damage[] } {
    try {
      return { rows: this._rows.extent(), damage: [] };
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    const damage: Damage[] = [];
    const { rows, gap } = this.next(SMALLEST_ROW, LARGEST_ROW, 1);
    if (gap !== undefined) damage.push(gap);
    const [first] = rows;
    if (first === undefined) return { rows: undefined, damage };
    let last = first;
    for (let end: bigint | undefined = last; end !== undefined && end < LARGEST_ROW; ) {
      last = end;
      end = this.bound(last + 1n, LARGEST_ROW, ROWS_A_LOOK);
    }
    if (!this._rows.isReadable(last + 1n, LARGEST_ROW)) damage.push(this._gap(last + 1n, LARGEST_ROW));
    return { rows: { first, last }, damage };
  }

  /** Row id of the last of the next `count` rows from row id `first` on, none beyond `to`; undefined where no row follows. */
  bound(first: bigint, to: bigint, count: number): bigint | undefined {
    try {
      const [last] = this._bound.get({ first, to, count }) as [bigint | null];
      if (last === null) return undefined;
      if (last >= first) return last;
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    return this.next(first, to, count).rows.at(-1);
  }

  /**
   * Row id of the first of the last `count` rows up to row id `to`; undefined where there is no row. Where it meets damage it
   * is an estimate.
   */
  boundBack(to: bigint, count: number): bigint | undefined {
    try {
      const first = this._boundBack.get({ to, count }) as bigint | null;
      return first ?? undefined;
    } catch (error) {
      if (isDamage(error)) return to - BigInt(count);
      throw error;
    }
  }

  /**
   * Reads the next rows from row id `first` on: at most `count`, none beyond `to`, fewer where damage follows. The result is
   * empty where no row follows; `gap` reports rows that cannot be read.
   */
  next(first: bigint, to: bigint, count: number): EventRows {
    const window = this._rows.window(first, to, count);
    if (window.rows.length > 0 || this._rows.isReadable(first, to)) return { ...window, gap: undefined };
    const from = this._rows.firstOfGap(first);
    const readable = this._rows.nextReadable(from, to);
    if (readable === undefined) return { rows: [], isRange: true, gap: this._gap(from, to) };
    const gap = from < readable ? this._gap(from, readable - 1n) : undefined;
    return { ...this._rows.window(readable, to, count), gap };
  }

  /** Whether a row with this row id exists and its id can be read. */
  has(row: bigint): boolean {
    return this._rows.window(row, row, 1).rows.length === 1;
  }

  /** The event ids of a range of row ids, in the order of the table. Rows that cannot be read are left out. */
  ids(first: bigint, last: bigint): EventId[] {
    return this._rawIds(first, last).map((id) =>
      typeof id === 'bigint' && Number.isSafeInteger(Number(id)) ? Number(id) : id,
    );
  }

  private _rawIds(first: bigint, last: bigint): EventId[] {
    try {
      return this._ids.all({ first, last }) as EventId[];
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    const ids: EventId[] = [];
    for (let from = first; from <= last; ) {
      const { rows } = this.next(from, last, ROWS_A_LOOK);
      for (const row of rows) ids.push(...this._idsAt(row));
      from = (rows.at(-1) ?? last) + 1n;
    }
    return ids;
  }

  private _idsAt(row: bigint): EventId[] {
    try {
      return this._idsOfList.all({ list: `[${row}]` }) as EventId[];
    } catch (error) {
      if (isDamage(error)) return [];
      throw error;
    }
  }

  /**
   * The times of at most `count` events from row id `first` on, none beyond `to`, in the order of the table; empty where no
   * event follows. Events whose times cannot be read are left out: see `takeDamage`.
   */
  times(first: bigint, count: number, to = LARGEST_ROW): EventTimes[] {
    const found = this._pageTimes?.read(first, count, to);
    if (found !== undefined) return found;
    const last = this.bound(first, to, count);
    if (last === undefined) return this._timesOneByOne(first, count, to);
    return this._timesBetween(first, last) ?? this._timesOneByOne(first, count, to);
  }

  /** The times of the events of a list, in its order. Events that cannot be read are left out. */
  timesOf(rows: readonly bigint[]): EventTimes[] {
    const read = (list: string) => readTimes(this._timesOfList, { list });
    return (
      read(`[${rows.join(',')}]`) ??
      rows.flatMap((row) => {
        const list = `[${row}]`;
        return read(list) ?? readTimes(this._salvage?.timesStatement(row), { list }) ?? [];
      })
    );
  }

  /** The damage that `times` met since the last call. */
  takeDamage(): Damage[] {
    const damage = this._damage;
    this._damage = [];
    return damage;
  }

  /** @returns undefined where not all of them can be read, or rows are not where they belong */
  private _timesBetween(first: bigint, last: bigint): EventTimes[] | undefined {
    const times = readTimes(this._times, { first, last });
    const isAscending = times?.every(
      ({ row }, i) => row >= first && row <= last && (i === 0 || row > times[i - 1].row),
    );
    return isAscending ? times : undefined;
  }

  /** As `times`, past damage. */
  private _timesOneByOne(first: bigint, count: number, to: bigint): EventTimes[] {
    const times: EventTimes[] = [];
    for (let from = first; from <= to && times.length < count; ) {
      const { rows, gap } = this.next(from, to, 1);
      if (gap !== undefined) addDamage(this._damage, gap);
      const [row] = rows;
      if (row === undefined) break;
      // Not as a range: SQLite would read the row after it to find the end, and that may not be readable.
      const list = `[${row}]`;
      const found =
        readTimes(this._timesOfList, { list }) ?? readTimes(this._salvage?.timesStatement(row), { list });
      if (found?.[0]?.row === row) times.push(found[0]);
      else {
        const stretch = { table: this._name, firstRow: row, lastRow: row };
        addDamage(this._damage, { ...stretch, reason: 'unreadable event', lostEvents: 1 });
      }
      from = row + 1n;
    }
    return times;
  }

  private _gap(firstRow: bigint, lastRow: bigint): Damage {
    return { table: this._name, firstRow, lastRow, reason: 'unreadable rows', lostEvents: undefined };
  }
}

/** @returns undefined where the times cannot be read, or there is no statement */
function readTimes(
  statement: Statement | undefined,
  parameters: Record<string, unknown>,
): EventTimes[] | undefined {
  const times: EventTimes[] = [];
  try {
    const found = statement?.get(parameters) as [JsonBytes, JsonBytes] | undefined;
    if (found === undefined) return undefined;
    const tableTimes = elementsOf(bytesOf(found[1]));
    parseEventTimes(bytesOf(found[0]), (row, dataTimeS, wireTimeS) => {
      const tableTime = tableTimes[times.length];
      const tableTimeS = timeOf(tableTime, 0, tableTime.length);
      times.push(eventTimes(row, tableTimeS, dataTimeS, wireTimeS));
    });
  } catch (error) {
    if (!isDamage(error) && !isTooLarge(error)) throw error;
    return undefined;
  }
  return times;
}

/** JSON as a statement returns it. */
type JsonBytes = string | Uint8Array;
