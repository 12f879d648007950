import type { BatchBuilder } from '../../batch/batch.js';
import type { EventNotes } from '../../encode/batch-notes.js';
import { type Connection, isDamage, type Statement } from '../connection.js';
import { OddRow } from '../pages/odd-row.js';
import { PageFault } from '../pages/page-fault.js';
import type { PageTransaction } from '../pages/page-transaction.js';
import { RealText } from '../pages/real-text.js';
import { TableCursor } from '../pages/table-cursor.js';
import { type TableLayout, tableLayout } from '../pages/table-layout.js';
import type { ReadRules, Recording } from '../recording.js';
import type { RowRange } from '../rows.js';
import type { Schema } from '../schema/schema.js';
import { ChunkProof } from './chunk-proof.js';
import { EventQuery } from './event-query.js';
import { RowEncoder } from './row-encoder.js';
import type { RowColumns, RowReader } from './row-reader.js';
import { RowTopics, topicColumns } from './row-topics.js';

/** Where a chunk ends: enough for the cost of a transaction not to matter, and some milliseconds. */
const MOST_CHUNK_EVENTS = 512;
const CHUNK_BYTES = 256 << 10;
/** A fault after this many events is rare enough for only its event to be left to SQLite. */
const EVENTS_BETWEEN_FAULTS = 64;
const MOST_EVENTS_LEFT = 1 << 16;

/** Where a `PageReader` puts events. */
export interface PageTarget {
  readonly builder: BatchBuilder;
  readonly notes: EventNotes;
  /** Told of each event; undefined: nobody needs to know. */
  readonly rows?: RowsRead;
  /** Makes what reads the rows, and is told of each event in place of `rows`. Default: a `RowEncoder`, which encodes the events. */
  readonly makeRowReader?: (columns: RowColumns) => RowReader & RowsRead;
}

/** Is told which rows a `PageReader` has read. */
export interface RowsRead {
  /** An event was read. @param isWanted whether its topic is; it is appended to the builder then, unless its time is not wanted */
  add(row: number, isWanted: boolean): void;
  /** What was read from a row on is not proved, and was taken from the builder again. */
  forgetFrom(row: number): void;
}

/** What a `PageReader` knows of a database's tables. */
interface Layouts {
  readonly event: TableLayout;
  readonly attribute: TableLayout;
  readonly topic: readonly number[];
}

/**
 * Reads events from the pages of a database, past SQLite, where their attribute rows stand in the table one after the other. That
 * takes about half of the time that reading them by SQLite takes (docs/performance.md).
 *
 * A chunk is read within a read transaction, so all of it is of one state of the database. It is used only if
 * `ChunkProof` proves it; otherwise, and at an `OddRow`, the reader leaves events to SQLite: the one at which the fault was, and ever
 * more of them where faults are frequent.
 */
export class PageReader {
  /** Events that were read from pages. */
  events = 0;
  private readonly _builder: BatchBuilder;
  private readonly _notes: EventNotes;
  private readonly _rows: RowsRead | undefined;
  private readonly _transaction: PageTransaction;
  private readonly _rowReader: RowReader;
  private readonly _events: TableCursor;
  private readonly _attributes: TableCursor;
  private readonly _firstAttribute: Statement;
  private readonly _proof: ChunkProof;
  private readonly _hasFilter: boolean;
  /** Row id of the event that was read last: `_events` stands on the next one, and `_attributes` behind its rows. -1: they stand nowhere. */
  private _last = -1;
  private _isPlaced = false;
  /** Events that are still left to SQLite. */
  private _left = 0;
  /** Events to leave to SQLite at the next fault. */
  private _leftAtFault = 1;
  private _eventsSinceFault = 0;
  /** See `PageTransaction.lock`. */
  private _state = 0;

