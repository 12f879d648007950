import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { bundledFile } from '../shared/bundled-file.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { atExit } from './at-exit.js';
import { GrowingLimit } from './growing-limit.js';
import { LockedDatabases, type LockOptions, type LockWait } from './locked-databases.js';
import { PoolMemory } from './pool-memory.js';
import type { ThreadSetup } from './serve-tasks.js';
import type { TaskPerformer } from './task-performer.js';
import type { TaskRunner } from './task-runner.js';
import { type Ending, type Kind, pathOf, type TaskCall, type Tasks } from './tasks.js';

export interface TaskPoolOptions extends LockOptions {
  /** The entry of a thread. Default: `worker.cjs`, a bundle; tests have entries that hold tasks up. */
  readonly workerFile?: URL | undefined;
}

/** Threads that have not loaded their code after this time never will. */
const LONGEST_LOAD_MS = 60_000;
/** `close` waits no longer than this for threads to end their tasks, which they do within some milliseconds. */
const LONGEST_TASK_END_MS = 400;
const POLL_MS = 2;
/**
 * Tasks have waited for this long when further threads are started. A thread costs a fifth of a second of CPU time until its code is
 * loaded and compiled: a night that one thread decodes sooner, or reads ahead at the recorded pace, is cheaper with one.
 */
const GROW_AFTER_MS = 500;
/** A thread allocates few objects. V8's default lets them pile up to 48 MB before it collects them. */
const YOUNG_GENERATION_MB = 8;

/**
 * Threads that run tasks: one at first, and all once tasks have waited for half a second. Without threads, the main thread
 * runs them. A task that finds its database locked by another program is tried again later, and takes no thread meanwhile.
 *
 * A thread is only ended while it does no task: SQLite's binding aborts the whole process where its thread is ended within
 * a call. So tasks look at a flag, and end early when it is set. A thread whose task does not end, since SQLite is in one
 * long statement, is left to end it: `close` does not wait for it. The process ends by itself only after it; `process.exit`
 * with the exit code of a signal does not wait either.
 */
export class TaskPool implements TaskRunner {
  /** Most threads; 0: tasks run on the main thread. */
  readonly workers: number;
  /** Settles when, after `close`, no task runs any more. */
  readonly ended: Promise<void>;
  private readonly _memory: PoolMemory;
  private readonly _workerFile: string;
  /** Started for the first task: what needs no thread does not wait for one. Undefined: tasks run on the main thread. */
  private _piscina: Piscina | undefined;
  /** Those that were started. */
  private readonly _threads = new Set<Worker>();
  private readonly _limit: GrowingLimit;
  private readonly _locked: LockedDatabases;
  /** On the main thread: made for the first task. */
  private _performer: Promise<TaskPerformer> | undefined;
  private readonly _pending = new Set<(error: Error) => void>();
  private readonly _closing = new AbortController();
  private readonly _forgetExit: () => void;
  private _hasThreadDied = false;
  private _end = () => {};
  private _failure: TcsReplayError | undefined;
  private _closed: Promise<void> | undefined;

  /** @param workers most threads; 0: tasks block the main thread */
  constructor(workers: number, { workerFile, ...locks }: TaskPoolOptions) {
    this.workers = workers;
    this._memory = PoolMemory.of(workers);
    this._locked = new LockedDatabases(locks);
    this.ended = new Promise((resolve) => {
      this._end = resolve;
    });
    this._workerFile = workerFile === undefined ? bundledFile('worker.cjs') : fileURLToPath(workerFile);
    this._limit = new GrowingLimit({ most: workers, growAfterMs: GROW_AFTER_MS });
    this._forgetExit = atExit((waitMs) => this._exit(waitMs));
  }

  async run<K extends Kind>(kind: K, task: Tasks[K]['task']): Promise<Tasks[K]['result']> {
    this.throwIfFailed();
    return new Promise((resolve, reject) => {
      this._pending.add(reject);
      this._untilDone({ kind, task })
        .then(resolve, reject)
        .finally(() => this._pending.delete(reject));
    });
  }

  /** @throws TcsReplayError `WORKER_FAILED` if a thread has failed or the pool has been closed */
  throwIfFailed(): void {
    if (this._failure !== undefined) throw this._failure;
  }

  /**
   * Ends the threads and gives up tasks that are not done: they reject. It waits less than a second: a task that is in one
   * long statement then still runs, until `ended`. Can be called again.
   */
  close(): Promise<void> {
    this._fail(new TcsReplayError('WORKER_FAILED', 'The decoding threads have been ended'));
    this._closed ??= this._close();
    return this._closed;
  }

  /** @throws TcsReplayError `WORKER_FAILED` */
  private _started(): Piscina {
    try {
      this._piscina ??= this._start(this._workerFile);
    } catch (error) {
      this._fail(cannotStart(this.workers, messageOf(error), error));
    }
    this.throwIfFailed();
    return this._piscina as Piscina;
  }

