import type { EventId } from '../database/event-id.js';
import type { ReplayOptions } from '../options/replay-options.js';
import { type ResolvedOptions, resolveOptions } from '../options/resolve-options.js';
import { Pacer } from '../pacing/pacer.js';
import { Waiter } from '../pacing/waiter.js';
import { DecoderPool } from '../prepare/decoder-pool.js';
import { systemClock } from '../shared/clock.js';
import { DatabaseSource, databaseOptions } from '../sources/database-source.js';
import { ReadAheadBudget } from '../sources/read-ahead-budget.js';

/** Options of `TCSDBReplay`: those of `replay` that concern the events, not the socket. */
export type TCSDBReplayOptions = Pick<
  ReplayOptions,
  | 'sortBy'
  | 'speedup'
  | 'topics'
  | 'convertNumber'
  | 'convertBool'
  | 'times'
  | 'timing'
  | 'workers'
  | 'readAheadBytes'
  | 'signal'
>;

interface Opened {
  readonly pool: DecoderPool;
  readonly source: Promise<DatabaseSource>;
}

/**
 * The events of a database, each when it is due: what the reference's `TCSDBReplay` is. Every iteration begins a new
 * pass. Yields `[topic, json]`, or `null` for an event whose topic is not wanted.
 *
 * It stands on the same reading, decoding and timing as `replay`, which is the faster way to a socket.
 */
export class TCSDBReplay implements AsyncIterable<[topic: string, json: string] | null> {
  private readonly _path: string;
  private readonly _options: ResolvedOptions;
  private readonly _signal: AbortSignal | undefined;
  private _opened: Opened | undefined;
  private _pacer: Pacer | undefined;

  /**
   * Nothing is opened before the first iteration.
   *
   * @param dbName file that holds the database
   * @throws TcsReplayError `BAD_OPTION`, such as an order that is not known
   */
  constructor(dbName: string, options: TCSDBReplayOptions = {}) {
    this._path = dbName;
    this._options = resolveOptions({ ...options, databases: dbName });
    this._signal = options.signal;
  }

  /** The ids of all events, in the order in which they are played. */
  get eventIds(): AsyncIterable<EventId> {
    const open = () => this._open();
    return {
      async *[Symbol.asyncIterator]() {
        yield* (await open()).eventIds();
      },
    };
  }

  /** Recorded time of the pass's first event, in Unix seconds; undefined before it. */
  get startWireTime(): number | undefined {
    const timeS = this._pacer?.startRecordedS ?? Number.NaN;
    return Number.isNaN(timeS) ? undefined : timeS;
  }

  /** Time of day when the pass's first event was yielded, in Unix seconds; undefined before it. */
  get startIterTime(): number | undefined {
    const timeUs = this._pacer?.startUnixUs ?? Number.NaN;
    return Number.isNaN(timeUs) ? undefined : timeUs / 1e6;
  }

  /** @throws TcsReplayError as `replay` does */
  async *[Symbol.asyncIterator](): AsyncGenerator<[topic: string, json: string] | null> {
    const signal = this._signal;
    const giveUp = () => void this.close();
    signal?.addEventListener('abort', giveUp);
    try {
      if (signal?.aborted !== true) yield* this._play(await this._open(), signal);
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  private async *_play(
    source: DatabaseSource,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<[topic: string, json: string] | null> {
    const isAborted = () => signal?.aborted === true;
    const pacer = new Pacer(this._options, systemClock, new Waiter(systemClock, this._options));
    this._pacer = pacer;
    for await (const { batch } of source.batches()) {
      if (isAborted()) return;
      for (let i = 0; i < batch.count; i++) {
        for (let skipped = batch.skippedBefore(i); skipped > 0; skipped--) yield null;
        pacer.turnTo(batch.dueS[i]);
        while (!isAborted() && pacer.mustWait) {
          await pacer.wait(signal);
          pacer.turnTo(batch.dueS[i]);
        }
        if (isAborted()) return;
        yield [batch.topics[batch.topicIdOf(i)], pacer.stamp(batch, i).toString('latin1')];
      }
      for (let skipped = batch.skippedAtEnd; skipped > 0; skipped--) yield null;
    }
  }

  /** Ends the threads and releases the database. An iteration that is under way ends with an error. */
  async close(): Promise<void> {
    await this._opened?.pool.close();
    this._opened = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private _open(): Promise<DatabaseSource> {
    this._opened ??= this._openSource();
    return this._opened.source;
  }

  private _openSource(): Opened {
    const pool = new DecoderPool(this._options.workers);
    const budget = new ReadAheadBudget(this._options.readAheadBytes);
    const source = DatabaseSource.open(pool, this._path, databaseOptions(this._options, budget));
    source.catch(() => {
      if (this._opened?.pool === pool) this._opened = undefined;
      return pool.close();
    });
    return { pool, source };
  }
}
