import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
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
  readonly sizeBytes: number;
  /** Smallest and largest row id of the event table; undefined where it is empty. */
  readonly rows: { readonly first: bigint; readonly last: bigint } | undefined;
  /** Due time of the first event in the order of the table that has one, in Unix seconds; NaN where none is found. */
  readonly firstTimeS: number;
  /** Due time of the last event in the order of the table, in Unix seconds; NaN where it has none. */
  readonly lastTimeS: number;
}

/** So many events at the start of a recording may be without a time. */
const ROWS_WITHOUT_TIME = 256;

/** What is wanted of a recording, and in which form. Plain data. */
export interface ReadRules extends EncodeRules {
  readonly filter: TopicFilter | undefined;
  readonly format: PayloadFormat;
}

/**
 * Looks into a database: finds its schema, and makes what it needs to be read fast and without a trace.
 *
 * @param scratchFolder where that is made; created when needed, and the caller's to remove
 * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`
 */
export function openRecording(path: string, scratchFolder: string): Recording {
  const { isWal } = readHeader(path);
  const made: string[] = [];
  const newFolder = () => {
    mkdirSync(scratchFolder, { recursive: true });
    const folder = mkdtempSync(join(scratchFolder, 'recording-'));
    made.push(folder);
    return folder;
  };
  try {
    const readPath = isWal ? copyWithLog(path, newFolder()) : path;
    const connection = openReadOnly(readPath);
    try {
      const schema = readSchema(connection, path);
      let sideIndexPath: string | undefined;
      if (schema.attribute.index === undefined) {
        sideIndexPath = join(newFolder(), 'side-index.db');
        buildSideIndex(path, readPath, schema, sideIndexPath);
        attachSideIndex(connection, sideIndexPath);
      }
      const table = new EventTable(connection, schema);
      const rows = table.extent();
      const firstTimeS = rows === undefined ? Number.NaN : firstTime(table, rows.first);
      const lastTimeS = rows === undefined ? Number.NaN : table.times(rows.last, 1)[0].dueTimeS;
      return {
        path,
        readPath,
        schema,
        sideIndexPath,
        sizeBytes: statSync(path).size,
        rows,
        firstTimeS,
        lastTimeS,
      };
    } finally {
      connection.close();
    }
  } catch (error) {
    for (const folder of made) rmSync(folder, { recursive: true });
    throw readError(path, error);
  }
}

function firstTime(table: EventTable, first: bigint): number {
  const timed = table.times(first, ROWS_WITHOUT_TIME).find(({ dueTimeS }) => !Number.isNaN(dueTimeS));
  return timed?.dueTimeS ?? Number.NaN;
}
