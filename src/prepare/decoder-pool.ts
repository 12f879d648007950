import { CacheFolder, newMakingFolder } from '../database/cache/cache-folder.js';
import { defaultCacheFolder } from '../database/cache/default-cache-folder.js';
import type { FileIdentity } from '../database/cache/file-identity.js';
import { newScratchFolder, removeLeftScratchFolders } from '../database/cache/scratch-folder.js';
import { removeFolder, type WorkFolders } from '../database/cache/work-folders.js';
import type { Finding } from '../database/check/finding.js';
import { DEFAULT_BUSY_TIMEOUT_S } from '../database/default-busy-timeout.js';
import type { EventReader } from '../database/event-reader.js';
import type { FileFacts } from '../database/file-facts.js';
import type { OrderFile } from '../database/order/order-file.js';
import type { TimeSort } from '../database/order/sort-by.js';
import { newGauge, type OnPreparation, readGauge, watched } from '../database/preparation.js';
import { needsIndex } from '../database/prepare-recording.js';
import type { FoundRecording, Recording } from '../database/recording.js';
import type { SchemaOverride } from '../database/schema/schema-override.js';
import type { AnyFound, AnyRecording, FileRecording, FoundFile } from '../formats/file-recording.js';
import type { FormatFacts } from '../formats/format-facts.js';
import type { Unpacked } from '../formats/prepare-file.js';
import { atExit } from '../threads/at-exit.js';
import { TaskPool } from '../threads/task-pool.js';
import type { TaskRunner } from '../threads/task-runner.js';
import type { Kind, Tasks } from '../threads/tasks.js';
import { AscentProof } from './ascent-proof.js';
import { FileHandles } from './file-handles.js';
import { keepPrepared, keptPrepared } from './kept-prepared.js';
import type { PreparedFile } from './prepared-file.js';
import { type PreparedForm, preparedKey } from './prepared-form.js';
import { orderOf, type SortedRecording } from './recording-order.js';
import type { StateFile } from './state-file.js';
import { type Notable, notesOf } from './topic-notes.js';
import { unpackedOf } from './unpacked-file.js';

/** Prepared files that are open at a time: an archive may have more nights than a process may have open files. */
const MOST_PREPARED_OPEN = 16;
/** A file system's clock may be behind by this. */
const CLOCK_SLACK_MS = 1000;

export interface DecoderPoolOptions {
  /** Folder that keeps what is made of databases for the next time. Default: in the user's cache folder. */
  readonly cacheFolder?: string | undefined;
  /**
   * Size of that folder in bytes above which what was used least recently is removed, when something was made. What this
   * process uses stays. 0 or more; default no limit: Infinity.
   */
  readonly cacheLimitBytes?: number | undefined;
  /** Tables and columns that the user named. Default: all are found by their usual names. */
  readonly schema?: SchemaOverride | undefined;
  /** What the user calls that option, for errors. Default: `schema`. */
  readonly schemaOption?: string | undefined;
  /** Longest wait for a database that another program has locked, in seconds. 0 or more; default 60. */
  readonly busyTimeoutS?: number | undefined;
  /**
   * Called with a sentence when a database has been locked for a second, when it is free again, and where something that was kept
   * cannot be used. Default: none.
   */
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Entry of a thread. Default: `worker.js`; tests have others, which delay it. */
  readonly workerFile?: URL;
}

export interface PreparationOptions {
  /** Called with the progress where something has to be made. */
  readonly onPreparation?: OnPreparation | undefined;
}

/** How a recording is going to be read. */
export interface ReadingOptions {
  /** With `sql`, a database without an index gets a side index in any case. Default `pages`. */
  readonly reader?: EventReader | undefined;
  /**
   * Whether the recording may be returned before it is known that ids ascend over a table without an index, where they seem to. The
   * caller asks `proofOf` then. Default false.
   */
  readonly mayAssumeAscent?: boolean | undefined;
}

/** Threads that read and decode databases; with 0 threads the main thread does. */
export class DecoderPool implements TaskRunner {
  private readonly _tasks: TaskPool;
  private readonly _naming: { readonly override: SchemaOverride; readonly schemaOption: string | undefined };
  private readonly _tell: (notice: string) => void;
  /** Chosen here, so that they can be removed even if the thread that made them has died. */
  private readonly _folders: WorkFolders;
  /** Open files, which are closed with the pool. */
  private readonly _files: (OrderFile | StateFile)[] = [];
  private readonly _preparedHandles = new FileHandles(MOST_PREPARED_OPEN);
  /** Removes what killed processes have left. */
  private readonly _sweeping: Promise<void>;
  private _closed: Promise<void> | undefined;

