import { type Connection, isDamage, isTooLarge, type Statement } from '../connection.js';
import { IndexEntries } from '../pages/index-entries.js';
import { OddRow } from '../pages/odd-row.js';
import { PageFault } from '../pages/page-fault.js';
import { PageTransaction } from '../pages/page-transaction.js';
import { indexRootPage, tableLayout } from '../pages/table-layout.js';
import type { Recording } from '../recording.js';
import type { Schema } from '../schema/schema.js';
import { EventQuery } from './event-query.js';
import type { EventTimes } from './event-times.js';
import { type TimeColumns, TimeWalk, timeColumns } from './time-walk.js';

/** Fewer events are read faster by SQLite: a chunk has its own cost, of a transaction and of finding its rows. */
const FEWEST_EVENTS = 64;
/** After a chunk that had to be left to SQLite, ever more chunks are left to it, up to this number. */
const MOST_CHUNKS_LEFT = 64;

/**
 * Reads the times of successive events from the pages of a database, past SQLite, where their attribute rows stand in the table one
 * after the other.
 *
 * A chunk is read within a read transaction, so all of it is of one state of the database. It is used only if the index has as
 * many rows for its events as were read. Otherwise SQLite has to read these events.
 */
export class PageTimes {
  private readonly _transaction: PageTransaction;
  private readonly _walk: TimeWalk;
  /** Counts what an event should have: rows over the index, or runs of rows over the side index. */
  private readonly _count: Statement;
  private readonly _counted: 'rows' | 'runs';
  /** Undefined where there is only a side index, or one that does not ascend. */
  private readonly _index: IndexEntries | undefined;
  /** Chunks that are still left to SQLite. */
  private _left = 0;
  private _leftAtFault = 1;

  /**
   * @param connection to the recording
   * @returns undefined where the recording is of a form that is read by SQLite only
   */
  static of(
    connection: Connection,
    { readPath, schema }: Pick<Recording, 'readPath' | 'schema'>,
  ): PageTimes | undefined {
    const { event, attribute, encoding } = schema;
    if (encoding !== 'UTF-8' || attribute.rowid === undefined) return undefined;
    // A side index that was built around damage has an entry for each row, of which some may be missing.
    if (attribute.index === undefined && attribute.sideIndexOf === 'rows') return undefined;
    const [events, attributes] = [event.table, attribute.table].map((name) => tableLayout(connection, name));
    if (events === undefined || attributes === undefined) return undefined;
    const columns = timeColumns(schema, events, attributes);
    return columns && new PageTimes(connection, readPath, schema, columns);
  }

  private constructor(connection: Connection, path: string, schema: Schema, columns: TimeColumns) {
    const query = new EventQuery(schema);
    const { index } = schema.attribute;
    const prepare = (sql: string) => connection.prepare(sql).pluck();
    this._counted = index === undefined ? 'runs' : 'rows';
    this._count = prepare(index === undefined ? query.countRuns('range') : query.countRows('range'));
    const firstAttribute = prepare(query.firstAttribute());
    const indexPage = index && indexRootPage(connection, index.name);
    this._transaction = new PageTransaction(connection, path);
    const { file } = this._transaction;
    this._index = indexPage === undefined ? undefined : new IndexEntries(file, indexPage);
    this._walk = new TimeWalk(file, columns, firstAttribute);
  }

  /** To be called outside of transactions: see `PageFile`. */
  close(): void {
    this._transaction.close();
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
    this._index?.release();
  }

  private _readChunk(first: number, count: number, to: number): EventTimes[] | undefined {
    try {
      if (this._transaction.lock()) this._release();
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
    const { ids } = this._walk;
    const read = this._walk[this._counted];
    // In the pages of the index, a range of ids is counted in no time. There may be rows of other ids in it.
    if (ids.isAscending && this._index?.count(ids.first, ids.last) === read) return true;
    return this._count.get({ first: times[0].row, last: last.row }) === read;
  }
}
