import { addDamage, type Damage } from '../damage.js';
import { messageOf, TcsReplayError } from '../errors.js';
import { attributeRows } from './attribute-scan.js';
import { type Connection, createScratch, openReadOnly } from './connection.js';
import type { Schema } from './schema.js';

/** The name under which a connection to a recording has its side index attached. */
export const SIDE_SCHEMA = 'side';

/**
 * Builds what a recording without an index on its attributes' event ids lacks: a database of its own, with the rows
 * of each event. It costs one pass over the attribute table and a sort.
 *
 * @param path names the recording in errors
 * @param readPath the recording, or its snapshot, which is only read
 * @param sidePath the file to write
 * @returns the rows that cannot be read: they are not in the index
 * @throws TcsReplayError `UNKNOWN_SCHEMA` where rows cannot be told apart, `WRITE_FAILED`
 */
export function buildSideIndex(path: string, readPath: string, schema: Schema, sidePath: string): Damage[] {
  const { attribute } = schema;
  if (attribute.rowid === undefined) {
    throw new TcsReplayError(
      'UNKNOWN_SCHEMA',
      `Table ${attribute.table} of ${path} has neither an index on ${attribute.eventId} nor row ids: create that index`,
    );
  }
  const source = openReadOnly(readPath);
  const scratch = createScratch(sidePath);
  try {
    // The type gives the copy the affinity of the original, so that ids compare alike. The rows go through JavaScript
    // because a connection that may write the index could write to the recording, were it attached.
    scratch.pragma(`encoding = '${schema.encoding}'`); // Else it cannot be attached.
    scratch.exec(`CREATE TABLE link (event_id ${attribute.eventIdType}, attribute_row INTEGER)`);
    const insert = scratch.prepare('INSERT INTO link VALUES (?, ?)').safeIntegers();
    // Between which events rows are missing.
    const type = attribute.eventIdType;
    scratch.exec(`CREATE TABLE hole (after_event ${type}, before_event ${type})`);
    const insertHole = scratch.prepare('INSERT INTO hole VALUES (?, ?)');
    const damage: Damage[] = [];
    const rows = attributeRows(source, schema, ({ firstRow, lastRow, afterEvent, beforeEvent }) => {
      insertHole.run(afterEvent, beforeEvent);
      addDamage(damage, {
        table: attribute.table,
        firstRow,
        lastRow,
        reason: 'unreadable rows',
        lostEvents: 0,
      });
    });
    scratch.exec('BEGIN');
    for (const row of rows) insert.run(row);
    scratch.exec('COMMIT');
    scratch.exec('CREATE INDEX link_event_id ON link(event_id, attribute_row)');
    return damage;
  } catch (error) {
    throw new TcsReplayError('WRITE_FAILED', `Cannot index ${path} in ${sidePath}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    scratch.close();
    source.close();
  }
}

/** Attaches a side index to a connection that reads the recording. */
export function attachSideIndex(connection: Connection, path: string): void {
  connection.prepare(`ATTACH ? AS ${SIDE_SCHEMA}`).run(path);
}
