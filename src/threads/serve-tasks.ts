import { threadId, workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { PoolMemory } from './pool-memory.js';
import { TaskPerformer } from './task-performer.js';
import type { Ending, Kind, TaskCall } from './tasks.js';

/** What a thread is given when it starts. */
export interface ThreadSetup {
  /** Of the pool's `PoolMemory`. */
  readonly words: Int32Array<SharedArrayBuffer>;
}

type Perform = (call: TaskCall<Kind>) => Ending<Kind>;

const STOPPED: Ending<Kind> = { error: { code: 'WORKER_FAILED', message: 'The task was stopped' } };

/**
 * Makes the function with which the current thread does the tasks of its pool. Buffers of results are transferred, not copied.
 *
 * @param around does a task by `perform`; tests delay or spoil tasks
 */
export function serveTasks(
  around: (call: TaskCall<Kind>, perform: Perform) => Ending<Kind> = (call, perform) => perform(call),
): (call: TaskCall<Kind>) => unknown {
  detachOnce();
  const memory = new PoolMemory((workerData as ThreadSetup).words);
  const performer = new TaskPerformer(() => memory.isStopped);
  let slot: number | undefined;
  // In a microtask: when this line runs the loader is not done with the thread's module yet.
  queueMicrotask(() => {
    slot = memory.claim(threadId);
  });
  return (call) => {
    slot ??= memory.claim(threadId);
    // The pool ends the thread once it is to stop and is not busy: so it is busy before it looks.
    memory.setBusy(slot, true);
    const own = slot;
    const perform = () => {
      try {
        if (memory.isStopped) return STOPPED;
        return withTransfers(around(call, (each) => performer.run(each)));
      } finally {
        // Databases are closed here: the thread is ended as soon as it is idle.
        if (memory.isStopped) performer.close();
        memory.setBusy(own, false);
      }
    };
    const loading = performer.ready(call);
    if (loading === undefined) return perform();
    return loading.then(perform, (error) => {
      memory.setBusy(own, false);
      throw error;
    });
  };
}

/**
 * Detaches a buffer before code is optimized. V8 optimizes code that reads buffers for as long as none was detached in its thread, and
 * gives that code up when the first one is: that of the first batch, when the encoder has just been compiled.
 */
function detachOnce(): void {
  const buffer = new ArrayBuffer(1);
  structuredClone(buffer, { transfer: [buffer] });
}

/** Marks the buffers of a result for transfer. */
function withTransfers(ending: Ending<Kind>): unknown {
  const buffers = buffersOf(ending);
  return buffers.length === 0
    ? ending
    : move({ [transferableSymbol]: buffers, [valueSymbol]: ending } as never);
}

/** The buffers of a result. */
function buffersOf(ending: Ending<Kind>): ArrayBuffer[] {
  if (!('result' in ending)) return [];
  const { result } = ending;
  const hasBuffer = typeof result === 'object' && result !== null && 'buffer' in result;
  return hasBuffer ? [result.buffer as ArrayBuffer] : [];
}
