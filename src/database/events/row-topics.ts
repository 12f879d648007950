import { isUtf8 } from 'node:buffer';
import type { AttributeKey } from '../../encode/attribute-key.js';
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
import { TOPIC_ATTRIBUTES } from '../schema/topic-place.js';
import { EventQuery } from './event-query.js';
import { filterParameters } from './filter-sql.js';

/** More distinct topics than a real night has. Beyond it they are forgotten, to bound memory. */
const MOST_TOPICS = 1 << 16;
const POINT = 0x2e;
const LONGEST_PART_BYTES = 80;

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

/** What keeps the topics. */
type TopicNotes = Pick<EventNotes, 'timesForgotten' | 'topicOf'>;

/** The values of the attributes that an event's topic is made of; empty where it has no such attribute. */
export class TopicParts {
  /** Each begins at the first byte. */
  readonly bytes: readonly Uint8Array[] = TOPIC_ATTRIBUTES.map(() => new Uint8Array(LONGEST_PART_BYTES));
  readonly lengths = TOPIC_ATTRIBUTES.map(() => 0);
  /** Of each key, the number of the part that has it; -1: it is none. */
  private _partOfKey: number[] = [];

  /** Begins an event. */
  clear(): void {
    this.lengths.fill(0);
  }

  /** Forgets all keys. */
  forgetKeys(): void {
    this._partOfKey = [];
  }

  /** Takes the value of an attribute if it is a part of the topic. @throws OddRow where it is no text, or too long */
  take(key: AttributeKey, { bytes, types, starts, row }: TableCursor, valueColumn: number): void {
    this._partOfKey[key.id] ??= (TOPIC_ATTRIBUTES as readonly string[]).indexOf(
      Buffer.from(key.bytes).toString(),
    );
    const part = this._partOfKey[key.id];
    if (part === -1) return;
    const type = types[row + valueColumn];
    const length = isText(type) ? sizeOf(type) : Number.POSITIVE_INFINITY;
    if (length > LONGEST_PART_BYTES) throw new OddRow('a part of a topic that is no text, or too long');
    const start = starts[row + valueColumn];
    for (let i = 0; i < length; i++) this.bytes[part][i] = bytes[start + i];
    this.lengths[part] = length;
  }
}

/** Finds the topics of events by the bytes of their rows. SQLite is asked once for each distinct topic: what it is, and whether it is wanted. */
export class RowTopics {
  /** Whether topics are made of attributes. */
  readonly areOfAttributes: boolean;
  private readonly _columns: readonly number[];
  private readonly _notes: TopicNotes;
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
    notes: TopicNotes,
  ) {
    this._columns = columns;
    this.areOfAttributes = columns.length === 0;
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
    return this._topicOf(this._storedOf(events), events.rowid);
  }

  /** As `of`, for a topic that is made of attributes. @param parts their values */
  ofAttributes(parts: TopicParts, rowid: number): Topic | undefined {
    let length = 0;
    for (const [i, bytes] of parts.bytes.entries()) {
      const end = length + parts.lengths[i];
      if (end >= this._joined.length) throw new OddRow('a topic that is too long');
      if (i > 0) this._joined[length++] = POINT;
      for (let k = 0; k < parts.lengths[i]; k++) this._joined[length++] = bytes[k];
    }
    return this._topicOf(this._stored.intern(this._joined, 0, length), rowid);
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

  private _topicOf(stored: StoredTopic, rowid: number): Topic | undefined {
    if (stored.topic === undefined) stored.topic = this._read(rowid);
    return stored.topic ?? undefined;
  }

  private _read(rowid: number): Topic | null {
    const json = Buffer.from(this._statement.get(...this._parameters, { list: `[${rowid}]` }) as string);
    if (json[1] !== 0x22) return null;
    return this._notes.topicOf(json, 2, endOfString(json, 2));
  }
}

/** The columns of the event table that a topic is made of, as positions in its records; empty where it is made of attributes. */
export function topicColumns({ event: { topic } }: Schema, layout: TableLayout): readonly number[] {
  if (topic.kind === 'attributes') return [];
  const columns = topic.kind === 'column' ? [topic.column] : topic.columns;
  return columns.map((column) => layout.indexOf(column));
}

function newTopics(): Interner<StoredTopic> {
  return new Interner((bytes, id) => new StoredTopic(bytes, id));
}
