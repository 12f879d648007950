import { Batch, BatchBuilder } from '../../batch/batch.js';
import { addDamage, type Damage } from '../../batch/damage.js';
import { addOddities, noWarnings } from '../../batch/warnings.js';
import { BatchNotes } from '../../encode/batch-notes.js';
import { encodeMsgpack } from '../../encode/encode-msgpack.js';
import { EventEncoder } from '../../encode/event-encoder.js';
import { bytesOf, elementsOf } from '../../encode/json-bytes.js';
import { type Connection, isDamage, isTooLarge, readError, type Statement } from '../connection.js';
import type { GoOn } from '../go-on.js';
import { PageTransaction } from '../pages/page-transaction.js';
import { connectTo, type ReadRules, type Recording, rulesFor } from '../recording.js';
import type { RowRange, Rows } from '../rows.js';
import type { Schema } from '../schema/schema.js';
import { HoleCheck } from '../side-index/hole-check.js';
import { EventQuery, type RowSelection } from './event-query.js';
import { type EventRowReader, NO_BREAKS, type ReadResult } from './event-rows.js';
import { EventTable } from './event-table.js';
import { filterParameters, prepareFilter } from './filter-sql.js';
import { PageList } from './page-list.js';
import { PageReader } from './page-reader.js';
import { PageTimes } from './page-times.js';
import { PageTopics } from './page-topics.js';
import { Salvage } from './salvage.js';
import { TopicStates } from './topic-states.js';

/** Events that may have been sent without some of their attributes. */
export interface DoubtfulEvents {
  /** A batch without events, which reports them: the first ones one by one. */
  readonly buffer: ArrayBuffer;
  readonly events: number;
}

/** A batch ends when its payloads reach this size, so that read-ahead is bounded in bytes whatever the size of events. */
const FULL_BYTES = 2 << 20;
/** Target size of a statement's result: the statement's own cost does not matter, and the result stays in the CPU's cache. */
const CHUNK_BYTES = 128 << 10;
/** The size of events is known after some were read: the first chunk is small, and later ones grow by this factor at most. */
const FIRST_CHUNK_EVENTS = 8;
const CHUNK_GROWTH = 4;
const MOST_CHUNK_EVENTS = 256;
/** Events of a chunk where there is time: they take some hundred microseconds. */
const MOST_RESTFUL_EVENTS = 64;
/** Events that are checked by one statement, so that it can be stopped in between. */
const EVENTS_A_CHECK = 65_536n;
/** Doubtful events that are reported one by one: a replay keeps no more. */
const MOST_DOUBTFUL = 1000;

type Rowids = readonly bigint[] | BigInt64Array;

interface Statements {
  events: Statement;
  dataTimes: Statement;
}

/** Reads events of one recording and encodes them into batches. One a thread. */
export class BatchReader implements EventRowReader {
  readonly recording: Recording;
  readonly table: EventTable;
  readonly states: TopicStates;
  private readonly _rules: ReadRules;
  private readonly _connection: Connection;
  private readonly _range: Statements;
  private readonly _list: Statements;
  private readonly _salvage: Salvage;
  private readonly _transaction: PageTransaction | undefined;
  private readonly _goOn: GoOn;
  private _salvaged: { readonly list: Statements; readonly holes: HoleCheck } | undefined;
  private readonly _holes: HoleCheck | undefined;
  private readonly _parameters: string[];
  private readonly _builder = new BatchBuilder();
  private readonly _notes = new BatchNotes();
  private readonly _encoder: EventEncoder;
  private readonly _pages: PageReader | undefined;
  /** Made for the first list. */
  private _lists: PageList | undefined;
  private _damage: Damage[] = [];
  private _chunkEvents = FIRST_CHUNK_EVENTS;

  /** @throws TcsReplayError `READ_FAILED` */
  constructor(recording: Recording, asked: ReadRules, goOn: GoOn = () => {}) {
    const rules = rulesFor(recording, asked);
    this.recording = recording;
    this._rules = rules;
    this._goOn = goOn;
    this._parameters = filterParameters(rules.filter);
    this._encoder = new EventEncoder(rules, this._builder, this._notes);
    let connection: Connection | undefined;
    try {
      connection = connectTo(recording);
      this._connection = connection;
      prepareFilter(this._connection, rules.filter);
      if (recording.sideIndexPath !== undefined) {
        this._holes = new HoleCheck(this._connection, recording.schema);
      }
      this._range = this._prepare('range', recording.schema);
      this._list = this._prepare('list', recording.schema);
      this._salvage = new Salvage(this._connection, recording, goOn);
      const transaction =
        rules.reader === 'pages' ? new PageTransaction(connection, recording.readPath) : undefined;
      this._transaction = transaction;
      const pageTimes = transaction && PageTimes.of(connection, transaction, recording);
      this.table = new EventTable(connection, recording.schema, this._salvage, pageTimes);
      const pageTopics = transaction && PageTopics.of(connection, transaction, recording, rules.filter);
      this.states = new TopicStates(connection, recording, rules, this.table, pageTopics);
      const to = { builder: this._builder, notes: this._notes };
      this._pages = transaction && PageReader.of(connection, transaction, recording, rules, to);
    } catch (error) {
      connection?.close();
      throw readError(recording.path, error);
    }
  }

