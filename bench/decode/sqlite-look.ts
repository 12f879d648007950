import { type Connection, openReadOnly } from '../../src/database/connection.js';

/** What was read of some events. */
export interface Looked {
  /** Rows of the attribute table. */
  readonly rows: number;
  /** Characters of their keys and values. */
  readonly bytes: number;
}

/**
 * Finds the rows of events by the index, as decoding does, and does nothing with them. This is the limit for
 * any program that reads them.
 */
export class SqliteLook {
  private readonly _connection: Connection;
  private readonly _look: { get(first: number, last: number): unknown };

  /** @param night has an index, and events numbered from 1 */
  constructor(night: string) {
    this._connection = openReadOnly(night);
    this._look = this._connection
      .prepare(
        `SELECT count(*), sum(length(a.key) + length(a.value)), max(e.topic)
         FROM event AS e NOT INDEXED CROSS JOIN attribute AS a INDEXED BY attribute_event_id
         ON a.event_id = +e.event_id WHERE e.event_id BETWEEN ? AND ?`,
      )
      .raw();
  }

  at(first: number, last: number): Looked {
    const [rows, bytes] = this._look.get(first, last) as [number, number];
    return { rows, bytes };
  }

  close(): void {
    this._connection.close();
  }
}
