import Database from 'better-sqlite3';

/** Locks a database as another program does that writes to it. */
export class DatabaseLock {
  private readonly _connection: Database.Database;

  constructor(path: string) {
    this._connection = new Database(path, { timeout: 60_000 });
  }

  lock(): void {
    this._connection.exec('BEGIN EXCLUSIVE');
  }

  unlock(): void {
    this._connection.exec('ROLLBACK');
  }

  /** Locks and unlocks it again and again, until `signal` is aborted. */
  async flicker(signal: AbortSignal): Promise<void> {
    this._connection.pragma('busy_timeout = 0');
    while (!signal.aborted) {
      try {
        this.lock();
      } catch {
        // It is being read.
      }
      await new Promise((resolve) => setTimeout(resolve, LOCKED_MS));
      if (this._connection.inTransaction) this.unlock();
      await new Promise((resolve) => setTimeout(resolve, FREE_MS));
    }
  }

  close(): void {
    this._connection.close();
  }
}

/** Longer than SQLite itself waits for a lock. */
const LOCKED_MS = 90;
const FREE_MS = 30;
