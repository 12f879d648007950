import type { Connection } from '../connection.js';
import type { PageTransaction } from '../pages/page-transaction.js';
import { tableLayout } from '../pages/table-layout.js';
import type { Recording } from '../recording.js';
import { ChunkProof } from './chunk-proof.js';
import { EventQuery } from './event-query.js';
import type { EventTimes } from './event-times.js';
import { PageChunks } from './page-chunks.js';
import { TimeWalk, timeColumns } from './time-walk.js';

/** Fewer events are read faster by SQLite: a chunk has its own cost, of a transaction and of finding its rows. */
const FEWEST_EVENTS = 64;

/**
 * Reads the times of successive events from the pages of a database, past SQLite, where their attribute rows stand in the table one
 * after the other.
 *
 * A chunk is used only if `ChunkProof` proves it. Otherwise SQLite has to read these events.
 */
export class PageTimes {
  private readonly _chunks: PageChunks;
  private readonly _walk: TimeWalk;
  private readonly _proof: ChunkProof;

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
    this._walk = walk;
    this._proof = proof;
    this._chunks = new PageChunks(transaction, () => {
      walk.release();
      proof.release();
    });
  }

  /**
   * The times of the first `count` events from row id `first` on, none beyond `to`, in the order of the table.
   *
   * @returns undefined where SQLite has to read them
   * @throws an error of SQLite where it cannot read the database now
   */
  read(first: bigint, count: number, to: bigint): EventTimes[] | undefined {
    if (count < FEWEST_EVENTS) return undefined;
    return this._chunks.read(() => {
      const times = this._walk.read(Number(first), count, Number(to));
      return this._isProved(times) ? times : undefined;
    });
  }

  /** Whether the rows that were read are all that the events have. */
  private _isProved(times: readonly EventTimes[]): boolean {
    const last = times.at(-1);
    if (last === undefined) return true;
    const { ids, rows, runs } = this._walk;
    return this._proof.isWhole({ ids, first: times[0].row, last: last.row, list: undefined, rows, runs });
  }
}