  /**
   * Reads events into one buffer, which the caller owns. Rows that cannot be read are left out and reported in the batch.
   *
   * @param breaks asked every few milliseconds
   * @throws TcsReplayError `READ_FAILED`, not for damage
   */
  read(rows: Rows, breaks = NO_BREAKS): ReadResult {
    try {
      let rest: Rows | undefined = rows;
      let needsProof = false;
      while (rest !== undefined && this._builder.length < FULL_BYTES && !breaks.mustEnd()) {
        const mostEvents = breaks.mayRest ? MOST_RESTFUL_EVENTS : Number.POSITIVE_INFINITY;
        const next = this._readFromPages(rest, mostEvents);
        needsProof = next === undefined && this.recording.ascending?.isProved === false;
        if (needsProof) break;
        rest = next === undefined ? this._readBySqlite(rest, mostEvents) : next.rest;
        if (breaks.mayRest) breaks.rest();
      }
      return { buffer: this._pack(), rest, needsProof };
    } catch (error) {
      // Events that were read before the failure must not be part of the next batch.
      this._builder.clear();
      this._notes.take();
      this._damage = [];
      throw readError(this.recording.path, error);
    }
  }

  /** Events that were read from pages so far; the others SQLite has read. */
  get eventsFromPages(): number {
    return (this._pages?.events ?? 0) + (this._lists?.events ?? 0);
  }

  close(): void {
    this._transaction?.close();
    this._connection.close();
  }

  /**
   * Finds the events among those that were read before it was proved that ids ascend which lack attributes, since some of their rows lie
   * elsewhere. The side index tells that.
   *
   * @throws TcsReplayError `READ_FAILED`
   */
  doubtful({ first, last }: RowRange): DoubtfulEvents {
    try {
      const found = this._connection
        .prepare(new EventQuery(this.recording.schema).scattered(this._rules.filter))
        .pluck()
        .safeIntegers();
      let events = 0;
      const { table } = this.recording.schema.attribute;
      // What the side index lacks. Damage of the event table was known before.
      for (const damage of this.recording.damage) if (damage.table === table) addDamage(this._damage, damage);
      for (let from = first; from <= last; from += EVENTS_A_CHECK) {
        this._goOn();
        const to = from + EVENTS_A_CHECK - 1n;
        const rows = found.all(...this._parameters, {
          first: from,
          last: to < last ? to : last,
        }) as bigint[];
        this._addDoubtful(rows.slice(0, Math.max(0, MOST_DOUBTFUL - events)));
        events += rows.length;
      }
      return { buffer: this._pack(), events };
    } catch (error) {
      this._damage = [];
      throw readError(this.recording.path, error);
    }
  }

  /** Reads some events from the front of `rows`. @returns undefined where SQLite has to read them */
  private _readFromPages(rows: Rows, mostEvents: number): { rest: Rows | undefined } | undefined {
    if ('list' in rows) {
      const { list } = rows;
      const count = this._pageList()?.read(list, mostEvents, (part) => this._readAll(part));
      return count === undefined
        ? undefined
        : { rest: count < list.length ? { list: list.subarray(count) } : undefined };
    }
    const last = this._pages?.read(rows, mostEvents);
    return last === undefined
      ? undefined
      : { rest: last < rows.last ? { first: last + 1n, last: rows.last } : undefined };
  }

  private _pageList(): PageList | undefined {
    if (this._pages === undefined || this._transaction === undefined) return undefined;
    this._lists ??= PageList.of(this._connection, this._transaction, this.recording, this._rules, {
      builder: this._builder,
      notes: this._notes,
    });
    return this._lists;
  }

  /** Reads all events of a list by SQLite. */
  private _readAll(list: BigInt64Array<ArrayBuffer>): void {
    for (let rest: Rows | undefined = { list }; rest !== undefined; )
      rest = this._readBySqlite(rest, Number.POSITIVE_INFINITY);
  }

