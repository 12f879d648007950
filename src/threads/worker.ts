/** The entry of a thread. Buffers of results are transferred, not copied. */

import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { TaskPerformer } from './task-performer.js';
import type { Ending, Kind, TaskCall } from './tasks.js';

/** What a thread is given when it starts. */
export interface WorkerSetup {
  /** The first element counts the threads that have loaded their code. */
  readonly loaded: Int32Array;
}

const performer = new TaskPerformer();

export default function runInThread<K extends Kind>(call: TaskCall<K>): unknown {
  return withTransfers(performer.run(call));
}

/** Marks the buffers of a result for transfer. */
function withTransfers<K extends Kind>(ending: Ending<K>): unknown {
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

// Counted in a microtask: when this line runs the loader is not done with this module yet.
queueMicrotask(() => Atomics.add((workerData as WorkerSetup).loaded, 0, 1));
