import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { PageFault } from './page-fault.js';

/** Size of the header of a database file (https://www.sqlite.org/fileformat.html, 1.3). */
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
/** Offsets in that header. */
const [PAGE_SIZE_AT, READ_VERSION_AT, RESERVED_AT, CHANGE_COUNTER_AT] = [16, 19, 20, 24];
const [SCHEMA_COOKIE_AT, ENCODING_AT] = [40, 56];
const ROLLBACK_READ_VERSION = 1;
const UTF_8 = 1;
const LARGEST_PAGE_BYTES = 65_536;

/** Pages are read in runs of this size, which is a multiple of every page size: a call costs as much as copying some pages. */
const RUN_BYTES = 128 << 10;
/** Where few pages of many are needed, this much is read at first; as long as pages follow each other, twice as much each time. */
const SPARSE_BYTES = 4 << 10;
/** Runs that are kept. Two tables are walked at a time, and their pages often alternate in the file. */
const MOST_RUNS = 8;

/** Bytes that may be read past the end of what is asked for: whole words are read where less is left. */
export const SLACK_BYTES = 8;

/** Some neighbouring pages of the file. */
export interface Run {
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly view: DataView;
  /** Number of its first page; 0: it holds none. */
  firstPage: number;
  /** Number just past its last whole page. */
  endPage: number;
  /** Cursors that stand in it: it is not reused meanwhile. */
  pins: number;
  /** When it was used last, in uses of the file. */
  usedAt: number;
}

/**
 * The pages of a database file, read past SQLite. It keeps 1 MiB of them.
 *
 * **What it reads is one state of the database only within a read transaction** of a connection of SQLite to the same file, and only
 * after `refresh` was called in that transaction. In rollback mode nobody writes to the file then. A file in WAL mode, or with a
 * hot journal, is never read in place: the program reads a snapshot of it.
 *
 * **Locks.** Closing any descriptor of a file drops the locks that this process holds on it, those of SQLite included (POSIX
 * advisory locks; "How To Corrupt An SQLite Database File", 2.2). So this descriptor stays open as long as its connection, and its
 * owner closes it outside of transactions. Connections of other threads may be within one then. They only read, so nothing can be corrupted. But a
 * writer may get in while they read a chunk. `hasChanged` after the chunk finds that.
 */
export class PageFile {
  /** Size of a page in bytes. */
  pageBytes = 0;
  /** Size of a page without what extensions reserve at its end, in bytes. */
  usableBytes = 0;
  /** Changes with the schema, and with `VACUUM`: tables may have another root page then. */
  schemaCookie = -1;
  private readonly _descriptor: number;
  private readonly _header = Buffer.alloc(HEADER_BYTES);
  private readonly _lookedAt = Buffer.alloc(HEADER_BYTES);
  private readonly _runs: Run[] = [];
  private _uses = 0;
  private _lastRun: Run | undefined;
  private _sizeBytes = 0;
  /** Bytes that were read last where few pages are needed. */
  private _sparseBytes = SPARSE_BYTES;

  /** @throws an error of the file system */
  constructor(path: string) {
    this._descriptor = openSync(path, 'r');
  }

  close(): void {
    closeSync(this._descriptor);
  }

  /**
   * Reads the header of the file, and forgets all pages if another state of the database was read before. To be called first in
   * each read transaction.
   *
   * @returns whether the state is another one: cursors must seek anew
   * @throws PageFault where the file is not of a form that is read here
   */
  refresh(): boolean {
    if (!this.hasChanged()) return false;
    for (const run of this._runs) run.firstPage = run.endPage = 0;
    this._lastRun = undefined;
    this._header.fill(0);
    const header = this._lookedAt;
    if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new PageFault('no header of a database');
    if (header[READ_VERSION_AT] !== ROLLBACK_READ_VERSION) throw new PageFault('not in rollback mode');
    if (header.readUInt32BE(ENCODING_AT) !== UTF_8) throw new PageFault('texts are not in UTF-8');
    const size = header.readUInt16BE(PAGE_SIZE_AT);
    this.pageBytes = size === 1 ? LARGEST_PAGE_BYTES : size;
    if (size !== 1 && (size < 512 || (size & (size - 1)) !== 0))
      throw new PageFault(`pages of ${size} bytes`);
    this.usableBytes = this.pageBytes - header[RESERVED_AT];
    if (this.usableBytes < 480) throw new PageFault(`${header[RESERVED_AT]} bytes of a page are reserved`);
    this.schemaCookie = header.readUInt32BE(SCHEMA_COOKIE_AT);
    this._sizeBytes = fstatSync(this._descriptor).size;
    header.copy(this._header);
    return true;
  }

