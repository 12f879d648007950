import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PayloadFormat } from '../batch.js';
import type { Damage } from '../damage.js';
import type { EncodeRules } from '../decode/event-encoder.js';
import { type FileHeader, openReadOnly, readError, readHeader } from './connection.js';
import type { TopicFilter } from './event-query.js';
import { EventTable } from './event-table.js';
import { readSchema, type Schema } from './schema.js';
import { attachSideIndex, buildSideIndex } from './side-index.js';
import { copyWholePages, copyWithLog } from './snapshot.js';

/** A database of events, as found. Plain data: it goes to every thread. */
export interface Recording {
  /** The path as the user gave it. */
  readonly path: string;
  /** The file that is read: the database itself, or a snapshot of it. */
  readonly readPath: string;
  readonly schema: Schema;
  /** Holds the rows of each event where the database has no index of them. */
  readonly sideIndexPath: string | undefined;
  /** Where such an index is made when it turns out that the database's own one is damaged. */
  readonly salvagePath: string;
  /** What cannot be read before the first row and after the last, and of attributes: as far as it shows at the start. */
  readonly damage: readonly Damage[];
  readonly sizeBytes: number;
  /** Smallest and largest row id of the event table; undefined where it is empty, or none can be read. */
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
 * @param scratchFolder where that is made; created when needed, and the caller's to remove
 * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`
 */
export function openRecording(path: string, scratchFolder: string): Recording {
  const header = readHeader(path);
  const made: string[] = [];
  const newFolder = () => {
    mkdirSync(scratchFolder, { recursive: true });
    const folder = mkdtempSync(join(scratchFolder, 'recording-'));
    made.push(folder);
    return folder;
  };
  try {
    const readPath = readableCopy(path, header, newFolder) ?? path;
    const connection = openReadOnly(readPath);
    try {
      const schema = readSchema(connection, path);
      const damage: Damage[] = [];
      let sideIndexPath: string | undefined;
      if (schema.attribute.index === undefined) {
        sideIndexPath = join(newFolder(), 'side-index.db');
        damage.push(...buildSideIndex(path, readPath, schema, sideIndexPath));
        attachSideIndex(connection, sideIndexPath);
      }
      const table = new EventTable(connection, schema);
      const { rows, damage: outside } = table.extent();
      damage.push(...outside);
      const lastTimeS = (rows && table.times(rows.last, 1)[0]?.dueTimeS) ?? Number.NaN;
      const salvagePath = join(scratchFolder, `salvage-${randomUUID()}.db`);
      const { size: sizeBytes } = statSync(path);
      return { path, readPath, schema, sideIndexPath, salvagePath, damage, sizeBytes, rows, lastTimeS };
    } finally {
      connection.close();
    }
  } catch (error) {
    for (const folder of made) rmSync(folder, { recursive: true });
    throw readError(path, error);
  }
}

/** A copy that can be read where the database itself cannot be read in place. */
function readableCopy(
  path: string,
  { isWal, wholePagesBytes }: FileHeader,
  newFolder: () => string,
): string | undefined {
  if (isWal) return copyWithLog(path, newFolder());
  // With a journal beside it, it is not the file that ends too early: SQLite says what there is to do.
  if (wholePagesBytes === undefined || existsSync(`${path}-journal`)) return undefined;
  return copyWholePages(path, newFolder(), wholePagesBytes);
}
