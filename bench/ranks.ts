import { writeFileSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import type { SortBy } from '../src/database/order/sort-by.js';
import { madeOnceSync } from './made-once.js';
import type { Night } from './night.js';

type TimeSort = Exclude<SortBy, 'none'>;

/** Queries for the numbers of a night's events in each order. All events of a night have both times. */
const NUMBERS: Readonly<Record<TimeSort, string>> = {
  __data_time: 'SELECT event_id FROM event ORDER BY data_time, event_id',
  __wire_time: `SELECT event_id FROM attribute WHERE key = '__wire_time' ORDER BY CAST(value AS REAL), event_id`,
};

/**
 * Writes a file of the order in which a night's events are expected, found by SQLite alone, so that a
 * receiver can check it.
 *
 * @returns the path of a file of 32-bit numbers in this machine's byte order: entry n is the position, from
 *   1, of event n. It is made once and kept beside the night.
 */
export function ranksOf({ path, events }: Night, order: TimeSort, onMake: (path: string) => void): string {
  const ranksPath = path.replace(/\.db$/, `-${order}.ranks`);
  madeOnceSync(ranksPath, (partPath) => {
    onMake(ranksPath);
    const ranks = new Uint32Array(events);
    const database = new SQLite(path, { readonly: true });
    let position = 0;
    try {
      const numbers = database.prepare(NUMBERS[order]).pluck().iterate() as IterableIterator<number>;
      for (const number of numbers) ranks[number - 1] = ++position;
    } finally {
      database.close();
    }
    if (position !== events)
      throw new Error(`Expected ${events} events in ${path} by ${order}, found ${position}`);
    writeFileSync(partPath, ranks);
  });
  return ranksPath;
}
