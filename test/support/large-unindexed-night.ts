import { WALKED_AT_ONCE_BYTES } from '../../src/database/prepare-recording.js';
import { createDatabase } from './stored-event.js';

/** Events of such a night. Event `i` has the id `i`, and its rows follow those of event `i - 1`. */
export const LARGE_EVENTS = 10_000;
const ROWS_AN_EVENT = 4;
const VALUE_BYTES = Math.ceil((1.2 * WALKED_AT_ONCE_BYTES) / (LARGE_EVENTS * (ROWS_AN_EVENT - 1)));

/** Times of its events: a thousandth of a second apart. */
export function largeTimeS(event: number): number {
  return 1_600_000_000 + event / 1000;
}

/**
 * Writes a night without an index that is too large for all of its attribute table to be looked at before it is played.
 *
 * @param lateRow an attribute of another event that stands before the rows of an event
 * @param bare an event that has no attributes
 */
export function writeLargeNight(
  path: string,
  { lateRow, bare }: { lateRow?: { of: number; before: number } | undefined; bare?: number | undefined } = {},
): void {
  const db = createDatabase(path);
  db.exec(`CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT NOT NULL, data_time REAL);
    CREATE TABLE attribute (event_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT, data_type TEXT NOT NULL)`);
  const insertEvent = db.prepare("INSERT INTO event VALUES (?, 'tcs.large.' || (? % 3), ?)");
  const insertRow = db.prepare("INSERT INTO attribute VALUES (?, ?, ?, 'string')");
  db.transaction(() => {
    for (let i = 1; i <= LARGE_EVENTS; i++) {
      insertEvent.run(i, i, largeTimeS(i));
      if (i === lateRow?.before) insertRow.run(lateRow.of, 'late', 'x');
      if (i === bare) continue;
      insertRow.run(i, '__wire_time', largeTimeS(i).toFixed(6));
      for (let row = 1; row < ROWS_AN_EVENT; row++)
        insertRow.run(i, `key ${row}`, `${i} `.padEnd(VALUE_BYTES, '.'));
    }
  })();
  db.close();
}
