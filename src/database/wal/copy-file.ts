import { closeSync, constants, copyFileSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { type Connection, openWritable } from '../connection.js';
import { writeFailed } from '../write-failed.js';

/** Offsets in the header of a database (https://www.sqlite.org/fileformat.html, 1.3). */
const [FORMAT_AT, CHANGE_COUNTER_AT, PAGE_COUNT_AT, VALID_FOR_AT] = [18, 24, 28, 92];
const ROLLBACK_FORMAT = Buffer.from([1, 1]);

/**
 * A private copy of a database in WAL mode, as a file in rollback mode: what is committed is written into its pages. While it is written
 * to, no connection of this process reads it.
 */
export class CopyFile {
  private readonly _path: string;
  private readonly _original: string;
  private readonly _descriptor: number;
  private _lock: Connection | undefined;
  private _changes: number;

  /**
   * Makes a copy of the file alone, at once, where the file system can share blocks.
   *
   * @returns false: it cannot
   */
  static clone(original: string, path: string): boolean {
    try {
      copyFileSync(original, path, constants.COPYFILE_FICLONE_FORCE);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Opens the copy, or makes it, for its owner only.
   *
   * @param original named in errors
   * @param changes the number that `finish` has returned; 0: nobody reads the copy yet
   */
  constructor(path: string, original: string, changes: number) {
    this._path = path;
    this._original = original;
    this._changes = changes;
    try {
      this._descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    } catch (error) {
      throw writeFailed(`Cannot write ${path}`, error);
    }
  }

  /** Lets others read again. */
  close(): void {
    if (this._lock?.inTransaction === true) this._lock.exec('ROLLBACK');
    this._lock?.close();
    closeSync(this._descriptor);
  }

  /** Keeps the connections of this process from reading, until `close`. @throws an error of SQLite while one is reading: see `isLocked` */
  lock(): void {
    if (this._lock !== undefined || this._changes === 0) return;
    const connection = openWritable(this._path);
    try {
      connection.pragma('busy_timeout = 50');
      connection.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      connection.close();
      throw error;
    }
    this._lock = connection;
    // A look that was given up after its copy was written is done again from the state before: its number was used already.
    const counter = Buffer.alloc(4);
    this.read(counter, CHANGE_COUNTER_AT);
    this._changes = Math.max(this._changes, counter.readUInt32BE());
  }

  /** Reads up to `bytes.length` bytes. @returns their number */
  read(bytes: Uint8Array, at: number): number {
    return readSync(this._descriptor, bytes, 0, bytes.length, at);
  }

  write(bytes: Uint8Array, at: number): void {
    try {
      for (let written = 0; written < bytes.length; )
        written += writeSync(this._descriptor, bytes, written, bytes.length - written, at + written);
    } catch (error) {
      throw writeFailed(`Cannot copy ${this._original} to ${this._path}`, error);
    }
  }

  /**
   * Makes the pages that were written a state of the database.
   *
   * @param pages number of pages that it has
   * @returns a number for the state
   */
  finish(pages: number, pageBytes: number): number {
    ftruncateSync(this._descriptor, pages * pageBytes);
    this._changes += 1;
    this.write(ROLLBACK_FORMAT, FORMAT_AT);
    // SQLite, and what reads pages, find by the counter that the database has changed.
    for (const [at, value] of [
      [CHANGE_COUNTER_AT, this._changes],
      [PAGE_COUNT_AT, pages],
      [VALID_FOR_AT, this._changes],
    ]) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      this.write(bytes, at);
    }
    return this._changes;
  }
}
