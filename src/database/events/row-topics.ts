import { isUtf8 } from 'node:buffer';
import type { EventNotes } from '../../encode/batch-notes.js';
import { type Interned, Interner } from '../../encode/interner.js';
import { endOfString } from '../../encode/json-bytes.js';
import type { Topic } from '../../encode/topic.js';
import type { TopicFilter } from '../../selection/topic-filter.js';
import type { Connection, Statement } from '../connection.js';
import { OddRow } from '../pages/odd-row.js';
import { isText, sizeOf } from '../pages/record.js';
import type { TableCursor } from '../pages/table-cursor.js';
import type { TableLayout } from '../pages/table-layout.js';
import type { Schema } from '../schema/schema.js';
import { EventQuery } from './event-query.js';
import { filterParameters } from './filter-sql.js';

/** More distinct topics than a real night has. Beyond it they are forgotten, to bound memory. */
const MOST_TOPICS = 1 << 16;
const POINT = 0x2e;

/** A topic as it is stored. */
class StoredTopic implements Interned {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** The topic; null: it is not wanted; undefined: it is not known yet. */
  topic: Topic | null | undefined;

  /** @throws OddRow where it is not UTF-8 */
  constructor(bytes: Uint8Array, id: number) {
    if (!isUtf8(bytes)) throw new OddRow('a topic that is not in UTF-8');
    this.id = id;
    this.bytes = bytes;
  }
}

/** Finds the topics of events by the bytes of their rows. SQLite is asked once for each distinct topic: what it is, and whether it is wanted. */
export class RowTopics {
  private readonly _columns: readonly number[];
  private readonly _notes: EventNotes;
  private readonly _statement: Statement;
  private readonly _parameters: readonly string[];
  private _stored = newTopics();
  private _timesForgotten = 0;
  /** Where a topic of several columns is put together. */
  private _joined = new Uint8Array(256);

  /**
   * @param columns see `topicColumns`
   * @param notes of the batches to which the events are added
   */
  constructor(
    connection: Connection,
    schema: Schema,
    columns: readonly number[],
    filter: TopicFilter | undefined,
    notes: EventNotes,
  ) {
    this._columns = columns;
    this._notes = notes;
    this._statement = connection.prepare(new EventQuery(schema).topics('list', filter)).pluck();
    this._parameters = filterParameters(filter);
  }

  /**
   * The topic of an event.
   *
   * @param events stands on the event
   * @returns undefined where the topic is not wanted; valid until the batch ends
   * @throws OddRow where it is not made of texts
   */
  of(events: TableCursor): Topic | undefined {
    const stored = this._storedOf(events);
    if (stored.topic === undefined) stored.topic = this._read(events.rowid);
    return stored.topic ?? undefined;
  }

  /** Forgets what is no longer valid. To be called before each chunk. */
  refresh(): void {
    if (this._timesForgotten === this._notes.timesForgotten && this._stored.size <= MOST_TOPICS) return;
    this._timesForgotten = this._notes.timesForgotten;
    this._stored = newTopics();
  }

  private _storedOf({ bytes, types, starts, row }: TableCursor): StoredTopic {
    if (this._columns.length === 1) {
      const column = row + this._columns[0];
      if (!isText(types[column])) throw new OddRow('a topic that is no text');
      return this._stored.intern(bytes, starts[column], starts[column] + sizeOf(types[column]));
    }
    let length = 0;
    for (const [i, column] of this._columns.entries()) {
      const type = types[row + column];
      if (!isText(type)) throw new OddRow('a part of a topic that is no text');
      const start = starts[row + column];
      const end = start + sizeOf(type);
      if (length + end - start >= this._joined.length) throw new OddRow('a topic that is too long');
      if (i > 0) this._joined[length++] = POINT;
      this._joined.set(bytes.subarray(start, end), length);
      length += end - start;
    }
    return this._stored.intern(this._joined, 0, length);
  }

  private _read(rowid: number): Topic | null {
    const json = Buffer.from(this._statement.get(...this._parameters, { list: `[${rowid}]` }) as string);
    if (json[1] !== 0x22) return null;
    return this._notes.topicOf(json, 2, endOfString(json, 2));
  }
}

/** The columns of the event table that a topic is made of, as positions in its records; undefined where it is made of attributes. */
export function topicColumns(
  { event: { topic } }: Schema,
  layout: TableLayout,
): readonly number[] | undefined {
  if (topic.kind === 'attributes') return undefined;
  const columns = topic.kind === 'column' ? [topic.column] : topic.columns;
  return columns.map((column) => layout.indexOf(column));
}

function newTopics(): Interner<StoredTopic> {
  return new Interner((bytes, id) => new StoredTopic(bytes, id));
}
