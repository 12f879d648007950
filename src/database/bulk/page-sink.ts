import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { attempt } from '../../shared/cannot-write.js';
import { PAGE_BYTES } from './page-builder.js';

/** Pages that are written together. */
const RUN_PAGES = 256;
/** SQLite locks bytes from here on, and no page that holds them is used (https://www.sqlite.org/fileformat.html, 1.4). */
const LOCK_PAGE = (1 << 30) / PAGE_BYTES + 1;

/** Appends pages to a database file. It blocks the thread. */
export class PageSink {
  private readonly _path: string;
  private readonly _file: number;
  private readonly _run = Buffer.alloc(RUN_PAGES * PAGE_BYTES);
  private _runPages = 0;
  private _pages: number;
  private _isOpen = true;

  /** @param pages number of pages that the file has @throws TcsReplayError `WRITE_FAILED` */
  constructor(path: string, pages: number) {
    this._path = path;
    this._file = attempt(path, () => openSync(path, 'r+'));
    this._pages = pages;
  }

  /** Number of pages so far. */
  get pages(): number {
    return this._pages;
  }

  /** Number of the page that is appended next. */
  get next(): number {
    return this.after(this._pages);
  }

  /** Number of the page that is appended after another one. */
  after(page: number): number {
    return page + 1 === LOCK_PAGE ? page + 2 : page + 1;
  }

  /** Appends a page. @param bytes are copied @returns its number @throws TcsReplayError `WRITE_FAILED` */
  append(bytes: Uint8Array): number {
    const number = this.next;
    if (number > this._pages + 1) this._add(new Uint8Array(PAGE_BYTES));
    this._add(bytes);
    return number;
  }

  /** Writes a page, or the beginning of one, that was there before the sink. @throws TcsReplayError `WRITE_FAILED` */
  replace(page: number, bytes: Uint8Array): void {
    this._write(bytes, page);
  }

  /** Ends the file, which is on the disk then. @throws TcsReplayError `WRITE_FAILED` */
  finish(): void {
    this._flush();
    attempt(this._path, () => fsyncSync(this._file));
    this.close();
  }

  /** Closes the file as it is. It can be called more than once. */
  close(): void {
    if (!this._isOpen) return;
    this._isOpen = false;
    closeSync(this._file);
  }

  private _add(bytes: Uint8Array): void {
    this._run.set(bytes, this._runPages * PAGE_BYTES);
    this._runPages += 1;
    this._pages += 1;
    if (this._runPages === RUN_PAGES) this._flush();
  }

  private _flush(): void {
    this._write(this._run.subarray(0, this._runPages * PAGE_BYTES), this._pages - this._runPages + 1);
    this._runPages = 0;
  }

  private _write(bytes: Uint8Array, page: number): void {
    attempt(this._path, () => {
      // On a disk that fills up a write is short, and only the next one fails.
      for (let at = 0; at < bytes.length; )
        at += writeSync(this._file, bytes, at, bytes.length - at, (page - 1) * PAGE_BYTES + at);
    });
  }
}
