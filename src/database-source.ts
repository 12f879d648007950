import { Batch } from './batch.js';
import type { Damage } from './damage.js';
import type { ReadResult, Rows } from './database/batch-reader.js';
import type { OrderFile } from './database/order-file.js';
import type { FoundRecording, ReadRules, Recording } from './database/recording.js';
import type { RowRange } from './database/time-rows.js';
import type { DecoderPool } from './decoder-pool.js';
import type { EventId } from './event-id.js';
import type { ResolvedOptions } from './options.js';
import { piecesInOrder, piecesOfTable } from './pieces.js';
import { type Piece, prefetch } from './prefetch.js';
import type { OnPreparation } from './preparation.js';
import type { ReadAheadBudget } from './read-ahead-budget.js';
import type { SortBy } from './sort-by.js';
import type { SortedRecording } from './sorting.js';
import type { PlacedBatch, StatefulSource } from './source.js';
import type { TimeRange } from './time-range.js';

export interface DatabaseSourceOptions {
  readonly sortBy: SortBy;
  readonly rules: ReadRules;
  /** Shared with all that is read at the same time. */
  readonly budget: ReadAheadBudget;
  /** Number of threads in the pool. */
  readonly workers: number;
  /** Is told how far it is, where something has to be made before the database can be read. */
  readonly onPreparation?: OnPreparation | undefined;
}

/** What the options of a replay ask of its databases. */
export function databaseOptions(options: ResolvedOptions, budget: ReadAheadBudget): DatabaseSourceOptions {
  const { sortBy, workers, convertNumber, convertBool, format, times, filter } = options;
  const rules: ReadRules = {
    convertNumber,
    convertBool,
    format,
    timeSlots: times !== 'original',
    keyTime: sortBy === '__data_time' ? 'data' : 'due',
    ranges: undefined,
    filter,
  };
  return { sortBy, rules, budget, workers };
}

/** Entries of an order that are looked through in one go for the last event of each topic. */
const ENTRIES_A_LOOK = 16_384;

/** The events of a SQLite database. */
export class DatabaseSource implements StatefulSource {
  readonly damage: readonly Damage[];
  private readonly _pool: DecoderPool;
  private readonly _recording: Recording;
  private readonly _options: DatabaseSourceOptions;
  /** By time; undefined where the order is that of the table. */
  private readonly _order: OrderFile | undefined;
  private _rules: ReadRules;
  /** Which rows of the table can hold events that are wanted. */
  private _rows: readonly RowRange[];

  private constructor(
    pool: DecoderPool,
    recording: Recording,
    sorted: SortedRecording | undefined,
    options: DatabaseSourceOptions,
  ) {
    this._pool = pool;
    this._recording = recording;
    this._order = sorted?.order;
    this.damage = [...recording.damage, ...(sorted?.damage ?? [])];
    this._options = options;
    this._rules = options.rules;
    this._rows = recording.rows === undefined ? [] : [recording.rows];
  }

  /**
   * @param pool reads the database, and holds what is made for that until it is closed
   * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`
   */
  static async open(
    pool: DecoderPool,
    path: string,
    options: DatabaseSourceOptions,
  ): Promise<DatabaseSource> {
    return DatabaseSource.prepare(pool, await pool.find(path), options);
  }

  /** As `open`, of a database that was found. */
  static async prepare(
    pool: DecoderPool,
    found: FoundRecording,
    options: DatabaseSourceOptions,
  ): Promise<DatabaseSource> {
    const recording = await pool.prepare(found, options);
    const { sortBy } = options;
    const sorted = sortBy === 'none' ? undefined : await pool.sort(recording, sortBy, options);
    return new DatabaseSource(pool, recording, sorted, options);
  }

  /**
   * Narrows what is played down to the events that are due in some ranges of time: sorted and disjoint.
   *
   * @throws TcsReplayError `READ_FAILED`
   */
  async select(ranges: readonly TimeRange[]): Promise<void> {
    this._rules = { ...this._options.rules, ranges };
    // An order knows when each event is due: nothing need be guessed of where in the table it stands.
    if (this._order === undefined) this._rows = await this._rowsOf(ranges);
  }

