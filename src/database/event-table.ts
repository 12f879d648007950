import { decodeTimes } from '../decode/event-times.js';
import { bytesOf, elementsOf } from '../decode/json-bytes.js';
import { timeOf } from '../decode/time-value.js';
import type { EventId } from '../event-id.js';
import type { Connection, Statement } from './connection.js';
import { EventQuery } from './event-query.js';
import type { Schema } from './schema.js';

/** The times that an event is recorded with, in Unix seconds; NaN where one is missing or unusable. */
export interface EventTimes {
  readonly row: bigint;
  /** Of the event table, or else of the attribute. */
  readonly dataTimeS: number;
  /** When the event is due: its wire time, or else its data time, the attribute's before the table's. */
  readonly dueTimeS: number;
}

/** What a row id can be at most. */
const LARGEST_ROW = 2n ** 63n - 1n;

/** The event table of a recording: which rows there are, in which order, at which times. */
export class EventTable {
  private readonly _bound: Statement;
  private readonly _extent: Statement;
  private readonly _ids: Statement;
  private readonly _times: Statement;

  constructor(connection: Connection, schema: Schema) {
    const query = new EventQuery(schema);
    this._bound = connection.prepare(query.bound()).raw().safeIntegers();
    this._extent = connection.prepare(query.extent()).raw().safeIntegers();
    this._ids = connection.prepare(query.ids()).pluck().safeIntegers();
    this._times = connection.prepare(query.times()).raw();
  }

  /** The smallest and the largest row id; undefined where there is no row. */
  extent(): { first: bigint; last: bigint } | undefined {
    const [first, last] = this._extent.get() as [bigint | null, bigint | null];
    return first === null || last === null ? undefined : { first, last };
  }

  /** The row id of the last of the next `count` rows from row id `first` on, none beyond `to`; undefined: there is none. */
  bound(first: bigint, to: bigint, count: number): bigint | undefined {
    const [last] = this._bound.get({ first, to, count }) as [bigint | null];
    return last ?? undefined;
  }

  /** The ids of the events of a range of row ids, in the order of the table. */
  ids(first: bigint, last: bigint): EventId[] {
    const ids = this._ids.all({ first, last }) as EventId[];
    return ids.map((id) => (typeof id === 'bigint' && Number.isSafeInteger(Number(id)) ? Number(id) : id));
  }

  /** The times of at most `count` events from row id `first` on, none beyond `to`, in the order of the table. */
  times(first: bigint, count: number, to = LARGEST_ROW): EventTimes[] {
    const last = this.bound(first, to, count);
    if (last === undefined) return [];
    const [attributes, table] = this._times.get({ first, last }) as [
      string | Uint8Array,
      string | Uint8Array,
    ];
    const tableTimes = elementsOf(bytesOf(table));
    const times: EventTimes[] = [];
    decodeTimes(bytesOf(attributes), (row, dataTimeS, wireTimeS) => {
      const tableTime = tableTimes[times.length];
      const tableTimeS = timeOf(tableTime, 0, tableTime.length);
      times.push({
        row,
        dataTimeS: firstNumber(tableTimeS, dataTimeS),
        dueTimeS: firstNumber(wireTimeS, firstNumber(dataTimeS, tableTimeS)),
      });
    });
    return times;
  }
}

function firstNumber(first: number, other: number): number {
  return Number.isNaN(first) ? other : first;
}
