import type { Connection, Statement } from './connection.js';
import { quoted } from './connection.js';
import type { Schema } from './schema.js';
import { SIDE_SCHEMA } from './side-index.js';

/**
 * Tells of an event without attributes whether its rows may have stood where a side index has a hole: its id lies
 * between those of the rows around the hole. Where these do not ascend, nothing can be told, and it may.
 */
export class HoleCheck {
  private readonly _mayHave: Statement | undefined;

  constructor(connection: Connection, { event }: Schema) {
    const hasHoles =
      connection.prepare(`SELECT EXISTS (SELECT 1 FROM ${SIDE_SCHEMA}.hole)`).pluck().get() === 1;
    if (!hasHoles) return;
    const id = `+e.${quoted(event.id)}`;
    this._mayHave = connection
      .prepare(
        `SELECT EXISTS (SELECT 1 FROM ${quoted(event.table)} AS e NOT INDEXED CROSS JOIN ${SIDE_SCHEMA}.hole AS h
          WHERE e.${quoted(event.rowid)} = $row AND (
            h.after_event > h.before_event OR
            (h.after_event IS NULL OR h.after_event < ${id}) AND (h.before_event IS NULL OR ${id} < h.before_event)))`,
      )
      .pluck();
  }

  /** Whether there is any hole. */
  get isNeeded(): boolean {
    return this._mayHave !== undefined;
  }

  /** @param row row id of an event of which no attribute was found */
  mayHaveLost(row: bigint): boolean {
    return this._mayHave?.get({ row }) === 1;
  }
}
