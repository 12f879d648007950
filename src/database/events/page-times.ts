import { type Connection, isDamage, isTooLarge } from '../connection.js';
import { OddRow } from '../pages/odd-row.js';
import { PageFault } from '../pages/page-fault.js';
import type { PageTransaction } from '../pages/page-transaction.js';
import { tableLayout } from '../pages/table-layout.js';
import type { Recording } from '../recording.js';
import { ChunkProof } from './chunk-proof.js';
import { EventQuery } from './event-query.js';
import type { EventTimes } from './event-times.js';
import { TimeWalk, timeColumns } from './time-walk.js';

/** Fewer events are read faster by SQLite: a chunk has its own cost, of a transaction and of finding its rows. */
const FEWEST_EVENTS = 64;
/** After a chunk that had to be left to SQLite, ever more chunks are left to it, up to this number. */
const MOST_CHUNKS_LEFT = 64;

/**
 * Reads the times of successive events from the pages of a database, past SQLite, where their attribute rows stand in the table one
 * after the other.
 *
 * A chunk is read within a read transaction, so all of it is of one state of the database. It is used only if
 * `ChunkProof` proves it. Otherwise SQLite has to read these events.
 */
export class PageTimes {
  private readonly _transaction: PageTransaction;
  private readonly _walk: TimeWalk;
  private readonly _proof: ChunkProof;
  /** See `PageTransaction.lock`. */
  private _state = 0;
  /** Chunks that are still left to SQLite. */
  private _left = 0;
  private _leftAtFault = 1;

  /**
   * @param connection to the recording
   * @param transaction of that connection
   * @returns undefined where the recording is of a form that is read by SQLite only
   */
  static of(
    connection: Connection,
    transaction: PageTransaction,
    { schema }: Pick<Recording, 'schema'>,
  ): PageTimes | undefined {
    const { event, attribute, encoding } = schema;
    if (encoding !== 'UTF-8' || attribute.rowid === undefined) return undefined;
    const [events, attributes] = [event.table, attribute.table].map((name) => tableLayout(connection, name));
    if (events === undefined || attributes === undefined) return undefined;
    const columns = timeColumns(schema, events, attributes);
    const proof = ChunkProof.of(connection, schema, transaction.file);
    if (columns === undefined || proof === undefined) return undefined;
    const firstAttribute = connection.prepare(new EventQuery(schema).firstAttribute()).pluck();
    return new PageTimes(transaction, new TimeWalk(transaction.file, columns, firstAttribute), proof);
  }

  private constructor(transaction: PageTransaction, walk: TimeWalk, proof: ChunkProof) {
    this._transaction = transaction;
    this._walk = walk;
    this._proof = proof;
  }

  /**
   * The times of the first `count` events from row id `first` on, none beyond `to`, in the order of the table.
   *
   * @returns undefined where SQLite has to read them
   * @throws an error of SQLite where it cannot read the database now
   */
  read(first: bigint, count: number, to: bigint): EventTimes[] | undefined {
    if (count < FEWEST_EVENTS) return undefined;
    if (this._left > 0) {
      this._left -= 1;
      return undefined;
    }
    const times = this._transaction.run(() => this._readChunk(Number(first), count, Number(to)));
    if (times !== undefined) this._leftAtFault = 1;
    else {
      this._release();
      this._left = this._leftAtFault - 1;
      this._leftAtFault = Math.min(2 * this._leftAtFault, MOST_CHUNKS_LEFT);
    }
    return times;
  }

  /** Lets go of all pages. */
  private _release(): void {
    this._walk.release();
    this._proof.release();
  }

  private _readChunk(first: number, count: number, to: number): EventTimes[] | undefined {
    try {
      const state = this._transaction.lock();
      if (state !== this._state) this._release();
      this._state = state;
      const times = this._walk.read(first, count, to);
      return this._isProved(times) && !this._transaction.file.hasChanged() ? times : undefined;
    } catch (error) {
      if (error instanceof PageFault || error instanceof OddRow || isDamage(error) || isTooLarge(error))
        return undefined;
      throw error;
    }
  }

  /** Whether the rows that were read are all that the events have. */
  private _isProved(times: readonly EventTimes[]): boolean {
    const last = times.at(-1);
    if (last === undefined) return true;
    const { ids, rows, runs } = this._walk;
    return this._proof.isWhole({ ids, first: times[0].row, last: last.row, list: undefined, rows, runs });
  }
}
