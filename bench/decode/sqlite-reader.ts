import { type Connection, openReadOnly } from '../../src/database/connection.js';

/** What was read of some events. */
export interface ReadRows {
  /** Rows of the attribute table. */
  readonly rows: number;
  /** Characters of their keys and values. */
  readonly bytes: number;
}

/**
 * Finds the rows of events by the index, as decoding does, and does nothing with them. This is the limit for
 * any program that reads them.
 */
export class SqliteReader {
  private readonly _connection: Connection;
  private readonly _statement: { get(first: number, last: number): unknown };

  /** @param night has an index, and events numbered from 1 */
  constructor(night: string) {
    this._connection = openReadOnly(night);
    this._statement = this._connection
      .prepare(
        `SELECT count(*), sum(length(a.key) + length(a.value)), max(e.topic)
         FROM event AS e NOT INDEXED CROSS JOIN attribute AS a INDEXED BY attribute_event_id
         ON a.event_id = +e.event_id WHERE e.event_id BETWEEN ? AND ?`,
      )
      .raw();
  }

  read(first: number, last: number): ReadRows {
    const [rows, bytes] = this._statement.get(first, last) as [number, number];
    return { rows, bytes };
  }

  close(): void {
    this._connection.close();
  }
}
