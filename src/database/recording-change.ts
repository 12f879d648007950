import { existsSync, statSync } from 'node:fs';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { quoted, readHeader, SqliteError, stoppable } from './connection.js';
import { EventTable } from './events/event-table.js';
import type { GoOn } from './go-on.js';
import { movedLandmarks } from './landmarks.js';
import { connectTo, isAsOpened, type Recording } from './recording.js';

/**
 * How a database has changed since it was opened. `appended`: rows were added after the last one, and no other change was
 * found. `changed`: anything else. Plain data.
 */
export interface RecordingChange {
  readonly kind: 'appended' | 'changed';
  /** What was found, in some words. */
  readonly found: string;
}

/**
 * Finds out how a database has changed since it was opened, while it is read in place. Of a copy nothing changes.
 *
 * Rows count as appended where all row ids up to the former last row are taken, and some events, from the first to the last
 * one, are as they were. A database whose row ids have gaps may have lost rows: it counts as changed.
 *
 * @param goOn called while rows are counted
 * @returns undefined where it has not changed
 */
export function recordingChange(recording: Recording, goOn: GoOn): RecordingChange | undefined {
  if (isAsOpened(recording)) return undefined;
  const { path, sizeBytes } = recording;
  if (!existsSync(path)) return changed('the file is gone');
  const { size } = statSync(path);
  if (size < sizeBytes) return changed(`the file has ${size} bytes instead of ${sizeBytes}`);
  try {
    // SQLite would write files beside it.
    if (readHeader(path).isWal) return changed('it is in WAL mode now');
    return changeOfRows(recording, goOn);
  } catch (error) {
    if (error instanceof TcsReplayError && error.code === 'WORKER_FAILED') throw error;
    // While another program writes nothing can be said.
    if (error instanceof SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code)) throw error;
    // Nor where the process may open no more files.
    if (error instanceof TcsReplayError && error.code === 'TOO_MANY_FILES') return undefined;
    return changed(`it cannot be read as before: ${messageOf(error)}`);
  }
}

function changeOfRows(recording: Recording, goOn: GoOn): RecordingChange {
  const { schema, rows, landmarks } = recording;
  const connection = connectTo(recording);
  try {
    const { rows: found } = new EventTable(connection, schema).extent();
    if (rows === undefined) return { kind: 'appended', found: 'it was empty, and rows were added' };
    if (found === undefined) return changed('it has no rows any more');
    if (found.first !== rows.first)
      return changed(`its first row is ${found.first} instead of ${rows.first}`);
    if (found.last < rows.last) return changed(`its last row is ${found.last} instead of ${rows.last}`);
    const [moved] = movedLandmarks(connection, schema, landmarks);
    if (moved !== undefined) return changed(`the event in row ${moved.row} is another one`);
    if (found.last === rows.last) return changed('the file was written to');
    const { table, rowid } = schema.event;
    const count = connection
      .prepare(
        `SELECT count(*) FROM ${quoted(table)} NOT INDEXED
        WHERE ${quoted(rowid)} <= ? AND ${stoppable(connection, quoted(rowid), goOn)}`,
      )
      .pluck()
      .safeIntegers()
      .get(rows.last) as bigint;
    const ids = rows.last - rows.first + 1n;
    if (count < ids)
      return changed(`rows were added, and of ${ids} rows up to ${rows.last} there are ${count}`);
    return { kind: 'appended', found: `rows were added after row ${rows.last}` };
  } finally {
    connection.close();
  }
}

function changed(found: string): RecordingChange {
  return { kind: 'changed', found };
}