  /** Whether there may be anything to play of what was selected. */
  get mayPlay(): boolean {
    return this._rows.length > 0;
  }

  get recording(): Recording {
    return this._recording;
  }

  get name(): string {
    return this._recording.path;
  }

  get sizeBytes(): number {
    return this._recording.sizeBytes;
  }

  get firstTimeS(): number {
    return this._recording.firstTimeS;
  }

  get firstKeyS(): number {
    return this._order === undefined ? this.firstTimeS : this._order.firstKeyS;
  }

  get lastTimeS(): number {
    return this._recording.lastTimeS;
  }

  batches(): AsyncIterableIterator<PlacedBatch> {
    const { workers, budget } = this._options;
    const read = (rows: Rows) => this._read(rows, this._rules);
    return prefetch(this._pieces(), read, { budget, concurrency: workers + 1 });
  }

  async *statesBefore(beforeS: number): AsyncGenerator<PlacedBatch> {
    // What was before a moment is in none of the ranges that begin there.
    const rules = { ...this._rules, ranges: undefined };
    const list =
      this._order === undefined
        ? await this._lastRowsBefore(beforeS, rules)
        : await this._lastRowsInOrder(this._order, beforeS, rules);
    let rows: Rows | undefined = { list };
    while (rows !== undefined) {
      const { buffer, rest }: ReadResult = await this._read(rows, rules);
      yield { batch: new Batch(buffer), shareAtEnd: 1 };
      rows = rest;
    }
  }

  /** The ids of all events, wanted or not, in the order in which they are played. */
  async *eventIds(): AsyncGenerator<EventId> {
    for await (const { rows } of this._pieces()) {
      const ranges = 'list' in rows ? Array.from(rows.list, (row) => ({ first: row, last: row })) : [rows];
      for (const range of ranges) {
        yield* await this._pool.run('ids', { recording: this._recording, rules: this._rules, ...range });
      }
    }
  }

  private _read(rows: Rows, rules: ReadRules): Promise<ReadResult> {
    return this._pool.run('read', { recording: this._recording, rules, rows });
  }

  private _rowsOf(ranges: readonly TimeRange[]): Promise<RowRange[]> {
    return this._pool.run('rows', { recording: this._recording, rules: this._rules, ranges });
  }

  private async _lastRowsBefore(beforeS: number, rules: ReadRules): Promise<BigInt64Array<ArrayBuffer>> {
    const before = await this._rowsOf([{ startS: Number.NEGATIVE_INFINITY, endS: beforeS }]);
    const last = before.at(-1)?.last;
    const first = this._recording.rows?.first;
    if (last === undefined || first === undefined) return new BigInt64Array();
    const rows = { first, last };
    const states = await this._pool.run('states', { recording: this._recording, rules, rows, beforeS });
    return BigInt64Array.from(states, ({ row }) => row).sort();
  }

  /** Looks through the order from its end, in slices. */
  private async _lastRowsInOrder(
    order: OrderFile,
    beforeS: number,
    rules: ReadRules,
  ): Promise<BigInt64Array<ArrayBuffer>> {
    const met = new Set<string>();
    const found: bigint[] = [];
    for (let end = order.count; end > 0; end -= ENTRIES_A_LOOK) {
      const at = Math.max(0, end - ENTRIES_A_LOOK);
      const { rows, dueS } = await order.read(at, end - at);
      const list = rows.filter((_row, i) => dueS[i] < beforeS);
      if (list.length === 0) continue;
      const recording = this._recording;
      const states = await this._pool.run('states', { recording, rules, rows: { list }, beforeS });
      for (const { topic, row } of states) {
        if (!met.has(topic)) found.unshift(row);
        met.add(topic);
      }
    }
    return BigInt64Array.from(found);
  }

  private _pieces(): AsyncGenerator<Piece> {
    if (this._order !== undefined) return piecesInOrder(this._order, this._rules.ranges);
    const source = { recording: this._recording, rules: this._rules };
    return piecesOfTable(this._rows, ({ first, last }, eventsABatch, batches) =>
      this._pool.run('split', { ...source, first, last, eventsABatch, batches }),
    );
  }
}
