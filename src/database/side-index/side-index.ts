import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { addDamage, type Damage } from '../../batch/damage.js';
import { messageOf, TcsReplayError } from '../../shared/errors.js';
import {
  type Connection,
  createScratch,
  isDamage,
  isTooLarge,
  openReadOnly,
  type Statement,
} from '../connection.js';
import type { GoOn } from '../go-on.js';
import type { Affinity } from '../schema/affinity.js';
import type { Schema } from '../schema/schema.js';
import { mergeSortedFiles, SortedFileWriter } from '../sort/sorted-files.js';
import { writeFailed } from '../write-failed.js';
import { AttributeScan, OddId, type ScannedId } from './attribute-scan.js';
import { attributeRows, type Hole } from './readable-attributes.js';

/** Schema name of the side index that is attached to a connection to its recording. */
export const SIDE_SCHEMA = 'side';
/** Version of the tables of a side index: one of another version is not used. */
export const SIDE_INDEX_VERSION = 3;

/** Rows that one statement inserts: from some dozens on the cost of a call into SQLite does not matter. */
const ROWS_AN_INSERT = 32;
/** Share of the time that the scan takes. */
const SCAN_SHARE = 0.8;

/**
 * Builds a side index for a recording that has no index on its attributes' event ids: a database with a table `link`, which
 * gives for each event id between which row ids of the attribute table its rows lie. Where the rows of an event lie
 * together, as in a log, that is one entry per event. It takes one pass over the attribute table, and a sort of the
 * entries. A second table, `hole`, gives the events between whose rows there are rows that cannot be read.
 *
 * @param path names the recording in errors
 * @param readPath the recording or its snapshot; it is only read
 * @param sidePath the file to write; temporary files beside it have names that begin with its name
 * @param report called with the share that has been done, 0 to 1
 * @returns rows that could not be read and are not in the index, which then has an entry for each row; undefined where all
 * rows were read
 * @throws TcsReplayError `UNKNOWN_SCHEMA` where rows cannot be told apart, `WRITE_FAILED`
 */
export function buildSideIndex(
  path: string,
  readPath: string,
  schema: Schema,
  sidePath: string,
  report: (share: number) => void,
): Damage[] | undefined {
  const { attribute } = schema;
  const { rowid } = attribute;
  if (rowid === undefined) {
    throw new TcsReplayError(
      'UNKNOWN_SCHEMA',
      `Table ${attribute.table} of ${path} has neither an index on ${attribute.eventId} nor row ids: create that index`,
    );
  }
  const source = openReadOnly(readPath);
  try {
    // All of it is read in one state, even if another process writes.
    source.exec('BEGIN');
    const links = new LinkWriter(sidePath, schema);
    try {
      const scan = new AttributeScan(source, schema, rowid, (id, first, last) => links.add(id, first, last));
      scan.run((share) => report(SCAN_SHARE * share));
      links.finish((share) => report(SCAN_SHARE + (1 - SCAN_SHARE) * share));
      return undefined;
    } finally {
      links.close();
    }
  } catch (error) {
    if (!isDamage(error) && !isTooLarge(error)) throw error;
  } finally {
    source.close();
  }
  return buildAroundDamage(readPath, schema, sidePath, () => report(0));
}

/**
 * As `buildSideIndex`, row by row, past damage.
 *
 * @returns rows that cannot be read
 * @throws TcsReplayError `WRITE_FAILED`
 */
export function buildAroundDamage(readPath: string, schema: Schema, sidePath: string, goOn: GoOn): Damage[] {
  // The files of a failed pass are no index.
  removeFiles(sidePath);
  const source = openReadOnly(readPath);
  try {
    source.exec('BEGIN');
    const links = new LinkWriter(sidePath, schema);
    try {
      const damage = addReadable(source, schema, links, goOn);
      links.finish(goOn);
      return damage;
    } finally {
      links.close();
    }
  } finally {
    source.close();
  }
}

