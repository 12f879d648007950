import { Worker } from 'node:worker_threads';
import type { PoolMemory } from './pool-memory.js';
import { LOADED, type ThreadSetup } from './serve-tasks.js';
import type { Ending, Kind, TaskCall } from './tasks.js';

/** A thread allocates few objects. V8's default lets them pile up to 48 MB before it collects them. */
const YOUNG_GENERATION_MB = 8;

/** A thread of a pool, which does one task at a time. */
export class TaskThread {
  /** Settles when the thread has loaded its code, or has died. */
  readonly loaded: Promise<void>;
  private readonly _worker: Worker;
  private readonly _memory: PoolMemory;
  private readonly _index: number;
  private _take: ((ending: Ending<Kind>) => void) | undefined;
  /** Called when the thread has ended its task, or has died. */
  private readonly _onIdle: (() => void)[] = [];

  /**
   * @param index number of the thread in the pool, from 0
   * @param onFailure called where the thread cannot start, or dies before `end`
   */
  constructor(file: URL, memory: PoolMemory, index: number, onFailure: (error: unknown) => void) {
    this._memory = memory;
    this._index = index;
    memory.setBusy(index, true);
    // A text, since Node refuses a file where the process has `--input-type`, which threads inherit.
    this._worker = new Worker(`import(${JSON.stringify(file.href)})`, {
      eval: true,
      workerData: { words: memory.words, thread: index } satisfies ThreadSetup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    let hasLoaded = () => {};
    this.loaded = new Promise((resolve) => {
      hasLoaded = resolve;
    });
    const die = (error: unknown) => {
      memory.setBusy(index, false);
      onFailure(error);
      hasLoaded();
      this._becomeIdle();
    };
    this._worker.on('error', die);
    this._worker.on('exit', () => die(new Error('it has ended')));
    this._worker.on('message', (message: typeof LOADED | Ending<Kind>) => {
      const take = this._take;
      // First, since `take` may post the next task.
      this._becomeIdle();
      if (message === LOADED) hasLoaded();
      else take?.(message);
    });
  }

  /** Posts a task. The thread must be loaded and idle. @param take called with how the task ended, unless the thread dies */
  post(call: TaskCall<Kind>, take: (ending: Ending<Kind>) => void): void {
    this._memory.setBusy(this._index, true);
    this._worker.ref();
    this._take = take;
    this._worker.postMessage(call);
  }

  /** Settles when the thread is loaded and does no task, or has died. */
  untilIdle(): Promise<void> {
    if (!this._memory.isBusy(this._index)) return Promise.resolve();
    return new Promise((resolve) => this._onIdle.push(resolve));
  }

  /** Ends the thread, which must be idle. */
  async end(): Promise<void> {
    await this._worker.terminate();
  }

  /** Lets the process end although the thread does a task. While it loads, the process waits: Node 20 crashes otherwise. */
  leave(): void {
    if (this._take !== undefined) this._worker.unref();
  }

  private _becomeIdle(): void {
    this._take = undefined;
    this._worker.unref();
    for (const resolve of this._onIdle.splice(0)) resolve();
  }
}
