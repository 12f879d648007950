import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PayloadFormat } from '../batch.js';
import type { EncodeRules } from '../decode/event-encoder.js';
import { openReadOnly, readError, readHeader } from './connection.js';
import type { TopicFilter } from './event-query.js';
import { EventTable } from './event-table.js';
import { readSchema, type Schema } from './schema.js';
import { attachSideIndex, buildSideIndex } from './side-index.js';
import { copyWithLog } from './snapshot.js';

/** A database of events, as found. Plain data: it goes to every thread. */
export interface Recording {
  /** The path as the user gave it. */
  readonly path: string;
  /** The file that is read: the database itself, or a snapshot of it. */
  readonly readPath: string;
  readonly schema: Schema;
  /** Holds the rows of each event where the database has no index of them. */
  readonly sideIndexPath: string | undefined;
  /** A folder of ours that goes when the recording is not needed any more. */
  readonly scratchFolder: string | undefined;
  readonly sizeBytes: number;
  /** Smallest and largest row id of the event table; undefined where it is empty. */
  readonly rows: { readonly first: bigint; readonly last: bigint } | undefined;
  /** Due time of the last event in the order of the table, in Unix seconds; NaN where it has none. */
  readonly lastTimeS: number;
}

/** What is wanted of a recording, and in which form. Plain data. */
export interface ReadRules extends EncodeRules {
  readonly filter: TopicFilter | undefined;
  readonly format: PayloadFormat;
}

/**
 * Looks into a database: finds its schema, and makes what it needs to be read fast and without a trace.
 *
 * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`
 */
export function openRecording(path: string): Recording {
  const { isWal } = readHeader(path);
  let scratchFolder: string | undefined;
  const scratch = () => {
    scratchFolder ??= mkdtempSync(join(tmpdir(), 'tcs-replay-'));
    return scratchFolder;
  };
  try {
    const readPath = isWal ? copyWithLog(path, scratch()) : path;
    const connection = openReadOnly(readPath);
    try {
      const schema = readSchema(connection, path);
      let sideIndexPath: string | undefined;
      if (schema.attribute.index === undefined) {
        sideIndexPath = join(scratch(), 'side-index.db');
        buildSideIndex(path, readPath, schema, sideIndexPath);
      }
      if (sideIndexPath !== undefined) attachSideIndex(connection, sideIndexPath);
      const table = new EventTable(connection, schema);
      const rows = table.extent();
      const lastTimeS = rows === undefined ? Number.NaN : table.times(rows.last, 1)[0].dueTimeS;
      const sizeBytes = statSync(path).size;
      return { path, readPath, schema, sideIndexPath, scratchFolder, sizeBytes, rows, lastTimeS };
    } finally {
      connection.close();
    }
  } catch (error) {
    if (scratchFolder !== undefined) rmSync(scratchFolder, { recursive: true, force: true });
    throw readError(path, error);
  }
}

/** Removes what was made for a recording. The database itself is not touched. */
export function forgetRecording(recording: Recording): void {
  if (recording.scratchFolder !== undefined)
    rmSync(recording.scratchFolder, { recursive: true, force: true });
}
