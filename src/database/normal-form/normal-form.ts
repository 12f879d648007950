import { statSync } from 'node:fs';
import type { Damage } from '../../batch/damage.js';
import { messageOf, TcsReplayError } from '../../shared/errors.js';
import { type Connection, createScratch, isDamage, openReadOnly, SqliteError } from '../connection.js';
import { NORMAL_INDEX, topicColumns } from '../schema/normal-schema.js';
import type { Schema } from '../schema/schema.js';
import type { SourceShape } from '../schema/source-shape.js';
import { writeFailed } from '../write-failed.js';
import { copyTables } from './copy-tables.js';
import { writeJsonEvents } from './json-events.js';
import { writeTopicEvents } from './topic-events.js';

/** Version of the rules by which normal forms are made: one of another version is not used. */
export const NORMAL_FORM_VERSION = 1;

/** Rows between two reports of progress. */
const ROWS_A_REPORT = 4096;
/** A normal form may be larger than its source, and takes as long. */
const MOST_SHARE = 0.99;
/** SQLite could not write. Other errors are of reading. */
const WRITING = /^SQLITE_(?:FULL|IOERR_(?:WRITE|FSYNC|TRUNCATE|MMAP)|CANTOPEN|READONLY)/;

/** The schema of a normal form. */
export type ShapedSchema = Schema & { readonly shape: SourceShape };

/** A database of another shape, which is brought into the normal form. */
export interface Source {
  /** The path as the user gave it, for errors. */
  readonly path: string;
  /** The file that is read: the database, or a snapshot of it. */
  readonly readPath: string;
  /**
   * Connection that reads it, within a transaction that has begun to read. Its lock keeps everyone from writing to the file,
   * even a connection that could.
   */
  readonly connection: Connection;
}

/**
 * Makes the normal form of a database: an event table and an attribute table, with times in Unix seconds. All rows are read
 * once; memory does not grow with their number.
 *
 * @param schema of the normal form, with the shape of the source
 * @param madePath the file to write
 * @param report called with the share that has been done, 0 to 1: about that of the bytes
 * @throws TcsReplayError `READ_FAILED` where the source is damaged, `WRITE_FAILED`
 */
export function makeNormalForm(
  source: Source,
  schema: ShapedSchema,
  madePath: string,
  report: (share: number) => void,
): void {
  const { path, readPath, connection } = source;
  const { shape } = schema;
  const sourceBytes = statSync(readPath).size;
  let rows = 0;
  const passed = () => {
    rows += 1;
    if (rows % ROWS_A_REPORT === 0)
      report(Math.min(MOST_SHARE, statSync(madePath).size / Math.max(1, sourceBytes)));
  };
  report(0);
  try {
    const made = createScratch(madePath);
    try {
      made.pragma(`encoding = '${schema.encoding}'`);
      made.exec(tablesOf(schema).join(';'));
      if (shape.kind === 'tables') copyTables(made, readPath, shape, passed);
      else if (shape.kind === 'json') writeJsonEvents(made, connection, shape, passed);
      else writeTopicEvents(made, connection, shape, passed);
    } finally {
      made.close();
    }
  } catch (error) {
    if (error instanceof SqliteError && WRITING.test(error.code))
      throw writeFailed(`Cannot write the normal form of ${path} in ${madePath}`, error);
    if (isDamage(error)) throw damaged(path, shape, error);
    throw error;
  }
}

/** What could not be read when a normal form was made: rows of the source. */
export function damageOf(madePath: string, { shape }: Schema): Damage[] {
  if (shape?.kind !== 'json') return [];
  const connection = openReadOnly(madePath);
  try {
    const rows = connection.prepare('SELECT first_row, last_row FROM damage').raw().safeIntegers().all();
    return (rows as [bigint, bigint][]).map(([firstRow, lastRow]) => ({
      table: shape.event.table,
      firstRow,
      lastRow,
      reason: 'unreadable event',
      lostEvents: Number(lastRow - firstRow) + 1,
    }));
  } finally {
    connection.close();
  }
}

/** What is wrong with the tables of a file that should be a normal form; undefined: nothing. It runs nothing of the file. */
export function normalFormFault(madePath: string, schema: Schema): string | undefined {
  try {
    const connection = openReadOnly(madePath);
    try {
      const found = connection.prepare('SELECT sql FROM sqlite_schema').pluck().all() as unknown[];
      const expected = tablesOf(schema);
      const isExpected = found.length === expected.length && expected.every((sql) => found.includes(sql));
      return isExpected ? undefined : 'it has other tables than a normal form';
    } finally {
      connection.close();
    }
  } catch (error) {
    return `it cannot be read: ${messageOf(error)}`;
  }
}

/** The statements that make the tables, as SQLite keeps them. Columns without a type keep values as they are. */
function tablesOf({ event, attribute, shape }: Schema): string[] {
  const idType = shape?.kind === 'tables' ? shape.event.idType : 'INTEGER PRIMARY KEY';
  const columns = [...topicColumns(event.topic), ...(event.dataTime === undefined ? [] : [event.dataTime])];
  const tables = [
    `CREATE TABLE event (${[`event_id ${idType}`, ...columns].join(', ')})`,
    `CREATE TABLE attribute (event_id ${attribute.eventIdType}, key, value${attribute.dataType === undefined ? '' : ', data_type'})`,
  ];
  // Ids only ascend: entries are appended to it.
  if (attribute.index !== undefined) tables.push(`CREATE INDEX ${NORMAL_INDEX} ON attribute(event_id)`);
  if (shape?.kind === 'json') tables.push('CREATE TABLE damage (first_row INTEGER, last_row INTEGER)');
  return tables;
}

function damaged(path: string, { kind }: SourceShape, error: unknown): TcsReplayError {
  const message =
    `Cannot read ${path}: ${messageOf(error)}; past damage only tables with times in Unix seconds are read: ` +
    `${kind === 'tables' ? 'event.time=unix-s of the schema option plays tables with their times as they are, and ' : ''}` +
    `"sqlite3 ${path} .recover" gets out what is left`;
  return new TcsReplayError('READ_FAILED', message, { cause: error });
}
