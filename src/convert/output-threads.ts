import type { StreamRun } from './event-stream.js';
import type { OutputResult, OutputSetup, Provenance } from './output.js';
import { OutputPipe } from './output-pipe.js';

/**
 * The threads that write an output. Where it is a table for each topic, several share the topics: each is sent all events, and writes those
 * of its own topics.
 */
export class OutputThreads {
  private readonly _pipes: readonly OutputPipe[];
  /** Those that are sent events: all of them, or those that write once more. */
  private _writing: readonly OutputPipe[];

  /** @param count of threads: 1, unless the output is a table for each topic */
  constructor(setup: Omit<OutputSetup, 'share'>, count: number) {
    this._pipes = Array.from(
      { length: count },
      (_, number) => new OutputPipe({ ...setup, share: { number, of: count } }),
    );
    this._writing = this._pipes;
  }

  /** Sends events. The batch is not to be read any more once its last run was sent. @throws TcsReplayError `WRITE_FAILED`, `WORKER_FAILED` */
  async add(run: StreamRun): Promise<void> {
    const last = this._writing.length - 1;
    for (const [i, pipe] of this._writing.entries()) await pipe.add(run, run.number, i === last);
  }

  /** All events were sent. @returns whether what was written stands; otherwise all events are to be sent once more */
  async settle(): Promise<boolean> {
    const stand = await Promise.all(this._writing.map((pipe) => pipe.settle()));
    this._writing = this._writing.filter((_, i) => !stand[i]);
    return this._writing.length === 0;
  }

  /** Ends the output. @throws TcsReplayError `WRITE_FAILED`, `WORKER_FAILED` */
  async finish(provenance: Provenance): Promise<OutputResult> {
    const [first, ...rest] = this._pipes;
    if (rest.length === 0) return first.finish(provenance, []);
    const [, ...others] = await Promise.all(this._pipes.map((pipe) => pipe.endTables()));
    return first.finish(provenance, others);
  }

  /** Ends the threads, when they have done what they are doing. */
  async close(): Promise<void> {
    await Promise.all(this._pipes.map((pipe) => pipe.close()));
  }
}
