import { appendFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { attempt, cannotWriteTo } from '../shared/cannot-write.js';

/** A file that is written in a few large parts, and open only meanwhile: there may be more of them than a process may have open. */
export class AppendedFile {
  readonly path: string;
  private _sizeBytes = 0;

  /** @param path there must be no file yet @throws TcsReplayError `WRITE_FAILED` */
  constructor(path: string) {
    this.path = path;
    attempt(path, () => writeFileSync(path, '', { flag: 'wx' }));
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this._sizeBytes;
  }

  /** @throws TcsReplayError `WRITE_FAILED` */
  write(bytes: Uint8Array): void {
    attempt(this.path, () => appendFileSync(this.path, bytes));
    this._sizeBytes += bytes.length;
  }

  /** Makes sure that the file is on the disk. @throws TcsReplayError `WRITE_FAILED` */
  async sync(): Promise<void> {
    try {
      const file = await open(this.path, 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw cannotWriteTo(this.path, error);
    }
  }
}