function addReadable(source: Connection, schema: Schema, links: LinkWriter, goOn: GoOn): Damage[] {
  const { table } = schema.attribute;
  const damage: Damage[] = [];
  const onHole = (hole: Hole) => {
    const { firstRow, lastRow } = hole;
    links.addHole(hole);
    addDamage(damage, { table, firstRow, lastRow, reason: 'unreadable rows', lostEvents: 0 });
  };
  for (const [id, row] of attributeRows(source, schema, onHole)) {
    goOn();
    if (id === null) continue;
    if (typeof id === 'string') links.add(new OddId(true, Buffer.from(id)), row, row);
    else if (typeof id === 'bigint' && Number.isSafeInteger(Number(id))) links.add(Number(id), row, row);
    else links.add(new OddId(false, id as bigint | number | Uint8Array), row, row);
  }
  return damage;
}

function removeFiles(sidePath: string): void {
  const folder = dirname(sidePath);
  const base = basename(sidePath);
  for (const name of readdirSync(folder)) {
    if (name === base || name.startsWith(`${base}-`)) rmSync(join(folder, name));
  }
}

/**
 * Attaches a side index to a connection that reads the recording. Its tables must be those of a side index, so that no view
 * or trigger of a file that was put there is ever run.
 *
 * @throws TcsReplayError `READ_FAILED` where the file is no side index
 */
export function attachSideIndex(connection: Connection, path: string, schema: Schema): void {
  connection.pragma('trusted_schema = OFF');
  if (!existsSync(path)) {
    throw new TcsReplayError(
      'READ_FAILED',
      `The index ${path} was removed while it was in use, as by clearing the cache: start again`,
    );
  }
  connection.prepare(`ATTACH ? AS ${SIDE_SCHEMA}`).run(path);
  const fault = faultOfTables(connection, SIDE_SCHEMA, schema);
  if (fault !== undefined)
    throw new TcsReplayError('READ_FAILED', `Cannot use the index in ${path}: ${fault}`);
}

/** What is wrong with the tables of a file that should be a side index; undefined: nothing. */
export function sideIndexFault(path: string, schema: Schema): string | undefined {
  try {
    const connection = openReadOnly(path);
    try {
      connection.pragma('trusted_schema = OFF');
      return faultOfTables(connection, 'main', schema);
    } finally {
      connection.close();
    }
  } catch (error) {
    return `it cannot be read: ${messageOf(error)}`;
  }
}

/** Reads the schema as a table: that runs nothing of it. */
function faultOfTables(connection: Connection, database: string, schema: Schema): string | undefined {
  const found = connection.prepare(`SELECT sql FROM ${database}.sqlite_schema`).pluck().all() as unknown[];
  const expected = tablesOf(schema);
  const isExpected = found.length === expected.length && expected.every((sql) => found.includes(sql));
  return isExpected ? undefined : 'it has other tables than an index';
}

/** The statements that make the tables, as SQLite keeps them. */
function tablesOf({ attribute }: Schema): [link: string, hole: string] {
  const type = attribute.eventIdType;
  return [
    `CREATE TABLE link (${columnsOf(type)}, PRIMARY KEY (event_id, first_row)) WITHOUT ROWID`,
    `CREATE TABLE hole (after_event ${type}, before_event ${type})`,
  ];
}

/** The type gives the ids the affinity of the original column, so that they compare alike. */
function columnsOf(type: Affinity): string {
  return `event_id ${type}, first_row INTEGER, last_row INTEGER`;
}

/**
 * Writes the links. Nearly all ids are integers: their links are sorted first, so that the table is written from its
 * beginning to its end. Links of other ids are sorted by SQLite, which knows how they compare.
 */
class LinkWriter {
  private readonly _path: string;
  private readonly _db: Connection;
  private readonly _sorted: SortedFileWriter;
  private readonly _insert: Record<'link' | 'other', Statement>;
  private readonly _insertOther: Statement;
  private readonly _texts: unknown[] = [];
  private _integers = 0;
  private _others = 0;

