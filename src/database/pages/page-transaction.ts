import type { Connection, Statement } from '../connection.js';
import { PageFault } from './page-fault.js';
import { PageFile } from './page-file.js';

/**
 * Read transactions of a connection in which the pages of its file are read past it. All that reads pages of a database in a thread
 * shares one.
 */
export class PageTransaction {
  readonly file: PageFile;
  private readonly _connection: Connection;
  private readonly _begin: Statement;
  private readonly _lock: Statement;
  private readonly _end: Statement;
  /** Of the schema when this was made. */
  private readonly _schemaVersion: number;
  /** Number of the state of the database that was read last. */
  private _state = 0;

  /**
   * @param path the file of the connection
   * @throws an error of the file system, or of SQLite
   */
  constructor(connection: Connection, path: string) {
    this._connection = connection;
    this._begin = connection.prepare('BEGIN');
    this._lock = connection.prepare('PRAGMA schema_version').pluck();
    // Nothing was written. COMMIT fails where a page could not be read.
    this._end = connection.prepare('ROLLBACK');
    this._schemaVersion = this._lock.get() as number;
    this.file = new PageFile(path);
  }

  /** Does something within a transaction: the current one, or one of its own. */
  run<T>(action: () => T): T {
    const isOwn = !this._connection.inTransaction;
    if (isOwn) this._begin.run();
    try {
      return action();
    } finally {
      if (isOwn && this._connection.inTransaction) this._end.run();
    }
  }

  /**
   * Locks the database for other programs that write, until the transaction ends. To be called within it, before pages are read.
   *
   * @returns a number for the state of the database: where it is not that of the last time, cursors must seek anew
   * @throws PageFault where tables and indexes may have other root pages; an error of SQLite where another program has locked the database
   */
  lock(): number {
    if (this._lock.get() !== this._schemaVersion) throw new PageFault('another schema');
    if (this.file.refresh()) this._state += 1;
    return this._state;
  }

  /** To be called outside of transactions: see `PageFile`. */
  close(): void {
    this.file.close();
  }
}