  /** @param workers number of threads; 0: the main thread decodes, and cannot do anything else meanwhile */
  constructor(
    workers: number,
    {
      cacheFolder = defaultCacheFolder(),
      cacheLimitBytes = Number.POSITIVE_INFINITY,
      schema = {},
      busyTimeoutS = DEFAULT_BUSY_TIMEOUT_S,
      schemaOption,
      onNotice = () => {},
      workerFile,
    }: DecoderPoolOptions = {},
  ) {
    this._tasks = new TaskPool(workers, { busyTimeoutS, onNotice, workerFile });
    this._naming = { override: schema, schemaOption };
    this._tell = onNotice;
    this._folders = {
      scratchFolder: newScratchFolder(),
      cacheFolder,
      makingFolder: cacheFolder === undefined ? undefined : newMakingFolder(cacheFolder),
      cacheLimit:
        cacheLimitBytes === Number.POSITIVE_INFINITY
          ? undefined
          : { sizeBytes: cacheLimitBytes, sinceMs: Date.now() - CLOCK_SLACK_MS },
    };
    // Behind the pool's own action, which waits for its threads.
    const forgetExit = atExit(() => this._removeFolders());
    this._tasks.ended.then(() => {
      this._removeFolders();
      forgetExit();
    });
    this._sweeping = removeLeftScratchFolders();
  }

  run<K extends Kind>(kind: K, task: Tasks[K]['task']): Promise<Tasks[K]['result']> {
    return this._tasks.run(kind, task);
  }

  /** Whether there is a folder that keeps what is made. */
  get canKeep(): boolean {
    return this._folders.cacheFolder !== undefined;
  }

  /** Finds out what a database is, in milliseconds. It makes nothing. */
  find(path: string): Promise<AnyFound> {
    return this.run('find', { path, ...this._naming });
  }

  /**
   * Makes what is needed to read a database that was found, or takes it from the cache. What is not kept there is removed
   * when the pool is closed.
   */
  async prepare(
    found: AnyFound,
    { onPreparation, reader, mayAssumeAscent = false }: PreparationOptions & ReadingOptions = {},
  ): Promise<AnyRecording> {
    if ('format' in found) return this._prepareFile(found, onPreparation);
    const recording = await this._prepareDatabase(found, reader === 'sql', onPreparation);
    if (mayAssumeAscent || recording.ascending?.isProved !== false) return recording;
    return this.proofOf(found, recording, { onPreparation }).settled();
  }

  /**
   * Prepares a database that is being written, to be read up to its end and as it grows. What is made for that is removed when the pool
   * is closed.
   *
   * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`
   */
  async follow(path: string, { onPreparation }: PreparationOptions = {}): Promise<Recording> {
    const gauge = newGauge();
    const preparing = this.run('follow', { path, ...this._naming, folders: this._folders, gauge });
    const { recording, notices } = await watched(preparing, path, () => readGauge(gauge), onPreparation);
    for (const notice of notices) this._tell(notice);
    if (recording.ascending?.isProved !== false) return recording;
    const proof = new AscentProof(recording, this, {
      threads: Math.max(1, this._tasks.workers),
      folders: this._folders,
      onPreparation,
      prepareOtherwise: () => Promise.reject(needsIndex(path, recording.schema)),
    });
    return proof.settled();
  }

  /**
   * Looks whether something was added to a recording of `follow`.
   *
   * @returns the recording with what it has now; undefined where nothing was written since
   * @throws TcsReplayError `READ_FAILED` where it has changed in another way
   */
  grow(recording: Recording): Promise<Recording | undefined> {
    return this.run('grow', { recording, ...this._naming, folders: this._folders });
  }

  /** What finds out whether ids ascend over the attribute table of a recording. */
  proofOf(found: FoundRecording, recording: Recording, { onPreparation }: PreparationOptions): AscentProof {
    return new AscentProof(recording, this, {
      threads: Math.max(1, this._tasks.workers),
      folders: this._folders,
      onPreparation,
      prepareOtherwise: () => this._prepareDatabase(found, true, onPreparation),
    });
  }

  /** Tells the user something, in a sentence. */
  tell(notice: string): void {
    this._tell(notice);
  }

  private async _prepareFile(
    found: FoundFile,
    onPreparation: OnPreparation | undefined,
  ): Promise<FileRecording> {
    const unpacked = found.isPacked ? await this._unpack(found, onPreparation) : undefined;
    return this._prepare({ found, unpacked }, onPreparation) as Promise<FileRecording>;
  }

  private _prepareDatabase(
    found: FoundRecording,
    needsSideIndex: boolean,
    onPreparation: OnPreparation | undefined,
  ): Promise<Recording> {
    return this._prepare({ found, needsSideIndex }, onPreparation) as Promise<Recording>;
  }

