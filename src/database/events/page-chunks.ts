import { isDamage, isTooLarge } from '../connection.js';
import { OddRow } from '../pages/odd-row.js';
import { PageFault } from '../pages/page-fault.js';
import type { PageTransaction } from '../pages/page-transaction.js';

/** After a chunk that had to be left to SQLite, ever more chunks are left to it, up to this number. */
const MOST_CHUNKS_LEFT = 64;

/**
 * Reads chunks of rows from the pages of a database, past SQLite. A chunk is read within a read transaction, so all of it is of one
 * state of the database. A chunk with an `OddRow` or a `PageFault` is left to SQLite, and ever more chunks where they follow each other.
 */
export class PageChunks {
  private readonly _transaction: PageTransaction;
  private readonly _release: () => void;
  /** See `PageTransaction.lock`. */
  private _state = 0;
  /** Chunks that are still left to SQLite. */
  private _left = 0;
  private _leftAtFault = 1;

  /** @param release lets go of all pages: cursors seek anew */
  constructor(transaction: PageTransaction, release: () => void) {
    this._transaction = transaction;
    this._release = release;
  }

  /**
   * Reads a chunk.
   *
   * @param read reads it, and returns undefined where it is not proved to be whole
   * @returns undefined where SQLite has to read the chunk
   * @throws an error of SQLite where it cannot read the database now
   */
  read<T>(read: () => T | undefined): T | undefined {
    if (this._left > 0) {
      this._left -= 1;
      return undefined;
    }
    const chunk = this._transaction.run(() => this._attempt(read));
    if (chunk !== undefined) this._leftAtFault = 1;
    else {
      this._release();
      this._left = this._leftAtFault - 1;
      this._leftAtFault = Math.min(2 * this._leftAtFault, MOST_CHUNKS_LEFT);
    }
    return chunk;
  }

  private _attempt<T>(read: () => T | undefined): T | undefined {
    try {
      const state = this._transaction.lock();
      if (state !== this._state) this._release();
      this._state = state;
      const chunk = read();
      return this._transaction.file.hasChanged() ? undefined : chunk;
    } catch (error) {
      if (error instanceof PageFault || error instanceof OddRow || isDamage(error) || isTooLarge(error))
        return undefined;
      throw error;
    }
  }
}