  private _readBySqlite(rows: Rows, mostEvents: number): Rows | undefined {
    const left = 'list' in rows ? 0 : (this._pages?.eventsLeft ?? 0);
    const count = Math.min(this._chunkEvents, mostEvents, left > 0 ? left : mostEvents);
    const { length: bytesBefore, count: eventsBefore } = this._builder;
    let rest: Rows | undefined;
    if ('list' in rows) {
      this._readList(rows.list.subarray(0, count));
      rest = rows.list.length > count ? { list: rows.list.subarray(count) } : undefined;
    } else {
      const { rows: next, isRange, gap } = this.table.next(rows.first, rows.last, count);
      if (gap !== undefined) addDamage(this._damage, gap);
      const last = next.at(-1);
      if (last === undefined) return undefined;
      const wasRead = isRange && this._attempt(this._range, { first: next[0], last }, next);
      if (!wasRead) this._readList(BigInt64Array.from(next));
      rest = last < rows.last ? { first: last + 1n, last: rows.last } : undefined;
      this._pages?.wereReadBySqlite(next.length);
    }
    const events = Math.max(1, this._builder.count - eventsBefore);
    const fitting = Math.floor((CHUNK_BYTES * events) / (this._builder.length - bytesBefore + 1));
    this._chunkEvents = Math.max(1, Math.min(fitting, this._chunkEvents * CHUNK_GROWTH, MOST_CHUNK_EVENTS));
    return rest;
  }

  /** Reads the events of a list; where not all of them can be read, in halves, down to single events. */
  private _readList(list: BigInt64Array<ArrayBuffer>): void {
    if (this._attempt(this._list, { list: `[${list.join(',')}]` }, list)) return;
    if (list.length === 1) {
      if (!this._readAgain(list)) this._addLost(list[0]);
      return;
    }
    const half = list.length >> 1;
    this._readList(list.subarray(0, half));
    this._readList(list.subarray(half));
  }

  /** Reads an event without the database's own index. @returns whether that was possible */
  private _readAgain(list: BigInt64Array<ArrayBuffer>): boolean {
    const schema = this._salvage.schemaFor(list[0]);
    if (schema === undefined) return false;
    this._salvaged ??= {
      list: this._prepare('list', schema),
      holes: new HoleCheck(this._connection, schema),
    };
    for (const damage of this._salvage.takeDamage()) addDamage(this._damage, damage);
    return this._attempt(this._salvaged.list, { list: `[${list[0]}]` }, list, this._salvaged.holes);
  }

  private _addLost(row: bigint): void {
    const { table } = this.recording.schema.event;
    const reason = this.table.has(row) ? 'unreadable event' : 'misplaced event';
    addDamage(this._damage, { table, firstRow: row, lastRow: row, reason, lostEvents: 1 });
  }

  /**
   * Appends the events of `rows` to the batch.
   *
   * @returns whether all of them were read; otherwise none of them is appended
   */
  private _attempt(
    { events, dataTimes }: Statements,
    parameters: Record<string, unknown>,
    rows: Rowids,
    holes = this._holes,
  ): boolean {
    const mark = this._builder.mark();
    const odditiesBefore = this._notes.oddities.length;
    try {
      let times: Uint8Array[] | undefined;
      const count = this._encoder.encode(bytesOf(events.get(...this._parameters, parameters)), (index) => {
        times ??= elementsOf(bytesOf(dataTimes.get(parameters)));
        return times[index];
      });
      if (count === rows.length && !this._hasLostAll(rows, odditiesBefore, holes)) {
        if (holes?.hasHoles === true) this._addDoubtful(holes.doubtful(`[${rows.join(',')}]`));
        return true;
      }
    } catch (error) {
      if (!isDamage(error) && !isTooLarge(error)) throw error;
    }
    this._builder.rewind(mark);
    this._notes.forgetOddities(odditiesBefore);
    return false;
  }

  /** Whether an event without attributes was read that may have lost some. Among several events it always may. */
  private _hasLostAll(rows: Rowids, odditiesBefore: number, holes: HoleCheck | undefined): boolean {
    if (holes?.hasHoles !== true) return false;
    const warnings = noWarnings();
    addOddities(warnings, this._notes.oddities.slice(odditiesBefore), 0, Number.POSITIVE_INFINITY);
    if (warnings.noAttributes === 0) return false;
    return rows.length > 1 || holes.mayHaveLost(rows[0]);
  }

  private _addDoubtful(rows: readonly bigint[]): void {
    const { table } = this.recording.schema.event;
    for (const row of rows) {
      const stretch = { table, firstRow: row, lastRow: row };
      addDamage(this._damage, { ...stretch, reason: 'doubtful event', lostEvents: 0 });
    }
  }

  private _prepare(selection: RowSelection, schema: Schema): Statements {
    const query = new EventQuery(schema);
    return {
      events: this._connection.prepare(query.events(selection, this._rules, this._rules.filter)).pluck(),
      dataTimes: this._connection.prepare(query.dataTimes(selection)).pluck(),
    };
  }

  private _pack(): ArrayBuffer {
    const meta = { ...this._notes.take(), damage: this._damage };
    this._damage = [];
    const buffer = this._builder.pack({ ...meta, format: 'json' });
    if (this._rules.format === 'json') return buffer;
    encodeMsgpack(new Batch(buffer), this._builder);
    return this._builder.pack({ ...meta, format: 'msgpack' });
  }
}
