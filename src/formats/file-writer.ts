import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { attempt } from '../shared/cannot-write.js';

/** Writes a file from its beginning to its end. It blocks the thread. */
export class FileWriter {
  readonly path: string;
  private readonly _file: number;
  private _sizeBytes = 0;
  private _isOpen = true;

  /** @param path a file that is there is written anew @throws TcsReplayError `WRITE_FAILED` */
  constructor(path: string) {
    this.path = path;
    this._file = attempt(path, () => openSync(path, 'w'));
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this._sizeBytes;
  }

  /** Appends bytes, which the caller may reuse afterwards. @throws TcsReplayError `WRITE_FAILED` */
  write(bytes: Uint8Array): void {
    attempt(this.path, () => {
      // On a disk that fills up a write is short, and only the next one fails.
      for (let at = 0; at < bytes.length; ) at += writeSync(this._file, bytes, at);
    });
    this._sizeBytes += bytes.length;
  }

  /** Ends the file, which is on the disk then. @throws TcsReplayError `WRITE_FAILED` */
  finish(): void {
    try {
      attempt(this.path, () => fsyncSync(this._file));
    } finally {
      this.close();
    }
  }

  /** Closes the file as it is. Does nothing the second time. */
  close(): void {
    if (!this._isOpen) return;
    this._isOpen = false;
    closeSync(this._file);
  }
}
