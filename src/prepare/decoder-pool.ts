import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { defaultCacheFolder, newMakingFolder } from '../database/cache/cache-folder.js';
import { removeFolder, type WorkFolders } from '../database/cache/work-folders.js';
import type { Finding } from '../database/check/finding.js';
import type { FileFacts } from '../database/file-facts.js';
import type { OrderFile } from '../database/order/order-file.js';
import type { TimeSort } from '../database/order/sort-by.js';
import { newGauge, type OnPreparation, readGauge, watched } from '../database/preparation.js';
import type { FoundRecording, Recording } from '../database/recording.js';
import type { SchemaOverride } from '../database/schema/schema-override.js';
import { systemClock } from '../shared/clock.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import type { Ending, Kind, Order, Tasks } from '../threads/tasks.js';
import type { WorkerSetup } from '../threads/worker.js';
import { orderOf, type SortedRecording } from './recording-order.js';
import type { StateFile } from './state-file.js';
import { type Notable, notesOf } from './topic-notes.js';

const LONGEST_LOAD_NS = 5e9;
const LOAD_POLL_MS = 2;
/** A decoding thread makes hardly any objects; by default V8 would collect them only at 48 MB. */
const YOUNG_GENERATION_MB = 8;

export interface DecoderPoolOptions {
  /** Folder that keeps what is made of databases for the next time. Default: in the user's cache folder. */
  readonly cacheFolder?: string | undefined;
  /** Tables and columns that the user named. Default: all are found by their usual names. */
  readonly schema?: SchemaOverride | undefined;
  /** Entry of a thread. Default: `worker.js`; tests have others, which delay it. */
  readonly workerFile?: URL;
}

const WORKER_FILE = new URL('../threads/worker.js', import.meta.url);

export interface PreparationOptions {
  /** Called with the progress where something has to be made. */
  readonly onPreparation?: OnPreparation | undefined;
}

/** Threads that read and decode databases; with 0 threads the main thread does. */
export class DecoderPool {
  /** Undefined: the main thread runs the tasks. */
  private readonly _piscina: Piscina | undefined;
  private readonly _workers: number;
  private readonly _override: SchemaOverride;
  /** Its element counts the threads that have loaded their code. */
  private readonly _loaded = new Int32Array(new SharedArrayBuffer(4));
  private _hasThreadFailed = false;
  private readonly _pending = new Set<(error: Error) => void>();
  /** Chosen here, so that they can be removed even if the thread that made them has died. */
  private readonly _folders: WorkFolders;
  /** Open files, which are closed with the pool. */
  private readonly _files: (OrderFile | StateFile)[] = [];
  private _failure: TcsReplayError | undefined;
  private _closed: Promise<void> | undefined;

