/** Begins the names of the tables that hold the state of all topics at the head of a recording. */
export const STATE_PREFIX = 'state_';

/**
 * The statements that create the tables of the default schema. The index is created at the start: event ids only ascend, so that
 * entries are appended to it. That is faster than sorting it at the end (1.2 against 1.0 million rows/s at 13 million rows),
 * needs no temporary files, and leaves no slow statement, which a signal could not interrupt, for the end.
 *
 * @param prefix begins the names of the tables and of the index
 */
export function recordingTables(prefix: '' | typeof STATE_PREFIX = ''): string {
  return `
    CREATE TABLE ${prefix}event(event_id INTEGER PRIMARY KEY, topic TEXT NOT NULL, data_time REAL);
    CREATE TABLE ${prefix}attribute(event_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT, data_type TEXT NOT NULL);
    CREATE INDEX ${prefix}attribute_event_id ON ${prefix}attribute(event_id);
  `;
}
