import { Worker } from 'node:worker_threads';
import { bundledFile } from '../shared/bundled-file.js';
import { TcsReplayError } from '../shared/errors.js';
import type { Run } from '../timeline/timeline.js';
import type { OutputResult, OutputSetup, Provenance, WrittenTables } from './output.js';
import type { FromOutput, SentRun, ToOutput } from './output-messages.js';

/** Bytes and runs of events that are sent together: a message costs some microseconds. */
const [MESSAGE_BYTES, MESSAGE_RUNS] = [256 << 10, 1024];
/** Bytes that the thread has been sent and has not taken yet. */
const MOST_WAITING_BYTES = 8 << 20;

/**
 * Sends events to the thread that writes an output. Batches are handed over without a copy where all of their events follow each
 * other. What the thread has not taken yet is bounded in bytes.
 */
export class OutputPipe {
  private readonly _worker: Worker;
  private readonly _exited: Promise<void>;
  private _runs: SentRun[] = [];
  private _transfers: ArrayBuffer[] = [];
  private _runsBytes = 0;
  /** Bytes of each message that has not been taken. */
  private readonly _waiting: number[] = [];
  private _waitingBytes = 0;
  private _failure: TcsReplayError | undefined;
  private _result: OutputResult | undefined;
  private _stands: boolean | undefined;
  private _written: WrittenTables | undefined;
  private _wake: () => void = () => {};

  constructor(setup: OutputSetup) {
    this._worker = new Worker(bundledFile('output.cjs'), { workerData: setup });
    this._exited = new Promise((resolve) => {
      this._worker.once('exit', () => {
        this._fail(new TcsReplayError('WORKER_FAILED', 'The thread that writes the output has ended'));
        resolve();
      });
    });
    this._worker.on('message', (answer: FromOutput) => this._take(answer));
    this._worker.on('error', (error) => {
      const message = `The thread that writes the output failed: ${error.message}`;
      this._fail(new TcsReplayError('WORKER_FAILED', message, { cause: error }));
    });
  }

  /**
   * Sends events.
   *
   * @param source number of the source
   * @param mayTake whether the batch is not to be read any more once its last run was sent
   * @throws TcsReplayError `WRITE_FAILED`, `WORKER_FAILED`
   */
  async add(
    { batch, first, end }: Pick<Run, 'batch' | 'first' | 'end'>,
    source: number,
    mayTake: boolean,
  ): Promise<void> {
    let buffer: ArrayBuffer | undefined;
    if (first === 0) {
      const whole = batch.bytes.buffer;
      buffer = mayTake && end === batch.count ? whole : whole.slice(0);
      this._transfers.push(buffer);
      this._runsBytes += buffer.byteLength;
    }
    this._runs.push({ source, first, end, buffer });
    if (this._runsBytes >= MESSAGE_BYTES || this._runs.length >= MESSAGE_RUNS) await this._post();
  }

  /** All events were sent. @returns whether what was written stands: see `Output.settle` @throws TcsReplayError `WRITE_FAILED`, `WORKER_FAILED` */
  async settle(): Promise<boolean> {
    await this._post();
    this._stands = undefined;
    this._send({ kind: 'settle' });
    await this._until(() => this._stands !== undefined);
    return this._stands === true;
  }

  /** Ends the tables of the thread's share. @throws TcsReplayError `WRITE_FAILED`, `WORKER_FAILED` */
  async endTables(): Promise<WrittenTables> {
    await this._post();
    this._send({ kind: 'endTables' });
    await this._until(() => this._written !== undefined);
    return this._written as WrittenTables;
  }

  /** Ends the output. @param others what was written by other threads @throws TcsReplayError `WRITE_FAILED`, `WORKER_FAILED` */
  async finish(provenance: Provenance, others: readonly WrittenTables[]): Promise<OutputResult> {
    await this._post();
    this._send({ kind: 'finish', provenance, others });
    await this._until(() => this._result !== undefined);
    return this._result as OutputResult;
  }

  /** Ends the thread, when it has done what it is doing. */
  async close(): Promise<void> {
    this._send({ kind: 'close' });
    await this._exited;
  }

  private async _post(): Promise<void> {
    await this._until(() => this._waitingBytes < MOST_WAITING_BYTES);
    if (this._runs.length === 0) return;
    this._send({ kind: 'events', runs: this._runs }, this._transfers);
    this._waiting.push(this._runsBytes);
    this._waitingBytes += this._runsBytes;
    this._runs = [];
    this._transfers = [];
    this._runsBytes = 0;
  }

  private _send(message: ToOutput, transfers: readonly ArrayBuffer[] = []): void {
    this._worker.postMessage(message, transfers);
  }

  private _take(answer: FromOutput): void {
    if (answer.kind === 'failed') {
      this._fail(new TcsReplayError(answer.code, answer.message));
      return;
    }
    if (answer.kind === 'finished') this._result = answer.result;
    else if (answer.kind === 'settled') this._stands = answer.stands;
    else if (answer.kind === 'tablesEnded') this._written = answer.written;
    else this._waitingBytes -= this._waiting.shift() ?? 0;
    this._wake();
  }

  private _fail(error: TcsReplayError): void {
    this._failure ??= error;
    this._wake();
  }

  private async _until(isReached: () => boolean): Promise<void> {
    for (;;) {
      if (this._failure !== undefined) throw this._failure;
      if (isReached()) return;
      await new Promise<void>((resolve) => {
        this._wake = resolve;
      });
    }
  }
}
