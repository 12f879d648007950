import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';
import { cannotWriteTo } from '../shared/cannot-write.js';
import { TcsReplayError } from '../shared/errors.js';
import { COMPANION_SUFFIXES, refuseTaken, reservePart } from './new-recording.js';
import { recordingTables } from './recording-tables.js';
import { RowBuffer } from './row-buffer.js';

/** What the value of an attribute stands for; the value itself is text. */
export type AttributeType = 'number' | 'boolean' | 'string';

/** One row of the attribute table, without the id of its event. `null` is SQL NULL. */
export interface Attribute {
  readonly key: string;
  readonly value: string | null;
  readonly dataType: AttributeType;
}

export interface RecordingWriterOptions {
  /**
   * Replace the file at the path, and a partial file that a killed process left; a device, a pipe or a socket is never
   * replaced. Default false: refuse.
   */
  readonly overwrite?: boolean;
  /** What the user calls that option, for errors. Default: `overwrite`. */
  readonly overwriteOption?: string;
}

/** Fast, and safe here: the file is not used before it is renamed, and a broken one is removed, not repaired. */
const PRAGMAS = ['page_size = 4096', 'journal_mode = OFF', 'synchronous = OFF', 'locking_mode = EXCLUSIVE'];

/**
 * Writes a new recording: a SQLite database of the default schema, with event ids from 1 in the order of the calls. The
 * same calls make the same bytes.
 *
 * The file is written as `<path>.part` and renamed by `close`, so that `path` is a whole recording or missing. A failure
 * removes the partial file, and so does `discard`. Memory does not grow with the recording.
 */
export class RecordingWriter {
  readonly path: string;
  private readonly _partPath: string;
  private readonly _overwrite: boolean;
  private readonly _overwriteOption: string;
  private readonly _db: Database.Database;
  private readonly _eventRows: RowBuffer;
  private readonly _attributeRows: RowBuffer;
  private _state: 'open' | 'closed' | 'discarded' = 'open';
  private _eventCount = 0;
  private _attributeCount = 0;

  /**
   * @throws {TcsReplayError} `BAD_OPTION` for an empty path, `NO_SUCH_FILE` where its folder is missing, `WRITE_FAILED` where
   * the path is taken or the file cannot be made
   */
  constructor(path: string, options: RecordingWriterOptions = {}) {
    if (path === '')
      throw new TcsReplayError('BAD_OPTION', 'Expected the path of a database to write, got ""');
    this.path = path;
    this._partPath = `${path}.part`;
    this._overwrite = options.overwrite ?? false;
    this._overwriteOption = options.overwriteOption ?? 'overwrite';
    this._refuseToOverwrite();
    this._reservePart();
    let db: Database.Database | undefined;
    try {
      // A relative path may have a meaning of its own: better-sqlite3 trims it.
      db = new Database(resolve(this._partPath));
      // In its defensive mode SQLite would not switch the journal off.
      db.unsafeMode();
      for (const pragma of PRAGMAS) db.pragma(pragma);
      db.unsafeMode(false);
      db.exec(recordingTables());
      this._eventRows = new RowBuffer(db, 'event', 3);
      this._attributeRows = new RowBuffer(db, 'attribute', 4);
      db.exec('BEGIN');
      this._db = db;
    } catch (error) {
      db?.close();
      this._removePart();
      throw cannotWriteTo(this.path, error);
    }
  }

  /** Number of events written so far, which is the id of the last one. */
  get eventCount(): number {
    return this._eventCount;
  }

  /** Number of attribute rows written so far. */
  get attributeCount(): number {
    return this._attributeCount;
  }

  /**
   * Appends an event. Its attributes keep their order; the caller keeps the array.
   *
   * @param dataTimeS Unix seconds; `null` where the event has no data time
   * @returns the id of the event
   * @throws {TcsReplayError} `WRITE_FAILED`; then the partial file is removed and the writer cannot be used any more
   */
  write(topic: string, dataTimeS: number | null, attributes: readonly Attribute[]): number {
    this._requireOpen();
    const eventId = this._eventCount + 1;
    try {
      const { _eventRows: events, _attributeRows: rows } = this;
      events.push(eventId);
      events.push(topic);
      events.push(dataTimeS);
      for (const { key, value, dataType } of attributes) {
        rows.push(eventId);
        rows.push(key);
        rows.push(value);
        rows.push(dataType);
      }
    } catch (error) {
      this.discard();
      throw cannotWriteTo(this.path, error);
    }
    this._eventCount = eventId;
    this._attributeCount += attributes.length;
    return eventId;
  }

  /**
   * Completes the recording and renames it to its path.
   *
   * @throws {TcsReplayError} `WRITE_FAILED`; then the partial file is removed
   */
  close(): void {
    this._requireOpen();
    try {
      this._eventRows.flush();
      this._attributeRows.flush();
      this._db.exec('COMMIT');
      this._db.close();
      // Checked again: hours may have passed since the constructor.
      this._refuseToOverwrite();
      for (const suffix of COMPANION_SUFFIXES) rmSync(this.path + suffix, { force: true });
      renameSync(this._partPath, this.path);
    } catch (error) {
      this.discard();
      throw cannotWriteTo(this.path, error);
    }
    this._state = 'closed';
  }

  /** Removes the partial file. Does nothing after `close`, or the second time. */
  discard(): void {
    if (this._state !== 'open') return;
    this._state = 'discarded';
    this._db.close();
    this._removePart();
  }

  private _requireOpen(): void {
    if (this._state === 'open') return;
    throw new TcsReplayError('WRITE_FAILED', `Cannot write to ${this.path}: this writer is ${this._state}`);
  }

  private _refuseToOverwrite(): void {
    refuseTaken(
      this.path,
      this._overwrite ? undefined : `, or allow overwriting by ${this._overwriteOption}`,
    );
  }

  /** Creates the empty partial file. */
  private _reservePart(): void {
    reservePart(this.path, this._partPath, this._overwriteOption, () => {
      if (this._overwrite) this._removePart();
      closeSync(openSync(this._partPath, 'wx'));
    });
  }

  private _removePart(): void {
    rmSync(this._partPath, { force: true });
  }
}
