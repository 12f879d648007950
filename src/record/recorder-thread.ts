import { Worker } from 'node:worker_threads';
import { bundledFile } from '../shared/bundled-file.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import type { MessageBatch } from './message-batch.js';
import type { FromRecorder, RecordedSums, RecorderSetup, ToRecorder } from './record-messages.js';

export interface RecorderThreadOptions extends RecorderSetup {
  /** Called when a file was created to which the recording goes on. */
  readonly onFile: (path: string) => void;
  readonly onNotice: (notice: string) => void;
  /** Called when it has failed: nothing more is written, and `end` rejects. */
  readonly onFailed: () => void;
}

/** The thread that writes a recording. What it has not committed yet is the queue. */
export class RecorderThread {
  private readonly _worker: Worker;
  private readonly _options: RecorderThreadOptions;
  private readonly _ended: Promise<RecordedSums>;
  private _queuedBytes = 0;
  private _written = 0;
  private _sizeBytes = 0;

  /**
   * Starts the thread, and creates the file.
   *
   * @throws TcsReplayError `BAD_OPTION`, `NO_SUCH_FILE`, `WRITE_FAILED`, `WORKER_FAILED`
   */
  static async start(options: RecorderThreadOptions): Promise<RecorderThread> {
    const thread = new RecorderThread(options);
    await thread._opened();
    return thread;
  }

  private constructor(options: RecorderThreadOptions) {
    this._options = options;
    const { path, rotation, provenance } = options;
    const setup: RecorderSetup = { path, rotation, provenance };
    this._worker = new Worker(bundledFile('recorder.cjs'), { workerData: setup });
    this._ended = this._untilEnd();
    // It is awaited later, or not at all where the thread does not start.
    this._ended.catch(() => {});
  }

  /** Size of the batches that are not committed. */
  get queuedBytes(): number {
    return this._queuedBytes;
  }

  /** Number of events that were committed. */
  get written(): number {
    return this._written;
  }

  /** The size of the current file. */
  get sizeBytes(): number {
    return this._sizeBytes;
  }

  /** Hands a batch over, which cannot be used any more. */
  append({ bytes, length, receivedMs }: MessageBatch): void {
    this._queuedBytes += length;
    const buffer = bytes.buffer as ArrayBuffer;
    this._post({ kind: 'batch', bytes: buffer, length, receivedMs }, [buffer]);
  }

  /** Writes what is queued, and ends the thread. It can be called again. @throws TcsReplayError `WRITE_FAILED`, `WORKER_FAILED` */
  end(): Promise<RecordedSums> {
    this._post({ kind: 'end' });
    return this._ended;
  }

  private _post(message: ToRecorder, transfer: ArrayBuffer[] = []): void {
    this._worker.postMessage(message, transfer);
  }

  private _opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this._worker.once('message', ({ kind }: FromRecorder) => {
        if (kind === 'opened') resolve();
      });
      this._ended.catch(reject);
    });
  }

  private _untilEnd(): Promise<RecordedSums> {
    const { onFile, onNotice, onFailed } = this._options;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const fail = (error: TcsReplayError) => {
        if (isOver) return;
        isOver = true;
        reject(error);
        onFailed();
      };
      this._worker.on('message', (message: FromRecorder) => {
        if (message.kind === 'opened') onFile(message.path);
        else if (message.kind === 'notice') onNotice(message.notice);
        else if (message.kind === 'committed') {
          this._queuedBytes -= message.queuedBytes;
          this._written = message.written;
          this._sizeBytes = message.sizeBytes;
        } else if (message.kind === 'ended') {
          isOver = true;
          resolve(message);
        } else fail(new TcsReplayError(message.error.code, message.error.message));
      });
      const died = (reason: string) =>
        fail(new TcsReplayError('WORKER_FAILED', `The thread that writes the recording failed: ${reason}`));
      this._worker.on('error', (error) => died(messageOf(error)));
      this._worker.on('exit', (code) => died(`it ended with code ${code}`));
    });
  }
}