  private _start(filename: string): Piscina {
    const piscina = new Piscina({
      filename,
      minThreads: 1,
      maxThreads: this.workers,
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      ...threadArguments(),
      workerData: { words: this._memory.words } satisfies ThreadSetup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    // A thread that dies between tasks rejects none, and the next task would wait forever.
    piscina.on('error', (error) => {
      this._hasThreadDied = true;
      this._fail(workerFailed(error));
    });
    this._watchThreads(piscina);
    return piscina;
  }

  /** Watches the threads that were started since the last call. */
  private _watchThreads(piscina: Piscina): void {
    const started = piscina.threads.filter((thread) => !this._threads.has(thread));
    if (started.length === 0) return;
    for (const thread of started) {
      const { threadId } = thread;
      this._threads.add(thread);
      thread.on('exit', () => this._memory.forget(threadId));
    }
    setTimeout(() => {
      if (!this._hasLoaded)
        this._fail(cannotStart(this.workers, `one has not started within ${LONGEST_LOAD_MS / 1000} seconds`));
    }, LONGEST_LOAD_MS).unref();
  }

  /** Does a task, again and again while its database is locked. */
  private async _untilDone<K extends Kind>(call: TaskCall<K>): Promise<Tasks[K]['result']> {
    const path = pathOf(call);
    let wait: LockWait | undefined;
    for (;;) {
      const ending = await this._perform(call);
      if ('error' in ending) throw new TcsReplayError(ending.error.code, ending.error.message);
      if ('result' in ending) {
        if (wait !== undefined) this._locked.free(path);
        return ending.result;
      }
      wait ??= this._locked.begin(path);
      await wait.pause(this._closing.signal);
    }
  }

  private async _perform<K extends Kind>(call: TaskCall<K>): Promise<Ending<K>> {
    if (this.workers > 0) return this._limit.run(() => this._inThread(call));
    // Without this, a series of tasks would keep the event loop from turning.
    await nextTurn();
    // Loaded here alone: with threads, the main thread needs no SQLite.
    this._performer ??= import('./task-performer.js').then(
      (loaded) => new loaded.TaskPerformer(() => this._memory.isStopped),
    );
    const performer = await this._performer;
    await performer.ready(call);
    // A pool that was closed meanwhile must not open databases again.
    this.throwIfFailed();
    return performer.run(call);
  }

  private async _inThread<K extends Kind>(call: TaskCall<K>): Promise<Ending<K>> {
    // The pool may have failed while the task waited.
    this.throwIfFailed();
    const piscina = this._started();
    try {
      const doing = piscina.run(call);
      this._watchThreads(piscina);
      return await doing;
    } catch (error) {
      this._hasThreadDied = true;
      if (isStartFailure(error)) this._fail(cannotStart(this.workers, messageOf(error), error));
      // A pool that was closed rejects its tasks.
      throw this._failure ?? workerFailed(error);
    }
  }

  private async _close(): Promise<void> {
    const ending = this._untilIdle()
      .then(() => this._piscina?.destroy())
      .then(this._forgetExit);
    ending.then(this._end);
    const givenUp = new AbortController();
    const tooLong = delay(LONGEST_TASK_END_MS, undefined, { signal: givenUp.signal }).catch(() => {});
    await Promise.race([ending, tooLong]);
    givenUp.abort();
    (await this._performer)?.close();
  }

  private get _hasLoaded(): boolean {
    return this._memory.loaded >= this._threads.size || this._hasThreadDied;
  }

  /** Settles when all threads that were started are loaded, and none does a task. */
  private async _untilIdle(): Promise<void> {
    while (!this._hasLoaded || this._memory.isBusy)
      await delay(POLL_MS, undefined, { ref: !this._hasLoaded });
  }

  private _fail(failure: TcsReplayError): void {
    this._failure ??= failure;
    this._memory.stop();
    this._closing.abort(this._failure);
    for (const reject of this._pending) reject(this._failure);
  }

  /** The process exits. @returns whether a thread is still in a native call */
  private _exit(waitMs: number): boolean {
    this._memory.stop();
    return !this._memory.waitUntilIdle(waitMs);
  }
}

/**
 * The options of Node for threads: those of the process, but for the type of a program that comes from stdin, with which Node
 * refuses the file of a thread.
 */
function threadArguments(): { execArgv?: string[] } {
  const isOther = (argument: string) => !argument.startsWith('--input-type');
  return process.execArgv.every(isOther) ? {} : { execArgv: process.execArgv.filter(isOther) };
}

function workerFailed(error: unknown): TcsReplayError {
  // Node starts no thread in a folder that is gone.
  if (messageOf(error).includes('uv_cwd')) {
    return new TcsReplayError(
      'NO_SUCH_FILE',
      'The current folder has been removed: change to one that exists (cd), and try again',
      { cause: error },
    );
  }
  return new TcsReplayError('WORKER_FAILED', `A decoding thread failed: ${messageOf(error)}`, {
    cause: error,
  });
}

/** Whether the system has refused a thread. */
function isStartFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_INIT_FAILED';
}

function cannotStart(workers: number, why: string, error?: unknown): TcsReplayError {
  return new TcsReplayError(
    'WORKER_FAILED',
    `Cannot start ${workers} decoding thread${workers === 1 ? '' : 's'}: ${why}; use fewer workers, or raise the limit on processes (ulimit -u)`,
    { cause: error },
  );
}
