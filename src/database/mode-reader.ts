import { closeSync, openSync, readSync } from 'node:fs';

/** Offset of the header's read version, which is 2 in WAL mode (https://www.sqlite.org/fileformat.html, 1.3.3). */
const READ_VERSION_AT = 19;
const WAL_READ_VERSION = 2;

/**
 * Tells again and again whether a database is in WAL mode. Its descriptor stays open: to close one drops the locks by which this process
 * reads (see `PageFile`).
 */
export class ModeReader {
  readonly path: string;
  private readonly _descriptor: number;
  private readonly _version = Buffer.alloc(1);

  /** @throws an error of the file system */
  constructor(path: string) {
    this.path = path;
    this._descriptor = openSync(path, 'r');
  }

  get isWal(): boolean {
    readSync(this._descriptor, this._version, 0, 1, READ_VERSION_AT);
    return this._version[0] === WAL_READ_VERSION;
  }

  /** To be called when nothing of the database is read any more. */
  close(): void {
    closeSync(this._descriptor);
  }
}
