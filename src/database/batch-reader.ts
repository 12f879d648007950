import { Batch, BatchBuilder } from '../batch.js';
import { EventEncoder } from '../decode/event-encoder.js';
import { bytesOf, elementsOf } from '../decode/json-bytes.js';
import { encodeMsgpack } from '../decode/msgpack-payload.js';
import { type Connection, readError, type Statement } from './connection.js';
import { EventQuery, type Selection } from './event-query.js';
import { EventTable } from './event-table.js';
import { connectTo, type ReadRules, type Recording } from './recording.js';
import { filterParameters, prepareFilter } from './topic-filter.js';
import { TopicStates } from './topic-states.js';

/** Which events to read, in which order: a range of row ids in the order of the table, or a list of them. */
export type Rows =
  | { readonly first: bigint; readonly last: bigint }
  | { readonly list: BigInt64Array<ArrayBuffer> };

/** A batch that was read, and what of its rows is left: a batch ends early where its bytes are full. */
export interface ReadResult {
  readonly buffer: ArrayBuffer;
  readonly rest: Rows | undefined;
}

/** A batch is closed when its payloads reach this, so that read-ahead is bounded in bytes however large events are. */
const FULL_BYTES = 2 << 20;
/** What a statement is to return: enough for its own cost not to count, little enough to stay in the cache. */
const CHUNK_BYTES = 128 << 10;
/** What events are like shows when some were read: a chunk is small at first, and grows by so much at most. */
const FIRST_CHUNK_EVENTS = 8;
const CHUNK_GROWTH = 4;
const MOST_CHUNK_EVENTS = 256;
/** A batch whose row ids span so many has gaps. */
const SPARSE_IDS = 4096n;

interface Statements {
  events: Statement;
  dataTimes: Statement;
}

/** Reads events of one recording and encodes them into batches. One a thread. */
export class BatchReader {
  readonly recording: Recording;
  readonly table: EventTable;
  readonly states: TopicStates;
  private readonly _rules: ReadRules;
  private readonly _connection: Connection;
  private readonly _statements: Record<Selection, Statements>;
  private readonly _parameters: string[];
  private readonly _builder = new BatchBuilder();
  private readonly _encoder: EventEncoder;
  private _chunkEvents = FIRST_CHUNK_EVENTS;

  constructor(recording: Recording, rules: ReadRules) {
    this.recording = recording;
    this._rules = rules;
    this._connection = connectTo(recording);
    prepareFilter(this._connection, rules.filter);
    const query = new EventQuery(recording.schema);
    const prepare = (selection: Selection): Statements => ({
      events: this._connection.prepare(query.events(selection, rules, rules.filter)).pluck(),
      dataTimes: this._connection.prepare(query.dataTimes(selection)).pluck(),
    });
    this._statements = { range: prepare('range'), list: prepare('list') };
    this._parameters = filterParameters(rules.filter);
    this.table = new EventTable(this._connection, recording.schema);
    this.states = new TopicStates(this._connection, recording, rules, this.table);
    this._encoder = new EventEncoder(rules, this._builder);
  }

  /**
   * Reads events into one buffer, which the caller owns.
   *
   * @throws TcsReplayError `READ_FAILED`
   */
  read(rows: Rows): ReadResult {
    try {
      let rest: Rows | undefined = rows;
      while (rest !== undefined && this._builder.length < FULL_BYTES) rest = this._readChunk(rest);
      return { buffer: this._pack(), rest };
    } catch (error) {
      // What was read before it failed is no part of the next batch.
      this._builder.clear();
      this._encoder.takeMeta();
      throw readError(this.recording.path, error);
    }
  }

  close(): void {
    this._connection.close();
  }

  /** Reads some events from the front of `rows`. @returns what is left of them */
  private _readChunk(rows: Rows): Rows | undefined {
    const count = this._chunkEvents;
    const { length: bytesBefore, count: eventsBefore } = this._builder;
    let rest: Rows | undefined;
    if ('list' in rows) {
      const list = `[${rows.list.subarray(0, count).join(',')}]`;
      this._readInto('list', { list });
      rest = rows.list.length > count ? { list: rows.list.subarray(count) } : undefined;
    } else {
      const last = this._endOfChunk(rows, count);
      if (last === undefined) return undefined;
      this._readInto('range', { first: rows.first, last });
      rest = last < rows.last ? { first: last + 1n, last: rows.last } : undefined;
    }
    const events = Math.max(1, this._builder.count - eventsBefore);
    const fitting = Math.floor((CHUNK_BYTES * events) / (this._builder.length - bytesBefore + 1));
    this._chunkEvents = Math.max(1, Math.min(fitting, count * CHUNK_GROWTH, MOST_CHUNK_EVENTS));
    return rest;
  }

  /** The last row id of the next `count` rows: no more than that many ids on, where ids are dense; else sought. */
  private _endOfChunk({ first, last }: { first: bigint; last: bigint }, count: number): bigint | undefined {
    if (last - first >= SPARSE_IDS) return this.table.bound(first, last, count);
    const end = first + BigInt(count) - 1n;
    return end < last ? end : last;
  }

  private _readInto(selection: Selection, rows: Record<string, unknown>): void {
    const { events, dataTimes } = this._statements[selection];
    const source = bytesOf(events.get(...this._parameters, rows));
    let times: Uint8Array[] | undefined;
    this._encoder.encode(source, (index) => {
      times ??= elementsOf(bytesOf(dataTimes.get(rows)));
      return times[index];
    });
  }

  private _pack(): ArrayBuffer {
    const meta = this._encoder.takeMeta();
    const buffer = this._builder.pack({ ...meta, format: 'json' });
    if (this._rules.format === 'json') return buffer;
    encodeMsgpack(new Batch(buffer), this._builder);
    return this._builder.pack({ ...meta, format: 'msgpack' });
  }
}