  private async _prepare(
    what: Pick<Tasks['prepare']['task'], 'found' | 'unpacked' | 'needsSideIndex'>,
    onPreparation: OnPreparation | undefined,
  ): Promise<AnyRecording> {
    const gauge = newGauge();
    const preparing = this.run('prepare', { ...what, ...this._naming, folders: this._folders, gauge });
    const prepared = await watched(preparing, what.found.path, () => readGauge(gauge), onPreparation);
    for (const notice of prepared.notices) this._tell(notice);
    return prepared.recording;
  }

  /** Finds and prepares a database. */
  async open(path: string, options: PreparationOptions = {}): Promise<AnyRecording> {
    return this.prepare(await this.find(path), options);
  }

  /** Sorts a recording by a time in all threads, or takes the order from the cache. It is open until the pool is closed. */
  async sort(
    recording: AnyRecording,
    sortBy: TimeSort,
    { onPreparation, reader = 'pages' }: PreparationOptions & { readonly reader?: EventReader } = {},
  ): Promise<SortedRecording> {
    this._tasks.throwIfFailed();
    const sorted = await orderOf(recording, this, {
      sortBy,
      reader,
      threads: Math.max(1, this._tasks.workers),
      folders: this._folders,
      onPreparation,
      tell: this._tell,
    });
    this._files.push(sorted.order);
    return sorted;
  }

  /**
   * Notes the states of a recording's topics in all threads, or takes the notes from the cache. They are open until the
   * pool is closed.
   */
  async note(notable: Notable, { onPreparation }: PreparationOptions = {}): Promise<StateFile> {
    this._tasks.throwIfFailed();
    const notes = await notesOf(notable, this, {
      concurrency: this._tasks.workers + 1,
      folders: this._folders,
      onPreparation,
      tell: this._tell,
    });
    this._files.push(notes);
    return notes;
  }

  /**
   * Finds the prepared file of a database, in the main thread and within milliseconds. It can be read until the pool is closed.
   *
   * @returns undefined where there is none that can be used; why is told
   * @throws TcsReplayError `TOO_MANY_FILES`, `WORKER_FAILED`
   */
  async findPrepared(path: string, form: PreparedForm): Promise<PreparedFile | undefined> {
    const { cacheFolder } = this._folders;
    if (cacheFolder === undefined) return undefined;
    const file = await keptPrepared(cacheFolder, path, {
      form,
      handles: this._preparedHandles,
      schema: this._naming.override,
      tell: this._tell,
    });
    this._tasks.throwIfFailed();
    return file;
  }

  /** Removes the prepared file of a database from the cache. */
  discardPrepared(source: FileIdentity, form: PreparedForm): void {
    const { cacheFolder } = this._folders;
    if (cacheFolder === undefined) return;
    new CacheFolder(cacheFolder).discard(preparedKey(source, form, this._naming.override));
  }

  /**
   * Keeps what `make` writes as the prepared file of a database.
   *
   * @param make writes the file to a path; false: it is not kept
   * @returns its size in bytes; undefined: it is not kept
   * @throws TcsReplayError `WRITE_FAILED`; what `make` throws
   */
  keepPrepared(
    source: FileIdentity,
    form: PreparedForm,
    make: (path: string) => Promise<boolean>,
  ): Promise<number | undefined> {
    const key = preparedKey(source, form, this._naming.override);
    return keepPrepared(this, this._folders, key, make);
  }

  /** Reads the facts of a file without preparing it. @param recording of the database, if it was prepared */
  inspect(path: string, recording?: Recording): Promise<FileFacts | FormatFacts> {
    return this.run('inspect', { path, ...this._naming, recording, folders: this._folders });
  }

  /** Runs SQLite's own check of a database. @param readPath of its recording, if it was prepared */
  checkIntegrity(path: string, readPath: string | undefined, isQuick: boolean): Promise<Finding[]> {
    return this.run('checkIntegrity', { path, readPath, folders: this._folders, isQuick });
  }

  /** Ends the threads, rejects tasks that are not done, and removes what was made for the databases and not kept. */
  close(): Promise<void> {
    this._closed ??= this._close();
    return this._closed;
  }

  private _unpack(found: FoundFile, onPreparation: OnPreparation | undefined): Promise<Unpacked> {
    return unpackedOf(found, this, this._folders, { tell: this._tell, onPreparation });
  }

  private async _close(): Promise<void> {
    await this._tasks.close();
    await Promise.all([...this._files, this._preparedHandles].map((files) => files.close()));
    await this._sweeping;
    this._removeFolders();
  }

  /** What cannot be removed, such as a folder that a thread still writes to, stays: it is removed later. */
  private _removeFolders(): boolean {
    const { scratchFolder, makingFolder } = this._folders;
    for (const folder of [scratchFolder, makingFolder]) {
      try {
        if (folder !== undefined) removeFolder(folder);
      } catch {
        // At the end of the threads, or by the next process that plays.
      }
    }
    return false;
  }
}
