import { chmodSync, closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { TcsReplayError } from '../../shared/errors.js';
import { requireRoom } from '../cache/snapshot.js';
import { readHeader } from '../connection.js';
import { CopyFile } from './copy-file.js';
import { beginOf, isEqual, WalFile, type WalPlace } from './wal-file.js';

/** A copy of a database in WAL mode, which is brought up to date by what is added to the log. Plain data. */
export interface WalCopy {
  readonly path: string;
  /** Up to where it has what was committed in the log; undefined: there was no log. */
  readonly place: WalPlace | undefined;
  /** The times and size of the database when it was copied; undefined: they do not tell whether it has changed since. */
  readonly mainState: string | undefined;
  /** Number for the state of the copy. */
  readonly changes: number;
}

const MOST_TRIES = 5;
/** Bytes of the database that are copied between two looks at the log. A multiple of every page size. */
const COPIED_AT_A_TIME = 4 << 20;
/** Within this time a file may change again without a new time. */
const CLOCK_TICK_MS = 50;

/** What was committed could not be followed: the log was restarted, and its end was overwritten or removed before it was read. */
const LOST = 'lost';

/**
 * Copies a database with what is committed in its log, while other programs write and move pages from the log to the database.
 *
 * A page of the database changes only when it is moved there from the log. So the pages may be copied one after the other, without a
 * lock, where all that is in the log from the beginning of the copy to its end is then written over them.
 *
 * @param original path of the database
 * @param path of the copy, which does not exist yet
 * @param report called with the share that has been copied, 0 to 1
 * @throws TcsReplayError `READ_FAILED` where the log is restarted too often, `WRITE_FAILED` where there is no room
 */
export function newWalCopy(original: string, path: string, report: (share: number) => void): WalCopy {
  const copy = { path, place: undefined, mainState: undefined, changes: 0 };
  const begun = startOfCopy(original);
  const isCloned = CopyFile.clone(begun.path, path);
  if (isCloned) chmodSync(path, 0o600);
  else requireRoom(original, statSync(original).size, path);
  const target = new Target(original, copy);
  try {
    const place = isCloned ? target.take(begun.place, begun.mainState) : LOST;
    const taken = place === LOST ? target.copyAgain(report) : { place, mainState: begun.mainState };
    return { ...copy, ...taken, changes: target.finish() };
  } finally {
    target.close();
  }
}

/**
 * Brings a copy up to date, in a time in proportion to what was added to the log. Where the log does not tell all that was changed, the
 * whole database is compared with the copy.
 *
 * @param report called while it is compared, with the share that has been
 * @returns the same object where nothing was committed
 * @throws an error of SQLite while the copy is read: see `isLocked`; as `newWalCopy`
 */
export function updatedWalCopy(original: string, copy: WalCopy, report: (share: number) => void): WalCopy {
  const target = new Target(original, copy);
  try {
    const place = target.take(copy.place, copy.mainState);
    if (place === copy.place) return copy;
    if (place !== LOST) return { ...copy, place, changes: target.finish() };
    // What was written so far is seen by nobody: the copy stays locked.
    const begun = target.copyAgain(report);
    return { ...copy, ...begun, changes: target.finish() };
  } finally {
    target.close();
  }
}

type CopyBegin = Pick<WalCopy, 'place' | 'mainState'>;

/** What is known before a copy begins. The log is looked at before the database: what is moved there meanwhile is in the log. */
function startOfCopy(original: string): CopyBegin & { readonly path: string } {
  const path = realpathSync(original);
  const wal = WalFile.open(`${path}-wal`);
  try {
    const start = wal?.start();
    return { path, place: typeof start === 'object' ? beginOf(start) : undefined, mainState: stateOf(path) };
  } finally {
    wal?.close();
  }
}

function stateOf(path: string): string | undefined {
  const { mtimeNs, ctimeNs, size, ino, mtimeMs } = statSync(path, { bigint: true });
  return Date.now() - Number(mtimeMs) < CLOCK_TICK_MS ? undefined : `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

function sleep(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

/** The copy while pages are written to it. */
class Target {
  private readonly _original: string;
  private readonly _path: string;
  private readonly _file: CopyFile;
  private readonly _pageBytes: number;
  /** Pages that were taken from the log: those of the database may be older. */
  private readonly _taken = new Set<number>();
  /** Number of pages with the last transaction; 0: not known. */
  private _pages = 0;
  private readonly _changes: number;
  private _isWritten: boolean;

  constructor(original: string, copy: WalCopy) {
    this._original = original;
    this._changes = copy.changes;
    this._isWritten = copy.changes === 0;
    this._path = realpathSync(original);
    this._pageBytes = copy.place?.pageBytes ?? readHeader(original).pageBytes;
    this._file = new CopyFile(copy.path, original, copy.changes);
  }

  close(): void {
    this._file.close();
  }

  /** Makes what was written a state of the copy. @returns its number, which stays the same where nothing was written */
  finish(): number {
    if (!this._isWritten) return this._changes;
    return this._file.finish(this._pages || statSync(this._path).size / this._pageBytes, this._pageBytes);
  }

  /** Copies all pages of the database that differ, and what is committed in the log. @throws TcsReplayError `READ_FAILED` */
  copyAgain(report: (share: number) => void): CopyBegin {
    this._file.lock();
    this._isWritten = true;
    for (let i = 0; i < MOST_TRIES; i++) {
      if (i > 0) sleep(CLOCK_TICK_MS);
      this._taken.clear();
      this._pages = 0;
      const { place: begin, mainState } = startOfCopy(this._original);
      const place = this._copyAll(begin, mainState, report);
      if (place !== LOST) return { place, mainState };
    }
    throw new TcsReplayError(
      'READ_FAILED',
      `Cannot read ${this._original}: its log was restarted during each of ${MOST_TRIES} attempts to copy it`,
    );
  }

  private _copyAll(
    begin: WalPlace | undefined,
    mainState: string | undefined,
    report: (share: number) => void,
  ): WalPlace | undefined | typeof LOST {
    const [bytes, before] = [Buffer.alloc(COPIED_AT_A_TIME), Buffer.alloc(COPIED_AT_A_TIME)];
    const { size } = statSync(this._path);
    const main = openSync(this._path, 'r');
    try {
      let place: WalPlace | undefined | typeof LOST = begin;
      for (let at = 0; ; ) {
        const length = readSync(main, bytes, 0, bytes.length, at);
        const old = this._file.read(before.subarray(0, length), at);
        if (old < length || !bytes.subarray(0, length).equals(before.subarray(0, length)))
          this._writePages(bytes.subarray(0, length), at);
        place = this.take(place, mainState);
        if (place === LOST || length === 0) return place;
        at += length;
        report(Math.min(1, at / size));
      }
    } finally {
      closeSync(main);
    }
  }

  /**
   * Writes what is committed in the log behind a place.
   *
   * @param place undefined: there was no log
   * @param mainState state of the database when there was no log
   * @returns the place behind it, or the same one; `LOST`: not all of it could be read
   */
  take(place: WalPlace | undefined, mainState: string | undefined): WalPlace | undefined | typeof LOST {
    const wal = WalFile.open(`${this._path}-wal`);
    try {
      const start = wal?.start() ?? 'nothing';
      if (wal === undefined || start === 'nothing')
        return place === undefined && this._isMain(mainState) ? undefined : LOST;
      if (start === 'being written') return place;
      const begin = beginOf(start);
      if (place === undefined) return this._isMain(mainState) ? this._takeFrom(wal, begin) : LOST;
      if (isEqual(start.salts, place.salts)) return this._takeFrom(wal, place);
      // The log was restarted. What was in it before stands there still, behind the new frames, if these are fewer than were read.
      if (start.salts[0] !== (place.salts[0] + 1) >>> 0) return LOST;
      if (this._takeFrom(wal, place) === LOST || !wal.hasFrameBefore(place)) return LOST;
      const next = this._takeFrom(wal, begin);
      const again = wal.start();
      return typeof again === 'object' && isEqual(again.salts, start.salts) ? next : LOST;
    } finally {
      wal?.close();
    }
  }

  /** Writes the transactions of one log behind a place. They are looked through first, so that none is written that is not committed. */
  private _takeFrom(wal: WalFile, place: WalPlace): WalPlace | typeof LOST {
    const { committed, pages } = wal.scan(place);
    if (committed === undefined) return place;
    this._file.lock();
    this._isWritten = true;
    const written = wal.scan(
      place,
      (page, bytes) => {
        this._taken.add(page);
        this._file.write(bytes, (page - 1) * this._pageBytes);
      },
      committed.frames,
    );
    // Otherwise it was overwritten meanwhile.
    if (written.committed?.frames !== committed.frames) return LOST;
    this._pages = pages;
    return committed;
  }

  private _isMain(mainState: string | undefined): boolean {
    return mainState !== undefined && stateOf(this._path) === mainState;
  }

  private _writePages(bytes: Uint8Array, at: number): void {
    if (this._taken.size === 0) {
      this._file.write(bytes, at);
      return;
    }
    for (let from = 0; from < bytes.length; from += this._pageBytes) {
      if (this._taken.has((at + from) / this._pageBytes + 1)) continue;
      this._file.write(bytes.subarray(from, from + this._pageBytes), at + from);
    }
  }
}