  /** Number of pages of the file. */
  get pages(): number {
    return Math.floor(this._sizeBytes / this.pageBytes);
  }

  /** Whether the database was written to since `refresh`, by the change counter and all else in its header. */
  hasChanged(): boolean {
    this._lookedAt.fill(0);
    readSync(this._descriptor, this._lookedAt, 0, HEADER_BYTES, 0);
    // A database without a change counter, which nobody but SQLite's first versions wrote, never seems to change.
    return !this._lookedAt.equals(this._header) || this._lookedAt.readUInt32BE(CHANGE_COUNTER_AT) === 0;
  }

  /**
   * Finds the run that holds a page, and pins it: the caller takes 1 from `pins` when it no longer needs the bytes.
   *
   * @param page number of the page, from 1
   * @param isSparse whether the pages around it are likely not needed: then no more than the page is read, unless pages follow each
   * other. Default false
   * @throws PageFault where the file has no such page
   */
  pin(page: number, isSparse = false): Run {
    let run = this._lastRun;
    if (run === undefined || page < run.firstPage || page >= run.endPage) run = this._runOf(page, isSparse);
    run.pins += 1;
    return run;
  }

  /** Offset of a page in the run that holds it. */
  offsetIn(run: Run, page: number): number {
    return (page - run.firstPage) * this.pageBytes;
  }

  private _runOf(page: number, isSparse: boolean): Run {
    if (!(page >= 1 && page * this.pageBytes <= this._sizeBytes))
      throw new PageFault(`there is no page ${page}`);
    this._uses += 1;
    let run = this._runs.find(({ firstPage, endPage }) => page >= firstPage && page < endPage);
    if (run === undefined) {
      const last = this._lastRun;
      run = this._emptyRun();
      const pages = RUN_BYTES / this.pageBytes;
      const follows = last !== undefined && page === last.endPage;
      this._sparseBytes = follows ? Math.min(2 * this._sparseBytes, RUN_BYTES) : SPARSE_BYTES;
      const first = isSparse ? page : page - ((page - 1) % pages);
      const bytes = isSparse ? Math.max(this._sparseBytes, this.pageBytes) : RUN_BYTES;
      const length = readSync(this._descriptor, run.bytes, 0, bytes, (first - 1) * this.pageBytes);
      run.firstPage = first;
      run.endPage = first + Math.floor(length / this.pageBytes);
      if (page >= run.endPage) throw new PageFault(`page ${page} cannot be read whole`);
    }
    run.usedAt = this._uses;
    this._lastRun = run;
    return run;
  }

  /** A run that no cursor stands in: a new one, or the one that was not used for longest. */
  private _emptyRun(): Run {
    if (this._runs.length < MOST_RUNS) {
      const bytes = new Uint8Array(RUN_BYTES + SLACK_BYTES);
      const view = new DataView(bytes.buffer);
      const run = { bytes, view, firstPage: 0, endPage: 0, pins: 0, usedAt: 0 };
      this._runs.push(run);
      return run;
    }
    let oldest: Run | undefined;
    for (const run of this._runs) {
      if (run.pins === 0 && (oldest === undefined || run.usedAt < oldest.usedAt)) oldest = run;
    }
    if (oldest === undefined) throw new PageFault(`more than ${MOST_RUNS} cursors`);
    oldest.firstPage = oldest.endPage = 0;
    return oldest;
  }
}
