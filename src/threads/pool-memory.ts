/** Not 0 at this index: tasks are to end, since nobody waits for their results. */
const STOP = 0;
/** Number of threads that have loaded their code. */
const LOADED = 1;
/** The slots of the threads follow: each has two words. */
const FIRST_SLOT = 2;
const SLOT_WORDS = 2;
/** Words of a slot: whether the thread is busy, and its id. */
const [BUSY, THREAD_ID] = [0, 1];
/** A pool replaces a thread that has died, before it is closed for that. */
const SPARE_SLOTS = 8;

/**
 * Memory that a pool shares with its threads: whether they are to stop, how many have loaded their code, and for each of these
 * whether it is busy. One that is not busy runs no code of SQLite.
 */
export class PoolMemory {
  /** Goes to the threads. */
  readonly words: Int32Array<SharedArrayBuffer>;

  constructor(words: Int32Array<SharedArrayBuffer>) {
    this.words = words;
  }

  static of(threads: number): PoolMemory {
    const length = FIRST_SLOT + SLOT_WORDS * (threads + SPARE_SLOTS);
    return new PoolMemory(new Int32Array(new SharedArrayBuffer(4 * length)));
  }

  get isStopped(): boolean {
    return Atomics.load(this.words, STOP) !== 0;
  }

  stop(): void {
    Atomics.store(this.words, STOP, 1);
  }

  /** Number of threads that have loaded their code. */
  get loaded(): number {
    return Atomics.load(this.words, LOADED);
  }

  /** Called by a thread that has loaded its code. @returns the number of its slot */
  claim(threadId: number): number {
    const slot = Atomics.add(this.words, LOADED, 1);
    Atomics.store(this.words, wordOf(slot, THREAD_ID), threadId);
    return slot;
  }

  /** Called by a thread, before it looks whether it is to stop, and after its task. */
  setBusy(slot: number, isBusy: boolean): void {
    Atomics.store(this.words, wordOf(slot, BUSY), isBusy ? 1 : 0);
    Atomics.notify(this.words, wordOf(slot, BUSY));
  }

  /** Whether a thread does a task. */
  get isBusy(): boolean {
    return this._slots().some((slot) => Atomics.load(this.words, wordOf(slot, BUSY)) !== 0);
  }

  /** A thread has died: it is not busy any more. */
  forget(threadId: number): void {
    for (const slot of this._slots())
      if (Atomics.load(this.words, wordOf(slot, THREAD_ID)) === threadId) this.setBusy(slot, false);
  }

  /** Blocks until no thread is busy, or until time is up. @returns whether none is busy */
  waitUntilIdle(timeoutMs: number): boolean {
    const untilMs = performance.now() + timeoutMs;
    for (const slot of this._slots())
      Atomics.wait(this.words, wordOf(slot, BUSY), 1, Math.max(0, untilMs - performance.now()));
    return !this.isBusy;
  }

  private _slots(): number[] {
    return Array.from({ length: this.loaded }, (_, slot) => slot);
  }
}

function wordOf(slot: number, word: number): number {
  return FIRST_SLOT + SLOT_WORDS * slot + word;
}
