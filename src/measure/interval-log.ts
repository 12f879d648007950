import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Histogram, HistogramLogWriter } from 'hdr-histogram-js';
import type { Clock } from '../shared/clock.js';
import { cannotWrite, openReplaceable } from '../shared/replaceable-file.js';
import { latenessHistogram } from './histogram.js';

/** The column with the largest values is in milliseconds. */
const NS_A_MS = 1e6;
/** Most bytes queued for a slow disk. Further intervals are then merged into one longer interval. */
const MOST_QUEUED_BYTES = 1 << 20;
const WHAT = 'a histogram log';
/** The first bytes of every log that HdrHistogram's own tools write. */
const LOG_BEGINS = '#[';

/**
 * Writes an interval log in the format of HdrHistogram, version 1.3: one line per interval, with its beginning in seconds since
 * the start time in the header, its length, its largest value in milliseconds, and its histogram of nanoseconds, compressed
 * and in base64. HistogramLogProcessor, HistogramLogAnalyzer and the libraries' readers can read it.
 * (https://github.com/HdrHistogram/HdrHistogram, HistogramLogWriter)
 */
export class IntervalLog {
  private readonly _path: string;
  private readonly _clock: Clock;
  private readonly _stream: WriteStream;
  private readonly _writer: HistogramLogWriter;
  private _hasHead = false;
  private _failure: Error | undefined;
  /** The intervals that could not be queued yet, merged. */
  private readonly _held = latenessHistogram();
  private _heldFromNs = 0;
  private _heldToNs = 0;

  private constructor(path: string, handle: FileHandle, clock: Clock, Writer: typeof HistogramLogWriter) {
    this._path = path;
    this._clock = clock;
    this._stream = handle.createWriteStream();
    this._stream.on('error', (error) => {
      this._failure ??= error;
    });
    // The library writes two line ends after the start time. HdrHistogram's own writer leaves no empty line.
    this._writer = new Writer((line) => this._stream.write(line.replace(/\n+$/, '\n')));
  }

  /**
   * Opens a log. An existing histogram log is replaced, as HdrHistogram's tools do. Any other existing file is refused.
   *
   * @param path of a file, a device or a pipe
   * @param name what the user calls the option that gives the path, for errors
   * @throws TcsReplayError `BAD_OPTION` if another file exists there; `WRITE_FAILED` if it cannot be opened, or
   * is a pipe that no program reads
   */
  static async open(path: string, clock: Clock, name = 'hlog'): Promise<IntervalLog> {
    // Only who asks for a log waits until its writer is loaded.
    const { HistogramLogWriter } = await import('hdr-histogram-js');
    const handle = await openReplaceable(path, { name, what: WHAT, begins: LOG_BEGINS });
    return new IntervalLog(path, handle, clock, HistogramLogWriter);
  }

  /** Writes the header, once. Call it when the first event is sent: all times are relative to it. */
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
   * Writes an interval. Call `begin` before.
   *
   * @param histogram made by `latenessHistogram`; it is not kept
   * @param fromNs, toNs nanoseconds since the first event was sent
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

  /** Ends the log. @throws TcsReplayError `WRITE_FAILED`, also if an earlier line could not be written */
  async close(): Promise<void> {
    this.begin();
    if (this._held.totalCount > 0) this._writeHeld();
    this._stream.end();
    try {
      if (!this._stream.closed) await once(this._stream, 'close');
    } catch {
      // The 'error' listener has kept it as the failure.
    }
    if (this._failure !== undefined) throw cannotWrite(this._path, WHAT, this._failure);
  }

  private _writeHeld(): void {
    this._writeLine(this._held, this._heldFromNs, this._heldToNs);
    this._held.reset();
  }

  private _writeLine(histogram: Histogram, fromNs: number, toNs: number): void {
    this._writer.outputIntervalHistogram(histogram, fromNs / 1e9, toNs / 1e9, NS_A_MS);
  }
}