  /** @param path the file to write */
  constructor(path: string, schema: Schema) {
    this._path = path;
    this._sorted = new SortedFileWriter(`${path}-sorted-`);
    this._db = createScratch(path);
    this._db.pragma(`encoding = '${schema.encoding}'`); // Otherwise it cannot be attached.
    const columns = columnsOf(schema.attribute.eventIdType);
    this._db.exec(`${tablesOf(schema).join(';')}; CREATE TEMP TABLE other (${columns}); BEGIN`);
    // OR IGNORE, since a damaged table can give a row twice.
    const rows = Array(ROWS_AN_INSERT).fill('(?, ?, ?)').join(', ');
    this._insert = {
      link: this._db.prepare(`INSERT OR IGNORE INTO link VALUES ${rows}`),
      other: this._db.prepare(`INSERT INTO other VALUES ${rows}`),
    };
    this._insertOther = this._db.prepare(
      'INSERT INTO other VALUES (CASE WHEN ? THEN CAST(? AS TEXT) ELSE ? END, ?, ?)',
    );
  }

  /** Adds a run of rows. @throws TcsReplayError `WRITE_FAILED` */
  add(id: ScannedId, first: bigint, last: bigint): void {
    this._writing(() => {
      if (typeof id === 'number') {
        this._integers += 1;
        this._sorted.add(id, first, Number(last - first));
        return;
      }
      this._others += 1;
      if (typeof id !== 'string') {
        const { isText, value } = id;
        this._insertOther.run(isText ? 1n : 0n, isText ? value : null, isText ? null : value, first, last);
        return;
      }
      this._texts.push(id, first, last);
      if (this._texts.length === 3 * ROWS_AN_INSERT) this._insert.other.run(this._texts.splice(0));
    });
  }

  /** Adds rows that cannot be read. @throws TcsReplayError `WRITE_FAILED` */
  addHole({ afterEvent, beforeEvent }: Hole): void {
    this._writing(() => {
      this._db.prepare('INSERT INTO hole VALUES (?, ?)').run(afterEvent, beforeEvent);
    });
  }

  /** Writes the table. @throws TcsReplayError `WRITE_FAILED` */
  finish(report: (share: number) => void): void {
    this._writing(() => {
      this._sorted.flush();
      const all = this._integers + this._others;
      this._writeIntegers((count) => report(count / all));
      this._writeOthers((count) => report((this._integers + count) / all));
      this._db.exec('COMMIT');
    });
  }

  close(): void {
    this._db.close();
  }

  private _writeIntegers(report: (count: number) => void): void {
    let written = 0;
    let values: unknown[] = [];
    mergeSortedFiles(this._sorted.paths, (records, count) => {
      for (let i = 0; i < count; i++) {
        const first = records.rowOf(i);
        values.push(records.keyOf(i), first, first + BigInt(records.numberOf(i)));
        if (values.length === 3 * ROWS_AN_INSERT) {
          this._insert.link.run(values);
          values = [];
        }
      }
      written += count;
      report(written);
    });
    const insert = this._db.prepare('INSERT OR IGNORE INTO link VALUES (?, ?, ?)');
    for (let at = 0; at < values.length; at += 3) insert.run(values.slice(at, at + 3));
  }

  private _writeOthers(report: (count: number) => void): void {
    const texts = this._texts;
    for (let at = 0; at < texts.length; at += 3) {
      this._insertOther.run(0n, null, ...texts.slice(at, at + 3));
    }
    let read = 0;
    // A statement can only be stopped where it calls back into JavaScript.
    this._db.function('passes', { deterministic: false }, () => {
      report(++read);
      return 1;
    });
    this._db.exec(
      'INSERT OR IGNORE INTO link SELECT * FROM other WHERE passes() ORDER BY event_id, first_row',
    );
  }

  private _writing(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw writeFailed(`Cannot write an index in ${this._path}`, error);
    }
  }
}
