import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultCacheFolder, newMakingFolder } from '../database/cache/cache-folder.js';
import { type Places, removeFolder } from '../database/cache/scratch.js';
import type { Finding } from '../database/check/finding.js';
import type { FileFacts } from '../database/file-facts.js';
import type { TimeOrder } from '../database/order/order.js';
import type { OrderFile } from '../database/order/order-file.js';
import { newGauge, type OnPreparation, readGauge, watched } from '../database/preparation.js';
import type { FoundRecording, Recording } from '../database/recording.js';
import type { SchemaOverride } from '../database/schema/schema-override.js';
import { TaskPool } from '../threads/task-pool.js';
import type { TaskRunner } from '../threads/task-runner.js';
import type { Kind, Tasks } from '../threads/tasks.js';
import { orderOf, type SortedRecording } from './recording-order.js';
import type { StateFile } from './state-file.js';
import { type Notable, notesOf } from './topic-notes.js';

export interface DecoderPoolOptions {
  /** Keeps what is made of databases for the next time. Default: in the user's cache folder. */
  readonly cacheFolder?: string | undefined;
  /** Tables and columns that the user names. Default: all are found by their names. */
  readonly schema?: SchemaOverride | undefined;
  /** The entry of a thread. Default: `worker.js`; tests have others, which hold it up. */
  readonly workerFile?: URL;
}

export interface PreparationOptions {
  /** Is told how far it is, where something has to be made. */
  readonly onPreparation?: OnPreparation | undefined;
}

/** The threads that read and decode databases; or the main thread, where there are to be none. */
export class DecoderPool implements TaskRunner {
  private readonly _tasks: TaskPool;
  private readonly _override: SchemaOverride;
  /** Known here, so that it can be removed whatever has become of the thread that made it. */
  private readonly _places: Places;
  /** Files that are read until the pool is closed. */
  private readonly _files: (OrderFile | StateFile)[] = [];
  private _closed: Promise<void> | undefined;

  /** @param workers number of threads; 0: the main thread decodes, and does nothing else meanwhile */
  constructor(
    workers: number,
    { cacheFolder = defaultCacheFolder(), schema = {}, workerFile }: DecoderPoolOptions = {},
  ) {
    this._tasks = new TaskPool(workers, workerFile);
    this._override = schema;
    this._places = {
      scratchFolder: join(tmpdir(), `tcs-replay-${randomUUID()}`),
      cacheFolder,
      makingFolder: newMakingFolder(cacheFolder),
    };
  }

  run<K extends Kind>(kind: K, task: Tasks[K]['task']): Promise<Tasks[K]['result']> {
    return this._tasks.run(kind, task);
  }

  /** Looks at a database: cheap, and makes nothing. */
  find(path: string): Promise<FoundRecording> {
    return this.run('find', { path, override: this._override });
  }

  /**
   * Makes what a database that was found needs to be read, or takes it from the cache. What is not kept there goes when
   * the pool is closed.
   */
  prepare(found: FoundRecording, { onPreparation }: PreparationOptions = {}): Promise<Recording> {
    const gauge = newGauge();
    const preparing = this.run('prepare', {
      found,
      override: this._override,
      places: this._places,
      gauge,
    });
    return watched(preparing, found.path, () => readGauge(gauge), onPreparation);
  }

  /** `find` and `prepare` in one. */
  async open(path: string, options: PreparationOptions = {}): Promise<Recording> {
    return this.prepare(await this.find(path), options);
  }

  /**
   * The order of a recording by a time: made by all threads, or taken from the cache. It can be read until the pool is
   * closed.
   */
  async sort(
    recording: Recording,
    sortBy: TimeOrder,
    { onPreparation }: PreparationOptions = {},
  ): Promise<SortedRecording> {
    this._tasks.throwIfFailed();
    const sorted = await orderOf(
      this,
      Math.max(1, this._tasks.workers),
      this._places,
      recording,
      sortBy,
      onPreparation,
    );
    this._files.push(sorted.order);
    return sorted;
  }

  /**
   * Notes of the states of a recording's topics: made by all threads, or taken from the cache. They can be read until the
   * pool is closed.
   */
  async note(notable: Notable, { onPreparation }: PreparationOptions = {}): Promise<StateFile> {
    this._tasks.throwIfFailed();
    const notes = await notesOf(notable, this._tasks.workers + 1, this._places, onPreparation);
    this._files.push(notes);
    return notes;
  }

  /** Looks at a database without making what it takes to read it through. @param readPath of its recording, if it is open */
  inspect(path: string, readPath?: string): Promise<FileFacts> {
    return this.run('inspect', { path, override: this._override, readPath, places: this._places });
  }

  /** SQLite's own check of a database. @param readPath of its recording, if it is open */
  checkIntegrity(path: string, readPath: string | undefined, isQuick: boolean): Promise<Finding[]> {
    return this.run('checkIntegrity', { path, readPath, places: this._places, isQuick });
  }

  /** Ends the threads, gives up tasks that are not done, and removes what was made for the databases. */
  close(): Promise<void> {
    this._closed ??= this._close();
    return this._closed;
  }

  private async _close(): Promise<void> {
    await this._tasks.close();
    await Promise.all(this._files.map((file) => file.close()));
    const { scratchFolder, makingFolder } = this._places;
    for (const folder of [scratchFolder, makingFolder]) if (folder !== undefined) removeFolder(folder);
  }
}
