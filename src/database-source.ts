import { Batch, BatchBuilder } from './batch.js';
import type { Rows } from './database/batch-reader.js';
import { topicFilter } from './database/event-query.js';
import type { ReadRules, Recording } from './database/recording.js';
import { noWarnings } from './decode/warnings.js';
import type { DecoderPool } from './decoder-pool.js';
import type { EventId } from './event-id.js';
import type { ResolvedOptions } from './options.js';
import { type Piece, prefetch } from './prefetch.js';
import type { SortBy } from './sort-by.js';
import type { PlacedBatch, Source } from './source.js';
import type { SortedRows } from './worker.js';

export interface DatabaseSourceOptions {
  readonly sortBy: SortBy;
  readonly rules: ReadRules;
  readonly readAheadBytes: number;
  /** Number of threads in the pool. */
  readonly workers: number;
}

/** What the options of a replay ask of its databases. */
export function databaseOptions(options: ResolvedOptions): DatabaseSourceOptions {
  const { sortBy, readAheadBytes, workers, convertNumber, convertBool, format, times, topics } = options;
  const rules = {
    convertNumber,
    convertBool,
    format,
    timeSlots: times !== 'original',
    filter: topicFilter(topics),
  };
  return { sortBy, rules, readAheadBytes, workers };
}

/** Events in a batch: enough that a task's way to a thread and back does not count. */
const EVENTS_A_BATCH = 1024;
/** The first batches are smaller, so that the first event is out soon. */
const FIRST_BATCH_EVENTS = 64;
const BATCHES_A_SPLIT = 64;

/** The events of a SQLite database. */
export class DatabaseSource implements Source {
  private readonly _pool: DecoderPool;
  private readonly _recording: Recording;
  private readonly _options: DatabaseSourceOptions;
  private _sorted: Promise<SortedRows> | undefined;

  private constructor(pool: DecoderPool, recording: Recording, options: DatabaseSourceOptions) {
    this._pool = pool;
    this._recording = recording;
    this._options = options;
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
    return new DatabaseSource(pool, await pool.open(path), options);
  }

  get sizeBytes(): number {
    return this._recording.sizeBytes;
  }

  get lastTimeS(): number {
    return this._recording.lastTimeS;
  }

  /** Whether the values can be converted: whether the database says of what type they are. */
  get hasDataTypes(): boolean {
    return this._recording.schema.attribute.dataType !== undefined;
  }

  batches(): AsyncGenerator<PlacedBatch> {
    const { workers, readAheadBytes, rules } = this._options;
    const read = (rows: Rows) => this._pool.run('read', { recording: this._recording, rules, rows });
    const batches = prefetch(this._pieces(), read, { readAheadBytes, concurrency: workers + 1 });
    return this._afterKnownDamage(batches);
  }

  /** Before the first batch, one without events where damage is known without reading them. */
  private async *_afterKnownDamage(batches: AsyncGenerator<PlacedBatch>): AsyncGenerator<PlacedBatch> {
    let isFirst = true;
    for await (const placed of batches) {
      if (isFirst) yield* await this._knownDamage();
      isFirst = false;
      yield placed;
    }
    if (isFirst) yield* await this._knownDamage();
  }

  private async _knownDamage(): Promise<PlacedBatch[]> {
    const damage = [...this._recording.damage, ...((await this._sorted)?.damage ?? [])];
    if (damage.length === 0) return [];
    const { format } = this._options.rules;
    const meta = { topics: [], warnings: noWarnings(), format, damage };
    return [{ batch: new Batch(new BatchBuilder().pack(meta)), shareAtEnd: 0 }];
  }

  /** The ids of all events, wanted or not, in the order in which they are played. */
  async *eventIds(): AsyncGenerator<EventId> {
    const { rules } = this._options;
    for await (const { rows } of this._pieces()) {
      const ranges = 'list' in rows ? Array.from(rows.list, (row) => ({ first: row, last: row })) : [rows];
      for (const range of ranges)
        yield* await this._pool.run('ids', { recording: this._recording, rules, ...range });
    }
  }

  private _pieces(): AsyncGenerator<Piece> {
    return this._options.sortBy === 'none' ? this._piecesOfTable() : this._piecesByTime(this._options.sortBy);
  }

  private async *_piecesOfTable(): AsyncGenerator<Piece> {
    const { rows } = this._recording;
    if (rows === undefined) return;
    const { first, last } = rows;
    const split = (from: bigint, eventsABatch: number, batches: number) => {
      const { rules } = this._options;
      return this._pool.run('split', {
        recording: this._recording,
        rules,
        first: from,
        last,
        eventsABatch,
        batches,
      });
    };
    let from = first;
    let ends = await split(from, FIRST_BATCH_EVENTS, 1);
    while (ends.length > 0) {
      // Where the next pieces end is found out while these are read.
      const next = (ends.at(-1) as bigint) + 1n;
      const nextEnds = next > last ? Promise.resolve([]) : split(next, EVENTS_A_BATCH, BATCHES_A_SPLIT);
      nextEnds.catch(() => {}); // It is awaited below, unless the consumer stops before.
      for (const end of ends) {
        yield { rows: { first: from, last: end }, shareAtEnd: share(end - first + 1n, last - first + 1n) };
        from = end + 1n;
      }
      ends = await nextEnds;
    }
  }

  private async *_piecesByTime(sortBy: Exclude<SortBy, 'none'>): AsyncGenerator<Piece> {
    const { rules } = this._options;
    this._sorted ??= this._pool.run('sort', { recording: this._recording, rules, sortBy });
    const { rows: sorted } = await this._sorted;
    let eventsABatch = FIRST_BATCH_EVENTS;
    for (let at = 0; at < sorted.length; ) {
      const end = Math.min(at + eventsABatch, sorted.length);
      yield { rows: { list: sorted.slice(at, end) }, shareAtEnd: end / sorted.length };
      at = end;
      eventsABatch = EVENTS_A_BATCH;
    }
  }
}

function share(part: bigint, whole: bigint): number {
  return Number((part * 1_000_000n) / whole) / 1_000_000;
}
