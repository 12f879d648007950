/** The entry of the thread that writes an output. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Batch } from '../batch/batch.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { openOutput } from './open-output.js';
import type { Output, OutputSetup } from './output.js';
import type { FromOutput, SentRun, ToOutput } from './output-messages.js';

/** Does what it is told, one message after the other. */
class OutputThread {
  private readonly _port: MessagePort;
  private readonly _setup: OutputSetup;
  private _output: Output | undefined;
  private _hasFailed = false;
  /** Events that were written, by topic. */
  private readonly _topics = new Map<string, number>();
  private readonly _batches = new Map<number, Batch>();

  constructor(port: MessagePort, setup: OutputSetup) {
    this._port = port;
    this._setup = setup;
  }

  async take(message: ToOutput): Promise<void> {
    if (message.kind === 'close') {
      this._output?.close();
      this._port.close();
      return;
    }
    if (this._hasFailed) return;
    try {
      this._output ??= await openOutput(this._setup);
      if (message.kind === 'events') {
        this._takeRuns(message.runs, this._output);
        this._answer({ kind: 'taken' });
      } else if (message.kind === 'settle') {
        const stands = this._output.settle?.() ?? true;
        if (!stands) this._topics.clear();
        this._answer({ kind: 'settled', stands });
      } else if (message.kind === 'endTables') {
        if (this._output.endTables === undefined) throw new Error(`Expected tables, got ${this._setup.form}`);
        this._answer({ kind: 'tablesEnded', written: await this._output.endTables() });
      } else {
        const result = await this._output.finish(message.provenance, message.others);
        const topics = [...this._topics].map(([topic, events]) => ({ topic, events }));
        this._answer({ kind: 'finished', result: { ...result, topics } });
      }
    } catch (error) {
      this._hasFailed = true;
      const code = error instanceof TcsReplayError ? error.code : 'WRITE_FAILED';
      this._answer({ kind: 'failed', code, message: messageOf(error) });
    }
  }

  private _takeRuns(runs: readonly SentRun[], output: Output): void {
    for (const run of runs) {
      const { source, buffer, end } = run;
      const batch = buffer === undefined ? this._batches.get(source) : new Batch(buffer);
      if (batch === undefined) throw new Error(`Expected a batch of source ${source}`);
      if (end < batch.count) this._batches.set(source, batch);
      else this._batches.delete(source);
      this._write(batch, run, output);
    }
  }

  private _write(batch: Batch, { first, end }: SentRun, output: Output): void {
    const { topics } = batch;
    const counts = new Uint32Array(topics.length);
    for (let i = first; i < end; i++) {
      counts[batch.topicIdOf(i)] += 1;
      output.write(batch, i);
    }
    for (const [id, count] of counts.entries())
      if (count > 0) this._topics.set(topics[id], (this._topics.get(topics[id]) ?? 0) + count);
  }

  private _answer(answer: FromOutput): void {
    this._port.postMessage(answer);
  }
}

function serve(port: MessagePort, setup: OutputSetup): void {
  const thread = new OutputThread(port, setup);
  let work = Promise.resolve();
  port.on('message', (message: ToOutput) => {
    work = work.then(() => thread.take(message));
  });
}

export default serve(parentPort as MessagePort, workerData as OutputSetup);
