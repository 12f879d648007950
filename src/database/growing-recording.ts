import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { cannotWriteTo } from '../shared/cannot-write.js';
import { AttributeInsert } from './attribute-insert.js';
import { NewFile } from './new-file.js';
import { recordingTables, STATE_PREFIX } from './recording-tables.js';
import type { AttributeType } from './recording-writer.js';
import { RowBuffer } from './row-buffer.js';

/**
 * A commit survives a killed process, and the file is whole after a power cut, which may take the last commits. Pages are moved from the log to
 * the database each 16 MiB: each time costs two waits for the disk. With these larger pages an event costs a quarter less than with 4 KiB; with
 * still larger ones it costs hardly less, while each commit of a few events writes three pages.
 */
const PRAGMAS = [
  'page_size = 16384',
  'journal_mode = WAL',
  'synchronous = NORMAL',
  'wal_autocheckpoint = 1024',
  'journal_size_limit = 67108864',
  // A transaction of 4 MiB of payloads stays in memory until its commit.
  'cache_size = -16384',
];

/** SQLite itself waits no longer for a lock: whoever writes tries again later. */
const BUSY_TIMEOUT_MS = 50;

/**
 * A recording that is being written, in the default schema: event ids ascend from 1 in the order of the calls. Others can read it at the same
 * time, and find in it what was committed.
 *
 * Its path is a whole recording from the first commit on, together with the log that SQLite keeps beside it (`-wal`); `close` makes it one file. The
 * methods that write throw SQLite's errors; `rollback` then brings back the state of the last commit. Memory does not grow
 * with the recording.
 */
export class GrowingRecording {
  readonly path: string;
  /** Adds the attributes of an event that was added. */
  readonly attributes: AttributeInsert;
  private readonly _file: NewFile;
  private readonly _db: Database.Database;
  private readonly _eventRows: RowBuffer;
  private readonly _pageCount: Database.Statement;
  private readonly _pageBytes: number;
  private _nextId = 1;
  private _committedId = 0;
  private _stateTopics = 0;
  /** The size in the end; undefined while it is open. */
  private _closedBytes: number | undefined;

  /**
   * Creates the file.
   *
   * @throws TcsReplayError `BAD_OPTION` for an empty path, `NO_SUCH_FILE` where its folder is missing, `WRITE_FAILED` where the path is taken or the
   * file cannot be made
   */
  constructor(path: string) {
    this._file = new NewFile(path);
    this.path = path;
    let db: Database.Database | undefined;
    try {
      // A relative path may have a meaning of its own: better-sqlite3 trims it.
      db = new Database(resolve(path), { timeout: BUSY_TIMEOUT_MS });
      for (const pragma of PRAGMAS) db.pragma(pragma);
      db.exec(`BEGIN; ${recordingTables()} COMMIT`);
      this._eventRows = new RowBuffer(db, 'event', 3);
      this.attributes = new AttributeInsert(db, 'attribute');
      this._pageCount = db.prepare('PRAGMA page_count').pluck();
      this._pageBytes = db.pragma('page_size', { simple: true }) as number;
      this._db = db;
    } catch (error) {
      db?.close();
      this._file.remove();
      throw cannotWriteTo(path, error);
    }
  }

  /** Number of events that were committed, without those of the state. */
  get eventCount(): number {
    return this._committedId;
  }

  /** Number of topics whose last event of the recording before is at the head of this one. */
  get stateTopics(): number {
    return this._stateTopics;
  }

  /** The size that the file has once its log is part of it. */
  get sizeBytes(): number {
    return this._closedBytes ?? (this._pageCount.get() as number) * this._pageBytes;
  }

  /** Whether the path still leads to this file. */
  get isInPlace(): boolean {
    return this._file.isInPlace;
  }

  /** Begins a transaction, unless there is one. @throws SqliteError such as `SQLITE_BUSY` */
  begin(): void {
    if (!this._db.inTransaction) this._db.exec('BEGIN IMMEDIATE');
  }

  /**
   * Adds an event; its rows follow by `attributes`.
   *
   * @param dataTimeS Unix seconds; `null` where the event has no data time
   * @returns the id of the event
   */
  addEvent(topic: string, dataTimeS: number | null): number {
    const id = this._nextId++;
    this._eventRows.push(id);
    this._eventRows.push(topic);
    this._eventRows.push(dataTimeS);
    return id;
  }

  /** Makes all that was added since `begin` part of the file. @throws SqliteError; nothing of it is then */
  commit(): void {
    this._eventRows.flush();
    this._db.exec('COMMIT');
    this._committedId = this._nextId - 1;
  }

  /** Forgets all that was added since the last commit. */
  rollback(): void {
    this._eventRows.clear();
    this._nextId = this._committedId + 1;
    if (this._db.inTransaction) this._db.exec('ROLLBACK');
  }

  /**
   * Writes the last event of each topic of the recording before this one into tables of their own, and commits.
   *
   * @param lastIds the last event of each topic of which that recording has one; the others are in its own state
   */
  takeState(before: GrowingRecording, lastIds: ReadonlyMap<string, number>): void {
    this._db.exec(`BEGIN IMMEDIATE; ${recordingTables(STATE_PREFIX)}`);
    const events = new RowBuffer(this._db, `${STATE_PREFIX}event`, 3);
    const rows = new RowBuffer(this._db, `${STATE_PREFIX}attribute`, 4);
    let id = 0;
    for (const { topic, dataTimeS, attributes } of before._states(lastIds)) {
      id += 1;
      for (const cell of [id, topic, dataTimeS]) events.push(cell);
      for (const row of attributes) for (const cell of [id, ...row]) rows.push(cell);
    }
    events.flush();
    rows.flush();
    this._db.exec('COMMIT');
    this._stateTopics = id;
  }

  /** Ends the recording: it is one file then, unless another program is reading it or the disk is full. */
  close(): void {
    this.rollback();
    this._closedBytes = this.sizeBytes;
    try {
      this._db.pragma('wal_checkpoint(TRUNCATE)');
      this._db.pragma('journal_mode = DELETE');
    } catch {
      // The log stays beside it, and readers read both.
    }
    this._db.close();
  }

  /** Removes it. */
  discard(): void {
    this._db.close();
    this._file.remove();
  }

  /** The last event of each topic, in the order in which they came. */
  private *_states(lastIds: ReadonlyMap<string, number>): Generator<StateEvent> {
    if (this._stateTopics > 0) {
      const events = this._db.prepare(`SELECT event_id, topic FROM ${STATE_PREFIX}event ORDER BY event_id`);
      for (const { event_id, topic } of events.all() as { event_id: number; topic: string }[])
        if (!lastIds.has(topic)) yield this._stateEvent(STATE_PREFIX, event_id);
    }
    const ids = [...lastIds.values()].sort((a, b) => a - b);
    for (const id of ids) yield this._stateEvent('', id);
  }

  private _stateEvent(prefix: '' | typeof STATE_PREFIX, id: number): StateEvent {
    const event = this._db
      .prepare(`SELECT topic, data_time AS dataTimeS FROM ${prefix}event WHERE event_id = ?`)
      .get(id) as { topic: string; dataTimeS: number | null };
    const attributes = this._db
      .prepare(`SELECT key, value, data_type FROM ${prefix}attribute WHERE event_id = ? ORDER BY rowid`)
      .raw()
      .all(id) as [string, string | null, AttributeType][];
    return { ...event, attributes };
  }
}

interface StateEvent {
  readonly topic: string;
  readonly dataTimeS: number | null;
  readonly attributes: readonly (readonly [key: string, value: string | null, dataType: AttributeType])[];
}
