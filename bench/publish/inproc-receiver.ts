import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Reception } from '../receiver.js';

export interface InprocTask {
  readonly url: string;
  /** It ends after so many messages. */
  readonly count: number;
}

/** A subscriber in a thread of this process, as no other can connect to an inproc address. */
export class InprocReceiver {
  private readonly _reception: Promise<Reception>;

  private constructor(worker: Worker) {
    this._reception = once(worker, 'message').then(([reception]) => reception as Reception);
  }

  /** The address must be bound already. */
  static async start(url: string, count: number): Promise<InprocReceiver> {
    const worker = new Worker(new URL('./inproc-thread.js', import.meta.url), {
      workerData: { url, count } satisfies InprocTask,
    });
    await once(worker, 'online');
    return new InprocReceiver(worker);
  }

  /** Resolves once all has come, or nothing more does. */
  reception(): Promise<Reception> {
    return this._reception;
  }
}
