import { parentPort, workerData } from 'node:worker_threads';
import { PoolMemory } from './pool-memory.js';
import { TaskPerformer } from './task-performer.js';
import type { Ending, Kind, TaskCall } from './tasks.js';

/** What a thread is given when it starts. */
export interface ThreadSetup {
  /** Of the pool's `PoolMemory`. */
  readonly words: Int32Array<SharedArrayBuffer>;
  /** Number of the thread, from 0. */
  readonly thread: number;
}

/** A thread's first message: it has loaded its code. Each further message is the `Ending` of a task. */
export const LOADED = 'loaded';

type Perform = (call: TaskCall<Kind>) => Ending<Kind>;

/**
 * Makes the current thread do the tasks that its pool posts to it. Buffers of results are transferred, not copied.
 *
 * @param around does a task by `perform`; tests delay or spoil tasks
 */
export function serveTasks(
  around: (call: TaskCall<Kind>, perform: Perform) => Ending<Kind> = (call, perform) => perform(call),
): void {
  const { words, thread } = workerData as ThreadSetup;
  const port = parentPort as NonNullable<typeof parentPort>;
  const memory = new PoolMemory(words);
  const performer = new TaskPerformer(() => memory.isStopped);
  port.on('message', (call: TaskCall<Kind>) => {
    const ending = around(call, (each) => performer.run(each));
    // Databases are closed here: the thread is ended as soon as it is idle.
    if (memory.isStopped) performer.close();
    // Before the message, whose receiver makes the thread busy again.
    memory.setBusy(thread, false);
    port.postMessage(ending, buffersOf(ending));
  });
  // In a microtask: when this line runs the loader is not done with the thread's module yet.
  queueMicrotask(() => {
    memory.setBusy(thread, false);
    port.postMessage(LOADED);
  });
}

/** The buffers of a result. */
function buffersOf(ending: Ending<Kind>): ArrayBuffer[] {
  if (!('result' in ending)) return [];
  const { result } = ending;
  const hasBuffer = typeof result === 'object' && result !== null && 'buffer' in result;
  return hasBuffer ? [result.buffer as ArrayBuffer] : [];
}
