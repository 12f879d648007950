import { Batch, BatchBuilder } from '../batch.js';
import { EventEncoder } from '../decode/event-encoder.js';
import { encodeMsgpack } from '../decode/msgpack-payload.js';
import { type Connection, openReadOnly, readError, SqliteError, type Statement } from './connection.js';
import { EventQuery, filterParameters, type Selection } from './event-query.js';
import { EventTable } from './event-table.js';
import type { ReadRules, Recording } from './recording.js';
import { attachSideIndex } from './side-index.js';

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
const FIRST_CHUNK_EVENTS = 64;
const MOST_CHUNK_EVENTS = 256;

interface Statements {
  events: Statement;
  eventsWithBlobs: Statement;
  dataTimes: Statement;
}

/** Reads events of one recording and encodes them into batches. One a thread. */
export class BatchReader {
  readonly recording: Recording;
  readonly table: EventTable;
  readonly #rules: ReadRules;
  readonly #connection: Connection;
  readonly #statements: Record<Selection, Statements>;
  readonly #parameters: string[];
  readonly #builder = new BatchBuilder();
  readonly #encoder: EventEncoder;
  #hasBlobs = false;
  #chunkEvents = FIRST_CHUNK_EVENTS;

  constructor(recording: Recording, rules: ReadRules) {
    this.recording = recording;
    this.#rules = rules;
    this.#connection = openReadOnly(recording.readPath);
    if (recording.sideIndexPath !== undefined) attachSideIndex(this.#connection, recording.sideIndexPath);
    const query = new EventQuery(recording.schema);
    const prepare = (selection: Selection): Statements => ({
      events: this.#connection.prepare(query.events(selection, rules, rules.filter, false)).pluck(),
      eventsWithBlobs: this.#connection.prepare(query.events(selection, rules, rules.filter, true)).pluck(),
      dataTimes: this.#connection.prepare(query.dataTimes(selection)).pluck(),
    });
    this.#statements = { range: prepare('range'), list: prepare('list') };
    this.#parameters = filterParameters(rules.filter);
    this.table = new EventTable(this.#connection, recording.schema);
    this.#encoder = new EventEncoder(rules, this.#builder);
  }

  /**
   * Reads events into one buffer, which the caller owns.
   *
   * @throws TcsReplayError `READ_FAILED`
   */
  read(rows: Rows): ReadResult {
    try {
      let rest: Rows | undefined = rows;
      while (rest !== undefined && this.#builder.length < FULL_BYTES) rest = this.#readChunk(rest);
      return { buffer: this.#pack(), rest };
    } catch (error) {
      throw readError(this.recording.path, error);
    }
  }

  close(): void {
    this.#connection.close();
  }

  /** Reads some events from the front of `rows`. @returns what is left of them */
  #readChunk(rows: Rows): Rows | undefined {
    const count = this.#chunkEvents;
    const before = this.#builder.length;
    let rest: Rows | undefined;
    if ('list' in rows) {
      const list = `[${rows.list.subarray(0, count).join(',')}]`;
      this.#readInto('list', { list });
      rest = rows.list.length > count ? { list: rows.list.subarray(count) } : undefined;
    } else {
      const last = this.table.bound(rows.first, rows.last, count);
      if (last === undefined) return undefined;
      this.#readInto('range', { first: rows.first, last });
      rest = last < rows.last ? { first: last + 1n, last: rows.last } : undefined;
    }
    const bytesAnEvent = Math.max(1, (this.#builder.length - before) / count);
    this.#chunkEvents = Math.max(1, Math.min(MOST_CHUNK_EVENTS, Math.floor(CHUNK_BYTES / bytesAnEvent)));
    return rest;
  }

  #readInto(selection: Selection, rows: Record<string, unknown>): void {
    const { events, eventsWithBlobs, dataTimes } = this.#statements[selection];
    let source: Uint8Array | undefined;
    if (!this.#hasBlobs) {
      try {
        source = events.get(...this.#parameters, rows) as Uint8Array;
      } catch (error) {
        // SQLite refuses to put a BLOB into JSON, and has no code of its own for it.
        if (!(error instanceof SqliteError && error.message.includes('BLOB'))) throw error;
        this.#hasBlobs = true;
      }
    }
    source ??= eventsWithBlobs.get(...this.#parameters, rows) as Uint8Array;
    let times: unknown[] | undefined;
    this.#encoder.encode(source, (index) => {
      times ??= JSON.parse((dataTimes.get(rows) as Buffer).toString()) as unknown[];
      return JSON.stringify(times[index]);
    });
  }

  #pack(): ArrayBuffer {
    const meta = this.#encoder.takeMeta();
    const buffer = this.#builder.pack({ ...meta, format: 'json' });
    if (this.#rules.format === 'json') return buffer;
    encodeMsgpack(new Batch(buffer), this.#builder);
    return this.#builder.pack({ ...meta, format: 'msgpack' });
  }
}
