import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Reception } from '../reception.js';

export interface InprocTask {
  readonly url: string;
  /** Number of messages after which it ends. */
  readonly count: number;
}

/** A subscriber in a thread of this process: no other process can connect to an inproc address. */
export class InprocReceiver {
  private readonly _reception: Promise<Reception>;

  private constructor(worker: Worker) {
    this._reception = once(worker, 'message').then(([reception]) => reception as Reception);
  }

  /** Starts the thread. The address must be bound already. */
  static async start(url: string, count: number): Promise<InprocReceiver> {
    const worker = new Worker(new URL('./inproc-thread.js', import.meta.url), {
      workerData: { url, count } satisfies InprocTask,
    });
    await once(worker, 'online');
    return new InprocReceiver(worker);
  }

  /** Resolves once all messages have arrived, or no more arrive. */
  reception(): Promise<Reception> {
    return this._reception;
  }
}
