import SQLite from 'better-sqlite3';
import type { SortBy } from '../../src/database/order/sort-by.js';
import { Random } from '../../src/generate/random.js';
import type { Night } from '../night.js';

/** The numbers of the events that a replay must send. */
export interface ExpectedEvents {
  readonly first: number;
  /** In the order in which they are made. */
  readonly jumps: readonly Jump[];
}

export interface Jump {
  /** Destination, in Unix seconds. */
  readonly timeS: number;
  /** Number of the event that follows. */
  readonly number: number;
}

export const SEED = 1;

/** Event times are whole microseconds, so half a microsecond earlier is unambiguous in a double. */
const BEFORE_S = 0.5e-6;

/**
 * Queries for a night's events in each order, with the times that jumps refer to. All events of a night have
 * both times.
 */
const EVENTS: Readonly<Record<SortBy, string>> = {
  none: wireTimes('event_id'),
  __data_time: 'SELECT event_id AS number, data_time AS timeS FROM event ORDER BY data_time, event_id',
  __wire_time: wireTimes('timeS, event_id'),
};

function wireTimes(order: string): string {
  return `SELECT event_id AS number, CAST(value AS REAL) AS timeS FROM attribute WHERE key = '__wire_time' ORDER BY ${order}`;
}

/**
 * Finds, by SQLite alone, the first event of a night in an order, and the event after each of several jumps
 * all over the night: the first one in that order whose time is not before the destination.
 *
 * @param night must have an index
 */
export function expectedEvents({ path, events }: Night, order: SortBy, jumps: number): ExpectedEvents {
  const timesS = new Float64Array(events);
  const numbers = new Uint32Array(events);
  const database = new SQLite(path, { readonly: true });
  try {
    const rows = database.prepare(EVENTS[order]).raw().iterate() as IterableIterator<[number, number]>;
    let count = 0;
    for (const [number, timeS] of rows) {
      numbers[count] = number;
      timesS[count++] = timeS;
    }
    if (count !== events) throw new Error(`Expected ${events} events in ${path} by ${order}, found ${count}`);
  } finally {
    database.close();
  }
  const random = new Random(SEED, 'jumps');
  const goals = Array.from({ length: jumps }, () => timesS[random.below(events)] - BEFORE_S);
  const nextAt = (goalS: number) => numbers[timesS.findIndex((timeS) => timeS >= goalS)];
  return { first: numbers[0], jumps: goals.map((timeS) => ({ timeS, number: nextAt(timeS) })) };
}
