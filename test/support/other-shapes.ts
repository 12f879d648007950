/** Databases of other shapes than the default schema. */
import Database from 'better-sqlite3';
import { createDatabase, type Stored } from './stored-event.js';

/** Puts views of the same names in the place of both tables of the default schema. */
export function putViews(path: string): void {
  alterDatabase(
    path,
    `
    ALTER TABLE event RENAME TO raw_event;
    ALTER TABLE attribute RENAME TO raw_attribute;
    CREATE VIEW event AS SELECT event_id, topic, data_time FROM raw_event;
    CREATE VIEW attribute AS SELECT event_id, key, value, data_type FROM raw_attribute;
  `,
  );
}

/** Changes a database by statements. */
export function alterDatabase(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

/** An event of a table with a column of JSON. */
export interface JsonEvent {
  readonly topic: string;
  readonly time: Stored;
  readonly json: string | Uint8Array | null;
}

/** Writes `event(event_id, topic, time, json)`. */
export function writeJsonEvents(path: string, events: readonly JsonEvent[]): void {
  const db = createDatabase(path);
  db.exec('CREATE TABLE event (event_id INTEGER PRIMARY KEY, topic TEXT, time, json)');
  const insert = db.prepare('INSERT INTO event VALUES (NULL, ?, ?, ?)');
  db.transaction(() => {
    for (const { topic, time, json } of events) insert.run(topic, time, json);
  })();
  db.close();
}

/** The rows of a topic's table. */
export interface TopicRows {
  readonly table: string;
  readonly columns: readonly string[];
  /** A time, and a value for each column. */
  readonly rows: readonly (readonly Stored[])[];
}

/** Writes a table for each topic, with the time in a column `time`. */
export function writeTopicTables(path: string, tables: readonly TopicRows[]): void {
  const db = createDatabase(path);
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
  for (const { table, columns, rows } of tables) {
    db.exec(`CREATE TABLE ${quoted(table)} (${['time', ...columns].map(quoted).join(', ')})`);
    const insert = db.prepare(
      `INSERT INTO ${quoted(table)} VALUES (${['?', ...columns.map(() => '?')].join(', ')})`,
    );
    db.transaction(() => {
      for (const row of rows) insert.run(row);
    })();
  }
  db.close();
}
