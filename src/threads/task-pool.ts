import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { systemClock } from '../shared/clock.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import type { TaskPerformer } from './task-performer.js';
import type { TaskRunner } from './task-runner.js';
import type { Ending, Kind, TaskCall, Tasks } from './tasks.js';
import type { WorkerSetup } from './worker.js';

const WORKER_FILE = new URL('./worker.js', import.meta.url);
/** `close` waits no longer than this for threads to load their code. */
const LONGEST_LOAD_NS = 5e9;
const LOAD_POLL_MS = 2;
/** A thread allocates few objects. V8's default lets them pile up to 48 MB before it collects them. */
const YOUNG_GENERATION_MB = 8;

/** Threads that run tasks. Without threads, the main thread runs them. */
export class TaskPool implements TaskRunner {
  /** Number of threads; 0: tasks run on the main thread. */
  readonly workers: number;
  /** Undefined: tasks run on the main thread. */
  private readonly _piscina: Piscina | undefined;
  /** On the main thread: made for the first task. */
  private _performer: Promise<TaskPerformer> | undefined;
  /** The first element counts the threads that have loaded their code. */
  private readonly _loaded = new Int32Array(new SharedArrayBuffer(4));
  private _hasThreadFailed = false;
  private readonly _pending = new Set<(error: Error) => void>();
  private _failure: TcsReplayError | undefined;
  private _closed: Promise<void> | undefined;

  /**
   * @param workers number of threads; 0: tasks block the main thread
   * @param workerFile the entry of a thread; tests have entries that hold tasks up
   */
  constructor(workers: number, workerFile = WORKER_FILE) {
    this.workers = workers;
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
    // A thread that dies between tasks rejects none, and the next task would wait forever.
    this._piscina.on('error', (error) => this._fail(error));
  }

  async run<K extends Kind>(kind: K, task: Tasks[K]['task']): Promise<Tasks[K]['result']> {
    this.throwIfFailed();
    const ending = await new Promise<Ending<K>>((resolve, reject) => {
      this._pending.add(reject);
      this._perform({ kind, task })
        .then(resolve, (error) => reject(workerFailed(error)))
        .finally(() => this._pending.delete(reject));
    });
    if ('error' in ending) throw new TcsReplayError(ending.error.code, ending.error.message);
    return ending.result;
  }

  /** @throws TcsReplayError `WORKER_FAILED` if a thread has failed or the pool has been closed */
  throwIfFailed(): void {
    if (this._failure !== undefined) throw this._failure;
  }

  /** Ends the threads and gives up tasks that are not done: they reject. Can be called again. */
  close(): Promise<void> {
    this._failure ??= new TcsReplayError('WORKER_FAILED', 'The decoding threads have been ended');
    this._closed ??= this._close();
    return this._closed;
  }

  private async _perform<K extends Kind>(call: TaskCall<K>): Promise<Ending<K>> {
    if (this._piscina !== undefined) return this._piscina.run(call);
    // Without this, a series of tasks would keep the event loop from turning.
    await nextTurn();
    // Loaded here alone: with threads, the main thread needs no SQLite.
    this._performer ??= import('./task-performer.js').then((loaded) => new loaded.TaskPerformer());
    const performer = await this._performer;
    // A pool that was closed meanwhile must not open databases again.
    this.throwIfFailed();
    return performer.run(call);
  }

  private async _close(): Promise<void> {
    await this._untilLoaded();
    await this._piscina?.destroy();
    (await this._performer)?.close();
  }

  /** Waits for threads that are still loading their code: Node 20 crashes if such a thread is ended. */
  private async _untilLoaded(): Promise<void> {
    const giveUpNs = systemClock.nowNs() + LONGEST_LOAD_NS;
    const isLoading = () => Atomics.load(this._loaded, 0) < this.workers && !this._hasThreadFailed;
    while (isLoading() && systemClock.nowNs() < giveUpNs) await delay(LOAD_POLL_MS);
  }

  private _fail(error: unknown): void {
    this._hasThreadFailed = true;
    this._failure ??= workerFailed(error);
    for (const reject of this._pending) reject(this._failure);
  }
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
