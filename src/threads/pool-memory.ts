/** Not 0 at this index: tasks are to end, since nobody waits for their results. */
const STOP = 0;
/** The slots of the threads follow. */
const FIRST_THREAD = 1;

/**
 * Memory that a pool shares with its threads: whether they are to stop, and for each whether it is busy. A thread is busy
 * while it loads its code, and from when a task is posted to it until the task has ended. One that is not busy runs no code
 * of SQLite.
 */
export class PoolMemory {
  /** Goes to the threads. */
  readonly words: Int32Array<SharedArrayBuffer>;

  constructor(words: Int32Array<SharedArrayBuffer>) {
    this.words = words;
  }

  static of(threads: number): PoolMemory {
    return new PoolMemory(new Int32Array(new SharedArrayBuffer(4 * (FIRST_THREAD + threads))));
  }

  get isStopped(): boolean {
    return Atomics.load(this.words, STOP) !== 0;
  }

  stop(): void {
    Atomics.store(this.words, STOP, 1);
  }

  isBusy(thread: number): boolean {
    return Atomics.load(this.words, FIRST_THREAD + thread) !== 0;
  }

  setBusy(thread: number, isBusy: boolean): void {
    Atomics.store(this.words, FIRST_THREAD + thread, isBusy ? 1 : 0);
    Atomics.notify(this.words, FIRST_THREAD + thread);
  }

  /** Blocks until a thread is not busy, or until time is up. @returns whether it is not busy */
  waitUntilIdle(thread: number, timeoutMs: number): boolean {
    if (this.isBusy(thread)) Atomics.wait(this.words, FIRST_THREAD + thread, 1, timeoutMs);
    return !this.isBusy(thread);
  }
}
