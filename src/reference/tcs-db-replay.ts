import type { EventId } from '../database/event-id.js';
import type { ReplayOptions } from '../options/replay-options.js';
import { type ResolvedOptions, resolveOptions } from '../options/resolve-options.js';
import { Pacer } from '../pacing/pacer.js';
import { Waiter } from '../pacing/waiter.js';
import { closeOnAbort } from '../prepare/close-on-abort.js';
import { DecoderPool } from '../prepare/decoder-pool.js';
import { systemClock } from '../shared/clock.js';
import { ReadAheadBudget } from '../sources/read-ahead-budget.js';
import { databaseOptions, RecordingSource } from '../sources/recording-source.js';
import { wholeOf } from '../sources/source.js';
import { SourceWatch } from '../timeline/source-watch.js';
import { Timeline } from '../timeline/timeline.js';

/** Options of `TCSDBReplay`: those options of `replay` that concern events, not sockets. */
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
  | 'busyTimeoutS'
  | 'readAheadBytes'
  | 'schema'
  | 'cacheFolder'
  | 'signal'
  | 'onNotice'
>;

interface Opened {
  readonly pool: DecoderPool;
  readonly source: Promise<RecordingSource>;
}

/**
 * Yields the events of a database, each when it is due, as the reference's `TCSDBReplay` does. Every iteration begins a new
 * pass. Yields `[topic, json]`, or `null` for an event whose topic is filtered out.
 *
 * It reads, decodes and times events as `replay` does. To send events to a socket, `replay` is faster.
 */
export class TCSDBReplay implements AsyncIterable<[topic: string, json: string] | null> {
  private readonly _path: string;
  private readonly _options: ResolvedOptions;
  private readonly _signal: AbortSignal | undefined;
  private readonly _onNotice: ReplayOptions['onNotice'];
  private _opened: Opened | undefined;
  private _pacer: Pacer | undefined;

  /**
   * Nothing is opened before the first iteration.
   *
   * @param dbName path of the database
   * @throws TcsReplayError `BAD_OPTION`, for instance for an unknown order
   */
  constructor(dbName: string, options: TCSDBReplayOptions = {}) {
    this._path = dbName;
    this._options = resolveOptions({ ...options, databases: dbName });
    this._signal = options.signal;
    this._onNotice = options.onNotice;
  }

  /** The ids of all events, in play order. */
  get eventIds(): AsyncIterable<EventId> {
    const open = () => this._open();
    return {
      async *[Symbol.asyncIterator]() {
        yield* (await open()).eventIds();
      },
    };
  }

  /** Recorded time of the first event of the current pass, in Unix seconds; undefined before that event. */
  get startWireTime(): number | undefined {
    const timeS = this._pacer?.startRecordedS ?? Number.NaN;
    return Number.isNaN(timeS) ? undefined : timeS;
  }

  /** Time of day when the first event of the current pass was yielded, in Unix seconds; undefined before that event. */
  get startIterTime(): number | undefined {
    const timeUs = this._pacer?.startUnixUs ?? Number.NaN;
    return Number.isNaN(timeUs) ? undefined : timeUs / 1e6;
  }

  /** @throws TcsReplayError as `replay` does */
  async *[Symbol.asyncIterator](): AsyncGenerator<[topic: string, json: string] | null> {
    const signal = this._signal;
    const removeListener = closeOnAbort(this, signal);
    try {
      if (signal?.aborted !== true) yield* this._play(await this._open(), signal);
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    } finally {
      removeListener();
    }
  }

  private async *_play(
    source: RecordingSource,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<[topic: string, json: string] | null> {
    const isAborted = () => signal?.aborted === true;
    const pacer = new Pacer(this._options, systemClock, new Waiter(systemClock, this._options));
    this._pacer = pacer;
    const watch = new SourceWatch([source], this._onNotice);
    for await (const { batch } of new Timeline([wholeOf(source)], watch)) {
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

  /** Ends the threads and releases the database. A running iteration ends with an error. */
  async close(): Promise<void> {
    await this._opened?.pool.close();
    this._opened = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private _open(): Promise<RecordingSource> {
    this._opened ??= this._openSource();
    return this._opened.source;
  }

  private _openSource(): Opened {
    const { workers } = this._options;
    const pool = new DecoderPool(workers, { ...this._options, onNotice: this._onNotice });
    const budget = new ReadAheadBudget(this._options.readAheadBytes);
    const source = RecordingSource.open(pool, this._path, databaseOptions(this._options, budget));
    source.catch(() => {
      if (this._opened?.pool === pool) this._opened = undefined;
      return pool.close();
    });
    return { pool, source };
  }
}