  /**
   * @param connection to the recording
   * @param transaction of that connection
   * @param to where events are appended
   * @returns undefined where the recording is of a form that is read by SQLite only
   */
  static of(
    connection: Connection,
    transaction: PageTransaction,
    { schema }: Pick<Recording, 'schema'>,
    rules: ReadRules,
    to: PageTarget,
  ): PageReader | undefined {
    if (schema.encoding !== 'UTF-8' || schema.attribute.rowid === undefined) return undefined;
    const event = tableLayout(connection, schema.event.table);
    const attribute = tableLayout(connection, schema.attribute.table);
    if (event === undefined || attribute === undefined) return undefined;
    const topic = topicColumns(schema, event);
    const proof = ChunkProof.of(connection, schema, transaction.file);
    if (proof === undefined || attribute.isReal(schema.attribute.value)) return undefined;
    return new PageReader(connection, transaction, schema, rules, to, proof, { event, attribute, topic });
  }

  private constructor(
    connection: Connection,
    transaction: PageTransaction,
    schema: Schema,
    rules: ReadRules,
    to: PageTarget,
    proof: ChunkProof,
    { event, attribute, topic }: Layouts,
  ) {
    const id = event.indexOf(schema.event.id);
    this._builder = to.builder;
    this._notes = to.notes;
    this._hasFilter = rules.filter !== undefined;
    this._firstAttribute = connection.prepare(new EventQuery(schema).firstAttribute()).pluck();
    this._proof = proof;
    const columns: RowColumns = {
      event: {
        id: id === event.rowidColumn ? -1 : id,
        dataTime: schema.event.dataTime === undefined ? -1 : event.indexOf(schema.event.dataTime),
        topic,
      },
      attribute: {
        eventId: attribute.indexOf(schema.attribute.eventId),
        key: attribute.indexOf(schema.attribute.key),
        value: attribute.indexOf(schema.attribute.value),
        dataType: schema.attribute.dataType === undefined ? -1 : attribute.indexOf(schema.attribute.dataType),
      },
    };
    const given = to.makeRowReader?.(columns);
    this._rows = given ?? to.rows;
    this._rowReader =
      given ??
      new RowEncoder(
        rules,
        columns,
        to,
        new RowTopics(connection, schema, topic, rules.filter, to.notes),
        new RealText(connection),
      );
    this._transaction = transaction;
    const { file } = transaction;
    this._events = new TableCursor(file, event.rootPage, event.columns, this._hasFilter);
    this._attributes = new TableCursor(file, attribute.rootPage, attribute.columns, this._hasFilter);
  }

  /** Events that are to be read by SQLite next. */
  get eventsLeft(): number {
    return this._left;
  }

  /** Notes that SQLite has read some of the events that were left to it. */
  wereReadBySqlite(events: number): void {
    this._left = Math.max(0, this._left - events);
  }

  /**
   * Appends events from the front of `rows`.
   *
   * @param mostEvents number of events, 1 or more; there are fewer where they are large
   * @returns row id of the last event that was read, or `rows.last` where none is left; undefined where the next events are left to
   * SQLite: see `eventsLeft`
   * @throws an error of SQLite where it cannot read the database now
   */
  read(rows: RowRange, mostEvents: number): bigint | undefined {
    if (this._left > 0 || rows.first < 0n) return undefined;
    return this._transaction.run(() =>
      this._readChunk(Number(rows.first), rows.last, Math.min(mostEvents, MOST_CHUNK_EVENTS)),
    );
  }

  private _readChunk(first: number, last: bigint, mostEvents: number): bigint | undefined {
    const mark = this._builder.mark();
    const odditiesBefore = this._notes.oddities.length;
    const chunk = new Chunk(Number(last), mostEvents, mark.length + CHUNK_BYTES);
    let isAllLeft = false;
    let hasOddRow = false;
    try {
      this._lock();
      if (!this._standsBefore(first)) this._seek(first);
      this._rowReader.refresh();
      this._rowReader.ids.clear();
      this._readEvents(chunk);
    } catch (error) {
      if (error instanceof OddRow) hasOddRow = true;
      else if (isFault(error)) isAllLeft = true;
      else throw error;
    }
    const isProved = this._isProved(chunk);
    if (!isProved) {
      this._builder.rewind(mark);
      this._rows?.forgetFrom(first);
      this._notes.forgetOddities(odditiesBefore);
    }
    if (isAllLeft) this._leaveAll();
    else if (hasOddRow || !isProved) this._leave(chunk, isProved);
    if (!isProved) return undefined;
    this.events += chunk.events;
    this._eventsSinceFault += chunk.events;
    if (chunk.events > 0) return BigInt(chunk.last);
    return this._left > 0 ? undefined : last;
  }

