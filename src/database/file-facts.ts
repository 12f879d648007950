import { statSync } from 'node:fs';
import { timeOfStored } from '../encode/time-value.js';
import { companionOf, takeSnapshot } from './cache/snapshot.js';
import type { WorkFolders } from './cache/work-folders.js';
import {
  type Connection,
  isDamage,
  isForeignIndex,
  openReadOnly,
  quoted,
  readError,
  readHeader,
  stoppable,
} from './connection.js';

import { EventTable } from './events/event-table.js';
import type { GoOn } from './go-on.js';
import { countEntries } from './pages/count-entries.js';
import { OddRow } from './pages/odd-row.js';
import { PageFault } from './pages/page-fault.js';
import { PageTransaction } from './pages/page-transaction.js';
import { indexRootPage, tableLayout } from './pages/table-layout.js';
import { countState } from './recorded-state.js';
import type { RowRange } from './rows.js';
import { readSchema } from './schema/read-schema.js';
import type { Schema } from './schema/schema.js';
import type { SchemaOverride } from './schema/schema-override.js';

const NOT_INDEXED = ' NOT INDEXED';

/** How the user named tables and columns. */
export interface SchemaNaming {
  readonly override?: SchemaOverride;
  /** What the user calls the option, for errors. Default: its name in the library. */
  readonly schemaOption?: string | undefined;
}

/** Facts of a database that are known without reading all of it. Plain data. */
export interface FileFacts {
  readonly path: string;
  readonly sizeBytes: number;
  /** Size of a page in bytes. */
  readonly pageBytes: number;
  readonly journalMode: 'rollback' | 'wal';
  readonly schema: Schema;
  /** Those of the normal form, where the database has another shape and was prepared. */
  readonly indices: readonly IndexFacts[];
  /** Smallest and largest row id of the event table; undefined where it is empty or they cannot be read. */
  readonly rows: RowRange | undefined;
  /** Due times of the first and the last row, in Unix seconds; NaN where a row has none. */
  readonly firstRowS: number;
  readonly lastRowS: number;
  /** Number of topics whose last event before the recording it holds in tables of their own, which `--prime` sends; 0: none. */
  readonly stateTopics: number;
}

/** An index of the event or the attribute table. */
export interface IndexFacts {
  readonly table: string;
  readonly name: string;
  /** Its columns in order; null: an expression. */
  readonly columns: readonly (string | null)[];
  readonly isUnique: boolean;
}

/**
 * The path at which a database can be read: its own, or that of a copy where reading it in place would leave a trace.
 *
 * @param folders where copies are made
 */
export function readablePath(path: string, { scratchFolder }: WorkFolders, goOn: GoOn): string {
  const companion = companionOf(path);
  return companion === undefined ? path : takeSnapshot(path, companion, scratchFolder, goOn);
}

/**
 * Reads facts of a database, in a time that does not grow with its size.
 *
 * @param readPath the file that is read: the database, a copy of it, or its normal form
 * @param known schema of its recording; undefined: it was not prepared, and the tables are found
 * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`
 */
