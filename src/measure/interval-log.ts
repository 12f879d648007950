import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Histogram, HistogramLogWriter } from 'hdr-histogram-js';
import type { Clock } from '../shared/clock.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import * as expect from '../shared/expect.js';
import { latenessHistogram } from './histogram.js';

/** The column of largest values is in milliseconds. */
const NS_A_MS = 1e6;
/** More is not queued for a disk that is slow: what comes is put into one longer interval. */
const MOST_QUEUED_BYTES = 1 << 20;
/** How every log begins that HdrHistogram's own tools write. */
const LOG_BEGINS = '#[';

/**
 * Writes an interval log in the format of HdrHistogram, version 1.3: a line an interval, with when it began, in seconds
 * since the start time in the head, how long it was, its largest value in milliseconds, and its histogram, whose values
 * are nanoseconds, compressed and in base64. HistogramLogProcessor, HistogramLogAnalyzer and the readers of the
 * libraries take it. (https://github.com/HdrHistogram/HdrHistogram, HistogramLogWriter)
 */
export class IntervalLog {
  private readonly _path: string;
  private readonly _clock: Clock;
  private readonly _stream: WriteStream;
  private readonly _writer: HistogramLogWriter;
  private _hasHead = false;
  private _failure: Error | undefined;
  /** What could not be queued yet, and when it began. */
  private readonly _held = latenessHistogram();
  private _heldFromNs = 0;
  private _heldToNs = 0;

  private constructor(path: string, handle: FileHandle, clock: Clock) {
    this._path = path;
    this._clock = clock;
    this._stream = handle.createWriteStream();
    this._stream.on('error', (error) => {
      this._failure ??= error;
    });
    // The library ends the line of the start time twice. HdrHistogram's own writer leaves no line empty.
    this._writer = new HistogramLogWriter((line) => this._stream.write(line.replace(/\n+$/, '\n')));
  }

  /**
   * Opens a log. A histogram log that is there already is replaced, as HdrHistogram's tools do; any other file is left
   * alone.
   *
   * @param path also of a device or a pipe
   * @throws TcsReplayError `BAD_OPTION` where something else is there, `WRITE_FAILED` where it cannot be written
   */
  static async open(path: string, clock: Clock): Promise<IntervalLog> {
    await refuseOtherFile(path);
    try {
      return new IntervalLog(path, await open(path, 'w'), clock);
    } catch (error) {
      throw failed(path, error);
    }
  }

  /** Writes the head, once: the first event is sent now, and all times are counted from it. */
  begin(): void {
    if (this._hasHead) return;
    this._hasHead = true;
    const startMs = this._clock.unixUs() / 1000;
    this._writer.outputComment('[Logged with tcs-replay: sent - due, in nanoseconds; Interval_Max in ms]');
    this._writer.outputLogFormatVersion();
    this._writer.outputStartTime(startMs);
    this._writer.outputComment(`[BaseTime: ${(startMs / 1000).toFixed(3)} (seconds since epoch)]`);
    this._writer.outputLegend();
  }

  /**
   * Writes an interval, after `begin`.
   *
   * @param histogram of latenessHistogram's kind; it is not kept
   * @param fromNs nanoseconds since the first event was sent, as `toNs` is
   */
  write(histogram: Histogram, fromNs: number, toNs: number): void {
    if (this._failure !== undefined) return;
    const isFull = this._stream.writableLength >= MOST_QUEUED_BYTES;
    if (this._held.totalCount === 0 && !isFull) {
      this._writeLine(histogram, fromNs, toNs);
      return;
    }
    if (this._held.totalCount === 0) this._heldFromNs = fromNs;
    this._heldToNs = toNs;
    this._held.add(histogram);
    if (!isFull) this._writeHeld();
  }

  /** Ends the log. @throws TcsReplayError `WRITE_FAILED`, also where an earlier line could not be written */
  async close(): Promise<void> {
    this.begin();
    if (this._held.totalCount > 0) this._writeHeld();
    this._stream.end();
    try {
      if (!this._stream.closed) await once(this._stream, 'close');
    } catch {
      // It is kept as the failure.
    }
    if (this._failure !== undefined) throw failed(this._path, this._failure);
  }

  private _writeHeld(): void {
    this._writeLine(this._held, this._heldFromNs, this._heldToNs);
    this._held.reset();
  }

  private _writeLine(histogram: Histogram, fromNs: number, toNs: number): void {
    this._writer.outputIntervalHistogram(histogram, fromNs / 1e9, toNs / 1e9, NS_A_MS);
  }
}

/** A name that was taken for the log's by mistake must not cost a night. */
async function refuseOtherFile(path: string): Promise<void> {
  // A pipe or a device is written to, and not read: that could wait for ever.
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || !stats.isFile() || stats.size === 0) return;
  if ((await beginningOf(path, LOG_BEGINS.length)) === LOG_BEGINS) return;
  throw expect.badOption(
    'hlog',
    'a new file, or a histogram log to replace',
    path,
    ', which is another file',
  );
}

async function beginningOf(path: string, sizeBytes: number): Promise<string> {
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(sizeBytes), 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw failed(path, error);
  }
}

function failed(path: string, error: unknown): TcsReplayError {
  const message = `Expected to write the histogram log ${path}: ${messageOf(error)}; name a file that can be written`;
  return new TcsReplayError('WRITE_FAILED', message, { cause: error });
}