  private _lock(): void {
    const state = this._transaction.lock();
    if (state !== this._state) this._release();
    this._state = state;
  }

  /** Whether the cursor of the events stands on the first one from a row id on. */
  private _standsBefore(first: number): boolean {
    return this._last !== -1 && this._last < first && this._events.isOnRow && first <= this._events.rowid;
  }

  /** Lets go of all pages. */
  private _release(): void {
    this._last = -1;
    this._events.release();
    this._attributes.release();
    this._proof.release();
  }

  private _seek(first: number): void {
    this._isPlaced = false;
    this._last = -1;
    this._events.seek(first);
  }

  private _readEvents(chunk: Chunk): void {
    const events = this._events;
    while (
      events.isOnRow &&
      events.rowid <= chunk.to &&
      chunk.events < chunk.mostEvents &&
      this._builder.length < chunk.fullBytes
    ) {
      let isWanted = this._rowReader.isWanted(events);
      if (isWanted) {
        if (!this._isPlaced) this._place(events.rowid);
        isWanted = this._rowReader.take(events, this._attributes);
        chunk.rows += this._rowReader.rows;
        if (this._rowReader.rows > 0) chunk.runs += 1;
        if (this._hasFilter) chunk.wanted.push(events.rowid);
      } else {
        this._isPlaced = false;
      }
      this._rows?.add(events.rowid, isWanted);
      if (chunk.events === 0) chunk.first = events.rowid;
      chunk.last = events.rowid;
      chunk.events += 1;
      this._last = events.rowid;
      events.next();
    }
  }

  /** Goes to the attribute rows of an event. */
  private _place(row: number): void {
    const first = this._firstAttribute.get({ row: BigInt(row) }) as number | null;
    if (first === null) throw new OddRow('an event without attributes');
    this._attributes.seek(first);
    this._isPlaced = true;
  }

  /** Whether the rows that were read are all that the events have, and still stand in the file. */
  private _isProved(chunk: Chunk): boolean {
    try {
      const read = {
        ids: this._rowReader.ids,
        first: BigInt(chunk.first),
        last: BigInt(chunk.last),
        list: this._hasFilter ? chunk.wanted : undefined,
        rows: chunk.rows,
        runs: chunk.runs,
      };
      return (chunk.runs === 0 || this._proof.isWhole(read)) && !this._transaction.file.hasChanged();
    } catch (error) {
      if (!isFault(error)) throw error;
      this._leaveAll();
      return false;
    }
  }

  /** Leaves all that follows to SQLite. What is found by a seek in a damaged tree depends on where the seek begins. */
  private _leaveAll(): void {
    this._left = Number.POSITIVE_INFINITY;
    this._release();
  }

  /** Leaves events to SQLite after an odd row: ever more of them if it is not the first one for a while. */
  private _leave({ events }: Chunk, isProved: boolean): void {
    this._last = -1;
    const isRare = isProved && this._eventsSinceFault + events >= EVENTS_BETWEEN_FAULTS;
    this._leftAtFault = isRare ? 1 : Math.min(2 * this._leftAtFault, MOST_EVENTS_LEFT);
    this._left = isProved ? this._leftAtFault : Math.max(events, this._leftAtFault);
    this._eventsSinceFault = -events;
  }
}

/** Whether pages do not add up, for this program or for SQLite. */
function isFault(error: unknown): boolean {
  return error instanceof PageFault || isDamage(error);
}

/** Events that were read from pages and are not proved yet. */
class Chunk {
  /** No event with a larger row id is read. */
  readonly to: number;
  readonly mostEvents: number;
  /** It ends when the payloads of the batch have this size. */
  readonly fullBytes: number;
  events = 0;
  /** Attribute rows, and events whose rows they are. */
  rows = 0;
  runs = 0;
  /** Row ids of the first and the last event. */
  first = 0;
  last = 0;
  /** Row ids of the events that were encoded, where there is a filter. */
  readonly wanted: number[] = [];

  constructor(to: number, mostEvents: number, fullBytes: number) {
    this.to = to;
    this.mostEvents = mostEvents;
    this.fullBytes = fullBytes;
  }
}
