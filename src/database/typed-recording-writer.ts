import { closeSync, fsyncSync, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { RealText } from './pages/real-text.js';
import type { AttributeType } from './recording-writer.js';

/** A value as SQLite stores it: a bigint is an INTEGER, a number a REAL. */
export type StoredValue = string | bigint | number | null;

/**
 * The default schema. Values have no declared type, so that they keep theirs. The index is created at the start: event ids only
 * ascend, so that entries are appended to it.
 */
const SCHEMA = `
  CREATE TABLE event(event_id INTEGER PRIMARY KEY, topic TEXT NOT NULL, data_time REAL);
  CREATE TABLE attribute(event_id INTEGER NOT NULL, key TEXT NOT NULL, value, data_type TEXT NOT NULL);
  CREATE INDEX attribute_event_id ON attribute(event_id);
`;

/** Fast, and safe here: the file is used only when it is whole and synced. */
const PRAGMAS = ['page_size = 4096', 'journal_mode = OFF', 'synchronous = OFF', 'locking_mode = EXCLUSIVE'];

/** Event rows that one statement inserts. */
const ROWS_PER_INSERT = 64;
/** Most attribute rows that one statement inserts. */
const MOST_ROWS = 500;
/** Statements that are kept; a night has about one for each topic. */
const MOST_STATEMENTS = 1000;

const INTEGER = /^-?(?:0|[1-9]\d{0,18})$/;
const [SMALLEST_INTEGER, LARGEST_INTEGER] = [-(2n ** 63n), 2n ** 63n - 1n];

/** The keys and types of an event's attributes, in order. Events that share one are written by the same statement. */
export interface AttributeShape {
  readonly keys: readonly string[];
  readonly types: readonly AttributeType[];
}

/**
 * Writes a recording whose values keep their storage classes, into a file that is empty. Event ids are from 1 in the order of the
 * calls. Memory does not grow with the recording.
 */
export class TypedRecordingWriter {
  readonly path: string;
  private readonly _db: Database.Database;
  private readonly _insertEvent: Database.Statement;
  private readonly _insertEvents: Database.Statement;
  private readonly _realText: RealText;
  private _statements = new Map<AttributeShape, Database.Statement[]>();
  private _events: (string | number | null)[] = [];
  private _eventCount = 0;

  /** @throws TcsReplayError `WRITE_FAILED` */
  constructor(path: string) {
    this.path = path;
    let db: Database.Database | undefined;
    try {
      // A relative path may have a meaning of its own: better-sqlite3 trims it.
      db = new Database(resolve(path));
      // In its defensive mode SQLite would not switch the journal off.
      db.unsafeMode();
      for (const pragma of PRAGMAS) db.pragma(pragma);
      db.unsafeMode(false);
      db.exec(SCHEMA);
      const row = '(?,?,?)';
      this._insertEvent = db.prepare(`INSERT INTO event VALUES ${row}`);
      this._insertEvents = db.prepare(
        `INSERT INTO event VALUES ${new Array(ROWS_PER_INSERT).fill(row).join(',')}`,
      );
      this._realText = new RealText(db);
      db.exec('BEGIN');
      this._db = db;
    } catch (error) {
      db?.close();
      throw this._failure(error);
    }
  }

  /**
   * Appends an event.
   *
   * @param dataTimeS Unix seconds; NaN: it has none
   * @param shape is kept, and must not change
   * @param values one for each key; the array is not kept
   * @throws TcsReplayError `WRITE_FAILED`; then the writer cannot be used any more
   */
  write(topic: string, dataTimeS: number, shape: AttributeShape, values: readonly StoredValue[]): void {
    this._eventCount += 1;
    const id = this._eventCount;
    const named = { id };
    try {
      this._events.push(id, topic, Number.isNaN(dataTimeS) ? null : dataTimeS);
      if (this._events.length === 3 * ROWS_PER_INSERT) {
        this._insertEvents.run(this._events);
        this._events = [];
      }
      const statements = this._statementsOf(shape);
      if (statements.length === 1) statements[0].run(values, named);
      else
        for (const [i, statement] of statements.entries())
          statement.run(values.slice(i * MOST_ROWS, (i + 1) * MOST_ROWS), named);
    } catch (error) {
      throw this._failure(error);
    }
  }

  /** The number that goes out as this text, by any way of reading it; undefined where there is none, and a text is to be stored. */
  storedNumber(json: string): bigint | number | undefined {
    if (INTEGER.test(json)) {
      const integer = BigInt(json);
      const fits = integer >= SMALLEST_INTEGER && integer <= LARGEST_INTEGER;
      return fits && json !== '-0' ? integer : undefined;
    }
    const real = Number(json);
    return Number.isFinite(real) && this._realText.of(real) === json ? real : undefined;
  }

  /** Ends the file, which is on the disk then. @returns its size in bytes @throws TcsReplayError `WRITE_FAILED` */
  finish(): number {
    try {
      for (let at = 0; at < this._events.length; at += 3)
        this._insertEvent.run(this._events.slice(at, at + 3));
      this._db.exec('COMMIT');
      this._db.close();
      const file = openSync(this.path, 'r+');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return statSync(this.path).size;
    } catch (error) {
      throw this._failure(error);
    }
  }

  /** Closes the file as it is. It can be called more than once. */
  close(): void {
    this._db.close();
  }

  /** The statements that insert the rows of a shape: several where there are many rows. */
  private _statementsOf(shape: AttributeShape): Database.Statement[] {
    let statements = this._statements.get(shape);
    if (statements === undefined) {
      if (this._statements.size >= MOST_STATEMENTS) this._statements = new Map();
      statements = [];
      for (let at = 0; at < shape.keys.length; at += MOST_ROWS) {
        const rows = shape.keys
          .slice(at, at + MOST_ROWS)
          .map((key, i) => `(:id,${literal(key)},?,'${shape.types[at + i]}')`);
        statements.push(this._db.prepare(`INSERT INTO attribute VALUES ${rows.join(',')}`));
      }
      this._statements.set(shape, statements);
    }
    return statements;
  }

  private _failure(error: unknown): TcsReplayError {
    if (error instanceof TcsReplayError) return error;
    const isFull = (error as { code?: string }).code === 'SQLITE_FULL';
    const hint = isFull ? '; free some space, or choose a place with more of it' : '';
    return new TcsReplayError('WRITE_FAILED', `Cannot write ${this.path}: ${messageOf(error)}${hint}`, {
      cause: error,
    });
  }
}

/** A text in SQL. One with NUL cannot be written as a literal. */
function literal(text: string): string {
  return text.includes('\0')
    ? `CAST(x'${Buffer.from(text).toString('hex')}' AS TEXT)`
    : `'${text.replaceAll("'", "''")}'`;
}
