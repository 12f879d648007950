import { type Connection, quoted, type Statement } from '../connection.js';
import type { Schema } from '../schema/schema.js';
import { SIDE_SCHEMA } from './side-index.js';

/** Finds events that may have lost attributes in the holes of a side index: attribute rows that cannot be read. */
export class HoleCheck {
  private readonly _mayHaveLost: Statement | undefined;
  private readonly _doubtful: Statement | undefined;

  /** @param connection with the side index attached */
  constructor(connection: Connection, { event }: Schema) {
    const hole = `${SIDE_SCHEMA}.hole`;
    const hasHoles = connection.prepare(`SELECT EXISTS (SELECT 1 FROM ${hole})`).pluck().get() === 1;
    if (!hasHoles) return;
    const id = `+e.${quoted(event.id)}`;
    const row = `e.${quoted(event.rowid)}`;
    const events = `${quoted(event.table)} AS e NOT INDEXED`;
    this._mayHaveLost = connection
      .prepare(
        `SELECT EXISTS (SELECT 1 FROM ${events} CROSS JOIN ${hole} AS h
          WHERE ${row} = $row AND (
            h.after_event > h.before_event OR
            (h.after_event IS NULL OR h.after_event < ${id}) AND (h.before_event IS NULL OR ${id} < h.before_event)))`,
      )
      .pluck();
    this._doubtful = connection
      .prepare(
        `SELECT ${row} FROM json_each($list) AS k CROSS JOIN ${events}
          WHERE ${row} = k.value AND EXISTS (SELECT 1 FROM ${hole} AS h WHERE h.after_event = ${id} OR h.before_event = ${id})`,
      )
      .pluck()
      .safeIntegers();
  }

  /** Whether there is any hole. */
  get hasHoles(): boolean {
    return this._mayHaveLost !== undefined;
  }

  /**
   * Whether an event without attributes may have had its rows in a hole: its id lies between those around the hole. True
   * also where ids do not ascend, so that nothing can be inferred.
   *
   * @param row the event's row id
   */
  mayHaveLost(row: bigint): boolean {
    return this._mayHaveLost?.get({ row }) === 1;
  }

  /** Filters a JSON array of row ids: events that have the last attribute row before a hole, or the first one after it. */
  doubtful(list: string): bigint[] {
    return (this._doubtful?.all({ list }) ?? []) as bigint[];
  }
}
