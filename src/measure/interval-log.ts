import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Histogram, HistogramLogWriter } from 'hdr-histogram-js';
import type { Clock } from '../shared/clock.js';
import { cannotWrite, openReplaceable } from '../shared/replaceable-file.js';
import { latenessHistogram } from './histogram.js';
import { decodeHistogram, encodeHistogram } from './histogram-text.js';

/** The column with the largest values is in milliseconds. */
const NS_A_MS = 1e6;
/** Most bytes queued for a slow disk. Further intervals are then merged into one longer interval. */
const MOST_QUEUED_BYTES = 1 << 20;
const WHAT = 'a histogram log';
/** The first bytes of every log that HdrHistogram's own tools write. */
const LOG_BEGINS = '#[';

/** An interval of another series of the log, such as the latencies of a subscriber. */
export interface TaggedInterval {
  /** Beginning and end, in microseconds since 1970. */
  readonly fromUnixUs: number;
  readonly toUnixUs: number;
  /** Nanoseconds, as `encodeHistogram` writes them. */
  readonly histogram: string;
  /** The largest of them. */
  readonly maxNs: number;
}

/** Intervals that could not be queued yet, merged. */
interface Held {
  readonly histogram: Histogram;
  readonly fromNs: number;
  toNs: number;
}

/** The tag of the intervals that have none. */
const NO_TAG = '';
/** A tag ends at a comma, and a line at its end. */
const NOT_OF_A_TAG = /[\s,]+/g;

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
  /** By tag. */
  private readonly _held = new Map<string, Held>();
  /** Microseconds since 1970. */
  private _startUs = Number.NaN;

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
    // The first histogram takes some milliseconds longer to encode than others: now, and not while events are due.
    encodeHistogram(latenessHistogram());
    return new IntervalLog(path, handle, clock, HistogramLogWriter);
  }

  /** Writes the header, once. Call it when the first event is sent: all times are relative to it. */
  begin(): void {
    if (this._hasHead) return;
    this._hasHead = true;
    this._startUs = this._clock.unixUs();
    const startMs = this._startUs / 1000;
    this._writer.outputComment(
      '[Logged with tcs-replay: sent - due, of a Tag received - due by that subscriber, in nanoseconds; Interval_Max in ms]',
    );
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
    if (this._mustHold(NO_TAG)) this._hold(NO_TAG, histogram, fromNs, toNs);
    else this._writeLine(NO_TAG, encodeHistogram(histogram), histogram.maxValue, fromNs, toNs);
  }

  /**
   * Writes an interval of another series. One before the first event is left out.
   *
   * @param name of the series: its tag, where commas and white space become `_`
   */
  writeTagged(name: string, { histogram, maxNs, fromUnixUs, toUnixUs }: TaggedInterval): void {
    if (this._failure !== undefined || !(toUnixUs > this._startUs)) return;
    const tag = name.replace(NOT_OF_A_TAG, '_');
    const [fromNs, toNs] = [fromUnixUs, toUnixUs].map((us) => Math.max(0, 1000 * (us - this._startUs)));
    if (this._mustHold(tag)) this._hold(tag, decodeHistogram(histogram), fromNs, toNs);
    else this._writeLine(tag, histogram, maxNs, fromNs, toNs);
  }

  /** Ends the log. @throws TcsReplayError `WRITE_FAILED`, also if an earlier line could not be written */
  async close(): Promise<void> {
    this.begin();
    for (const tag of this._held.keys()) this._writeHeld(tag);
    this._stream.end();
    try {
      if (!this._stream.closed) await once(this._stream, 'close');
    } catch {
      // The 'error' listener has kept it as the failure.
    }
    if (this._failure !== undefined) throw cannotWrite(this._path, WHAT, this._failure);
  }

  private get _isFull(): boolean {
    return this._stream.writableLength >= MOST_QUEUED_BYTES;
  }

  private _mustHold(tag: string): boolean {
    return this._isFull || this._held.has(tag);
  }

  /** Merges an interval with those that wait, and writes them if there is room. */
  private _hold(tag: string, histogram: Histogram, fromNs: number, toNs: number): void {
    const held = this._held.get(tag) ?? { histogram: latenessHistogram(), fromNs, toNs };
    held.histogram.add(histogram);
    held.toNs = toNs;
    this._held.set(tag, held);
    if (!this._isFull) this._writeHeld(tag);
  }

  private _writeHeld(tag: string): void {
    const held = this._held.get(tag);
    if (held === undefined) return;
    this._held.delete(tag);
    const { histogram, fromNs, toNs } = held;
    this._writeLine(tag, encodeHistogram(histogram), histogram.maxValue, fromNs, toNs);
  }

  private _writeLine(tag: string, histogram: string, maxNs: number, fromNs: number, toNs: number): void {
    const numbers = [fromNs / 1e9, (toNs - fromNs) / 1e9, maxNs / NS_A_MS].map((number) => number.toFixed(3));
    const tagged = tag === NO_TAG ? '' : `Tag=${tag},`;
    this._stream.write(`${tagged}${numbers.join()},${histogram}\n`);
  }
}