export function readFileFacts(
  path: string,
  readPath: string,
  { known, override = {}, schemaOption }: { known?: Schema } & SchemaNaming = {},
): FileFacts {
  const { isWal, pageBytes } = readHeader(path);
  try {
    const connection = openReadOnly(readPath);
    try {
      const schema = known ?? readSchema(connection, path, override, schemaOption);
      const areThere = known !== undefined || schema.shape === undefined;
      const tables = [schema.event.table, schema.attribute.table];
      return {
        path,
        sizeBytes: statSync(path).size,
        pageBytes,
        journalMode: isWal ? 'wal' : 'rollback',
        schema,
        indices: areThere ? tables.flatMap((table) => indicesOf(connection, table)) : [],
        ...(areThere ? readableEnds(connection, schema) : NO_ENDS),
        stateTopics: countState(connection, schema),
      };
    } finally {
      connection.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

/**
 * Counts the rows of the attribute table, by an index or by the table itself: in the headers of pages, or by SQLite.
 *
 * @returns undefined where not all of it can be read
 */
export function countAttributes(
  path: string,
  readPath: string,
  { attribute }: Schema,
  goOn: GoOn,
): number | undefined {
  try {
    const connection = openReadOnly(readPath);
    try {
      return (
        countInPages(connection, readPath, attribute, goOn) ??
        countRows(connection, quoted(attribute.table), stoppable(connection, attribute.rowid, goOn))
      );
    } finally {
      connection.close();
    }
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw readError(path, error);
  }
}

/** @returns undefined where the pages are of a form that is not read here, or do not add up */
function countInPages(
  connection: Connection,
  readPath: string,
  { table, index }: Schema['attribute'],
  goOn: GoOn,
): number | undefined {
  const indexRoot = index && indexRootPage(connection, index.name);
  const root = indexRoot ?? tableLayout(connection, table)?.rootPage;
  if (root === undefined) return undefined;
  const transaction = new PageTransaction(connection, readPath);
  try {
    return transaction.run(() => {
      transaction.lock();
      const count = countEntries(transaction.file, root, indexRoot === undefined ? 'table' : 'index', goOn);
      return transaction.file.hasChanged() ? undefined : count;
    });
  } catch (error) {
    if (error instanceof PageFault || error instanceof OddRow) return undefined;
    throw error;
  } finally {
    transaction.close();
  }
}

function countRows(connection: Connection, from: string, where = 'TRUE'): number {
  try {
    return connection.prepare(`SELECT count(*) FROM ${from} WHERE ${where}`).pluck().get() as number;
  } catch (error) {
    if (!isForeignIndex(error) || from.endsWith(NOT_INDEXED)) throw error;
    return countRows(connection, from + NOT_INDEXED, where);
  }
}

function indicesOf(connection: Connection, table: string): IndexFacts[] {
  const list = connection.pragma(`main.index_list(${quoted(table)})`) as { name: string; unique: number }[];
  return list.map(({ name, unique }) => ({
    table,
    name,
    columns: (connection.pragma(`main.index_info(${quoted(name)})`) as { name: string | null }[]).map(
      (column) => column.name,
    ),
    isUnique: unique === 1,
  }));
}

const NO_ENDS = { rows: undefined, firstRowS: Number.NaN, lastRowS: Number.NaN } as const;

/** As `endsOf`; the ends of a damaged table may be unreadable. */
function readableEnds(connection: Connection, schema: Schema): ReturnType<typeof endsOf> {
  try {
    return endsOf(connection, schema);
  } catch (error) {
    if (isDamage(error)) return NO_ENDS;
    throw error;
  }
}

function endsOf(connection: Connection, schema: Schema): Pick<FileFacts, 'rows' | 'firstRowS' | 'lastRowS'> {
  const { table, rowid, dataTime } = schema.event;
  const [first, last] = ['min', 'max'].map(
    (end) =>
      connection
        .prepare(`SELECT ${end}(${quoted(rowid)}) FROM ${quoted(table)}`)
        .pluck()
        .safeIntegers()
        .get() as bigint | null,
  );
  if (first === null || last === null) return NO_ENDS;
  const timeOf = (row: bigint): number => {
    if (schema.attribute.index !== undefined)
      return new EventTable(connection, schema).times(row, 1)[0].dueTimeS;
    // Without an index the event's attributes could only be found by reading all attributes.
    if (dataTime === undefined) return Number.NaN;
    const statement = connection.prepare(
      `SELECT ${quoted(dataTime)} FROM ${quoted(table)} WHERE ${quoted(rowid)} = ?`,
    );
    return timeOfStored(statement.pluck().get(row));
  };
  return { rows: { first, last }, firstRowS: timeOf(first), lastRowS: timeOf(last) };
}
