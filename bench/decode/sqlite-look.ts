import { type Connection, openReadOnly } from '../../src/database/connection.js';

/** What there was of some events. */
export interface Looked {
  /** Of the attribute table. */
  readonly rows: number;
  /** Characters of their keys and values. */
  readonly bytes: number;
}

/** Finds the rows of events over the index, as decoding does, and does nothing with them: the limit of whatever reads them. */
export class SqliteLook {
  private readonly _connection: Connection;
  private readonly _look: { get(first: number, last: number): unknown };

  /** @param night with an index; its events are numbered from 1 */
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