  /** @param workers number of threads; 0: the main thread decodes, and cannot do anything else meanwhile */
  constructor(
    workers: number,
    { cacheFolder = defaultCacheFolder(), schema = {}, workerFile = WORKER_FILE }: DecoderPoolOptions = {},
  ) {
    this._workers = workers;
    this._override = schema;
    this._folders = {
      scratchFolder: join(tmpdir(), `tcs-replay-${randomUUID()}`),
      cacheFolder,
      makingFolder: newMakingFolder(cacheFolder),
    };
    if (workers === 0) return;
    this._piscina = new Piscina({
      filename: fileURLToPath(workerFile),
      minThreads: workers,
      maxThreads: workers,
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      workerData: { loaded: this._loaded } satisfies WorkerSetup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    // A thread that dies outside of a task rejects no task, and the next one would wait forever.
    this._piscina.on('error', (error) => this._fail(error));
  }

  /**
   * Runs a task in a thread.
   *
   * @throws TcsReplayError the task's own, or `WORKER_FAILED` where the thread died
   */
  async run<K extends Kind>(kind: K, task: Tasks[K]['task']): Promise<Tasks[K]['result']> {
    if (this._failure !== undefined) throw this._failure;
    const ending = await new Promise<Ending<K>>((resolve, reject) => {
      this._pending.add(reject);
      this._carryOut({ kind, task })
        .then(resolve, (error) => reject(workerFailed(error)))
        .finally(() => this._pending.delete(reject));
    });
    if ('error' in ending) throw new TcsReplayError(ending.error.code, ending.error.message);
    return ending.result;
  }

  /** Finds out what a database is, in milliseconds. It makes nothing. */
  find(path: string): Promise<FoundRecording> {
    return this.run('find', { path, override: this._override });
  }

  /**
   * Makes what is needed to read a database that was found, or takes it from the cache. What is not kept there is removed
   * when the pool is closed.
   */
  prepare(found: FoundRecording, { onPreparation }: PreparationOptions = {}): Promise<Recording> {
    const gauge = newGauge();
    const preparing = this.run('prepare', {
      found,
      override: this._override,
      folders: this._folders,
      gauge,
    });
    return watched(preparing, found.path, () => readGauge(gauge), onPreparation);
  }

  /** Finds and prepares a database. */
  async open(path: string, options: PreparationOptions = {}): Promise<Recording> {
    return this.prepare(await this.find(path), options);
  }

  /** Sorts a recording by a time in all threads, or takes the order from the cache. It is open until the pool is closed. */
  async sort(
    recording: Recording,
    sortBy: TimeSort,
    { onPreparation }: PreparationOptions = {},
  ): Promise<SortedRecording> {
    if (this._failure !== undefined) throw this._failure;
    const sorted = await orderOf(recording, this, {
      sortBy,
      threads: Math.max(1, this._workers),
      folders: this._folders,
      onPreparation,
    });
    this._files.push(sorted.order);
    return sorted;
  }

  /**
   * Notes the states of a recording's topics in all threads, or takes the notes from the cache. They are open until the
   * pool is closed.
   */
  async note(notable: Notable, { onPreparation }: PreparationOptions = {}): Promise<StateFile> {
    if (this._failure !== undefined) throw this._failure;
    const notes = await notesOf(notable, this._workers + 1, this._folders, onPreparation);
    this._files.push(notes);
    return notes;
  }

  /** Reads the facts of a database without preparing it. @param readPath of its recording, if it was prepared */
  inspect(path: string, readPath?: string): Promise<FileFacts> {
    return this.run('inspect', { path, override: this._override, readPath, folders: this._folders });
  }

  /** Runs SQLite's own check of a database. @param readPath of its recording, if it was prepared */
  checkIntegrity(path: string, readPath: string | undefined, isQuick: boolean): Promise<Finding[]> {
    return this.run('checkIntegrity', { path, readPath, folders: this._folders, isQuick });
  }

  /** Ends the threads, rejects tasks that are not done, and removes what was made for the databases and not kept. */
  close(): Promise<void> {
    this._failure ??= new TcsReplayError('WORKER_FAILED', 'The decoding threads have been ended');
    this._closed ??= this._close();
    return this._closed;
  }

  private async _carryOut<K extends Kind>(order: Order<K>): Promise<Ending<K>> {
    if (this._piscina !== undefined) return this._piscina.run(order);
    // Lets timers and sockets run between tasks.
    await nextTurn();
    const { run } = await import('../threads/perform-task.js');
    // The pool may have been closed meanwhile: nothing must be opened again.
    if (this._failure !== undefined) throw this._failure;
    return run(order);
  }

  private async _close(): Promise<void> {
    await this._untilLoaded();
    if (this._piscina === undefined) (await import('../threads/perform-task.js')).closeReaders();
    else await this._piscina.destroy();
    await Promise.all(this._files.map((file) => file.close()));
    const { scratchFolder, makingFolder } = this._folders;
    for (const folder of [scratchFolder, makingFolder]) if (folder !== undefined) removeFolder(folder);
  }

  /** Waits for threads that are still loading their code: Node 20 crashes when such a thread is ended. */
  private async _untilLoaded(): Promise<void> {
    const givenUpNs = systemClock.nowNs() + LONGEST_LOAD_NS;
    const isLoading = () => Atomics.load(this._loaded, 0) < this._workers && !this._hasThreadFailed;
    while (isLoading() && systemClock.nowNs() < givenUpNs) await delay(LOAD_POLL_MS);
  }

  private _fail(error: unknown): void {
    this._hasThreadFailed = true;
    this._failure ??= workerFailed(error);
    for (const reject of this._pending) reject(this._failure);
  }
}

function workerFailed(error: unknown): TcsReplayError {
  return new TcsReplayError('WORKER_FAILED', `A decoding thread failed: ${messageOf(error)}`, {
    cause: error,
  });
}
