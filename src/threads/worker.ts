/** The entry of a decoding thread: it hands buffers over without copying them. */

import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { run } from './perform-task.js';
import type { Ending, Kind, Order } from './tasks.js';

/** What a decoding thread is given when it starts. */
export interface WorkerSetup {
  /** Its first element counts the threads that have loaded their code. */
  readonly loaded: Int32Array;
}

export default function runInThread<K extends Kind>(order: Order<K>): unknown {
  return moved(run(order));
}

/** Marks the buffers of a result to be handed over rather than copied. */
function moved<K extends Kind>(ending: Ending<K>): unknown {
  if (!('result' in ending)) return ending;
  const { result } = ending;
  const buffers: ArrayBuffer[] = [];
  if (result instanceof BigInt64Array) buffers.push(result.buffer as ArrayBuffer);
  else if (typeof result === 'object' && result !== null && 'buffer' in result) {
    buffers.push(result.buffer as ArrayBuffer);
  }
  return buffers.length === 0
    ? ending
    : move({ [transferableSymbol]: buffers, [valueSymbol]: ending } as never);
}

// In a task of its own: when this line is reached the loader is not done with this module yet.
queueMicrotask(() => Atomics.add((workerData as WorkerSetup).loaded, 0, 1));
