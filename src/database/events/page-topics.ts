import { BatchNotes } from '../../encode/batch-notes.js';
import type { TopicFilter } from '../../selection/topic-filter.js';
import type { Connection } from '../connection.js';
import type { PageTransaction } from '../pages/page-transaction.js';
import { TableCursor } from '../pages/table-cursor.js';
import { type TableLayout, tableLayout } from '../pages/table-layout.js';
import type { Recording } from '../recording.js';
import type { Schema } from '../schema/schema.js';
import type { TopicStep } from './event-rows.js';
import { PageChunks } from './page-chunks.js';
import { RowTopics, topicColumns } from './row-topics.js';
import { timeIn } from './time-walk.js';

/** The topics of successive events, and the row id of the last one; undefined: no event follows. Valid until the next step is read. */
export interface PageTopicStep extends TopicStep {
  readonly end: bigint | undefined;
}

/**
 * Reads the topics of successive events, and the times of the event table, from the pages of a database, past SQLite. That takes about a
 * tenth of the time that SQLite takes. No attribute is read, so nothing has to be proved but that the file has not changed meanwhile.
 */
export class PageTopics {
  private readonly _chunks: PageChunks;
  private readonly _events: TableCursor;
  private readonly _topics: RowTopics;
  private readonly _notes: BatchNotes;
  /** Position of the column of times in a record; -1: the table has none. */
  private readonly _dataTime: number;
  /** Row id of the last event that was read, behind which the cursor stands; -1: it stands nowhere. */
  private _last = -1;
  /** Row ids and times of the last step. */
  private _rows = new Float64Array();
  private _timesS = new Float64Array();

  /**
   * @param connection to the recording
   * @param transaction of that connection
   * @returns undefined where the recording is of a form that is read by SQLite only
   */
  static of(
    connection: Connection,
    transaction: PageTransaction,
    { schema }: Pick<Recording, 'schema'>,
    filter: TopicFilter | undefined,
  ): PageTopics | undefined {
    const { event, encoding } = schema;
    if (encoding !== 'UTF-8' || event.topic.kind === 'attributes') return undefined;
    const layout = tableLayout(connection, event.table);
    if (layout === undefined) return undefined;
    const dataTime = event.dataTime === undefined ? -1 : layout.indexOf(event.dataTime);
    // The row id is in no record.
    if (dataTime !== -1 && dataTime === layout.rowidColumn) return undefined;
    return new PageTopics(connection, transaction, schema, filter, layout, dataTime);
  }

  private constructor(
    connection: Connection,
    transaction: PageTransaction,
    schema: Schema,
    filter: TopicFilter | undefined,
    layout: TableLayout,
    dataTime: number,
  ) {
    this._notes = new BatchNotes();
    this._topics = new RowTopics(connection, schema, topicColumns(schema, layout), filter, this._notes);
    this._events = new TableCursor(transaction.file, layout.rootPage, layout.columns, true);
    this._dataTime = dataTime;
    this._chunks = new PageChunks(transaction, () => this.release());
  }

  /**
   * The topics of the first `count` events from row id `first` on, none beyond `to`.
   *
   * @param needsTimes whether the times of the event table are read, too
   * @returns undefined where SQLite has to read them
   * @throws an error of SQLite where it cannot read the database now
   */
  read(first: bigint, count: number, to: bigint, needsTimes: boolean): PageTopicStep | undefined {
    if (first < 0n) return undefined;
    return this._chunks.read(() => this._readChunk(Number(first), count, Number(to), needsTimes));
  }

  /** Lets go of the page on which it stands. */
  release(): void {
    this._events.release();
    this._last = -1;
  }

  private _readChunk(first: number, count: number, to: number, needsTimes: boolean): PageTopicStep {
    const events = this._events;
    if (!this._standsBefore(first)) events.seek(first);
    this._topics.refresh();
    const topics: (string | null)[] = [];
    if (this._rows.length < count) {
      this._rows = new Float64Array(count);
      this._timesS = new Float64Array(count);
    }
    const rows = this._rows;
    const timesS = needsTimes && this._dataTime !== -1 ? this._timesS : undefined;
    while (topics.length < count && events.isOnRow && events.rowid <= to) {
      const at = topics.length;
      rows[at] = events.rowid;
      if (timesS !== undefined) timesS[at] = timeIn(events, this._dataTime);
      topics.push(this._topics.of(events)?.name ?? null);
      this._last = events.rowid;
      events.next();
    }
    // Nothing is kept of a batch; topics are forgotten where there are too many.
    this._notes.take();
    return {
      topics,
      rowOf: (index) => BigInt(rows[index]),
      tableTimesS: timesS?.subarray(0, topics.length),
      end: topics.length === 0 ? undefined : BigInt(rows[topics.length - 1]),
    };
  }

  /** Whether the cursor stands on the first event from a row id on. */
  private _standsBefore(first: number): boolean {
    return this._last !== -1 && this._last < first && this._events.isOnRow && first <= this._events.rowid;
  }
}
