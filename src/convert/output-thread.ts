/** The entry of the thread that writes an output. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Batch } from '../batch/batch.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { openOutput } from './open-output.js';
import type { OtherEvent, Output, OutputSetup } from './output.js';
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
  private readonly _others = new Map<number, OtherEvents>();

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
        await this._takeRuns(message.runs, message.isSurvey, this._output);
        this._answer({ kind: 'taken' });
      } else {
        const result = await this._output.finish(message.provenance);
        const topics = [...this._topics].map(([topic, events]) => ({ topic, events }));
        this._answer({ kind: 'finished', result: { ...result, topics } });
      }
    } catch (error) {
      this._hasFailed = true;
      const code = error instanceof TcsReplayError ? error.code : 'WRITE_FAILED';
      this._answer({ kind: 'failed', code, message: messageOf(error) });
    }
  }

  private async _takeRuns(runs: readonly SentRun[], isSurvey: boolean, output: Output): Promise<void> {
    for (const run of runs) {
      const { source, buffer, first, end, others = [] } = run;
      const batch = buffer === undefined ? this._batches.get(source) : new Batch(buffer);
      if (batch === undefined) throw new Error(`Expected a batch of source ${source}`);
      if (end < batch.count) this._batches.set(source, batch);
      else this._batches.delete(source);
      if (isSurvey) for (let i = first; i < end; i++) output.survey?.(batch, i);
      else await this._write(batch, run, this._othersOf(source, others), output);
    }
  }

  private async _write(
    batch: Batch,
    { first, end }: SentRun,
    others: OtherEvents | undefined,
    output: Output,
  ): Promise<void> {
    const { topics } = batch;
    const counts = new Uint32Array(topics.length);
    for (let i = first; i < end; i++) {
      counts[batch.topicIdOf(i)] += 1;
      const writing = output.write(batch, i, others?.next());
      if (writing !== undefined) await writing;
    }
    for (const [id, count] of counts.entries())
      if (count > 0) this._topics.set(topics[id], (this._topics.get(topics[id]) ?? 0) + count);
  }

  private _othersOf(source: number, buffers: readonly ArrayBuffer[]): OtherEvents | undefined {
    let others = this._others.get(source);
    if (others === undefined && buffers.length > 0) {
      others = new OtherEvents();
      this._others.set(source, others);
    }
    for (const buffer of buffers) others?.add(buffer);
    return others;
  }

  private _answer(answer: FromOutput): void {
    this._port.postMessage(answer);
  }
}

/** The events of one source in the form in which they are stored, in order. */
class OtherEvents {
  private readonly _batches: Batch[] = [];
  private _next = 0;

  add(buffer: ArrayBuffer): void {
    this._batches.push(new Batch(buffer));
  }

  next(): OtherEvent | undefined {
    while (this._batches.length > 0 && this._next === this._batches[0].count) {
      this._batches.shift();
      this._next = 0;
    }
    const [batch] = this._batches;
    return batch && { batch, i: this._next++ };
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
