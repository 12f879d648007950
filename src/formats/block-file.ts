import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { FormatFault } from './format-fault.js';

/** Bytes that are read at a time where a file is read from its beginning to its end. */
const WINDOW_BYTES = 1 << 20;
/** No part of a file that is read as a whole is larger: a chunk, or a line. */
export const LARGEST_PART_BYTES = 256 << 20;

/** A file that is read in parts, in the thread that calls. */
export class BlockFile {
  readonly path: string;
  /** Size when it was opened, in bytes. */
  readonly sizeBytes: number;
  private readonly _file: number;
  private _window = Buffer.alloc(0);
  private _windowAt = 0;

  /** @throws the error of the system where it cannot be opened */
  constructor(path: string) {
    this.path = path;
    this._file = openSync(path, 'r');
    this.sizeBytes = fstatSync(this._file).size;
  }

  /**
   * Bytes of the file, from a window that moves forward: they are the file's until the next call.
   *
   * @throws FormatFault where the file ends before, or the part is too large
   */
  view(at: number, sizeBytes: number): Buffer {
    const from = at - this._windowAt;
    if (from < 0 || from + sizeBytes > this._window.length) {
      this._requireWithin(at, sizeBytes);
      const length = Math.min(Math.max(sizeBytes, WINDOW_BYTES), this.sizeBytes - at);
      if (this._window.buffer.byteLength < length || this._window.buffer.byteLength > 4 * WINDOW_BYTES)
        this._window = Buffer.allocUnsafeSlow(Math.max(length, WINDOW_BYTES));
      const whole = Buffer.from(this._window.buffer);
      this._fill(whole.subarray(0, length), at);
      this._window = whole.subarray(0, length);
      this._windowAt = at;
      return this._window.subarray(0, sizeBytes);
    }
    return this._window.subarray(from, from + sizeBytes);
  }

  /** Reads bytes into memory of the caller's own. @throws as `view` */
  read(at: number, sizeBytes: number): Buffer {
    this._requireWithin(at, sizeBytes);
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    this._fill(bytes, at);
    return bytes;
  }

  close(): void {
    closeSync(this._file);
  }

  private _requireWithin(at: number, sizeBytes: number): void {
    if (at + sizeBytes > this.sizeBytes) throw new FormatFault('the file is cut off');
    if (sizeBytes > LARGEST_PART_BYTES)
      throw new FormatFault(`a part of ${sizeBytes} bytes is larger than ${LARGEST_PART_BYTES}`);
  }

  private _fill(bytes: Buffer, at: number): void {
    for (let filled = 0; filled < bytes.length; ) {
      const count = readSync(this._file, bytes, filled, bytes.length - filled, at + filled);
      if (count === 0) throw new FormatFault('the file is cut off');
      filled += count;
    }
  }
}
