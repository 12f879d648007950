import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { TcsReplayError } from '../../shared/errors.js';
import {
  type Connection,
  isLocked,
  isUnfinished,
  openReadOnly,
  openWritable,
  readError,
  readHeader,
} from '../connection.js';
import { writeAll, writeFailed } from '../write-failed.js';
import { newFolder } from './work-folders.js';

const MOST_TRIES = 5;
/** Size of a WAL file's header, with the salts that change when it is restarted (fileformat.html, 4.1). */
const WAL_HEADER_BYTES = 32;
const COPIED_AT_A_TIME = 4 << 20;

/** A file that SQLite keeps beside a database: the log of WAL mode, or the journal that undoes an unfinished transaction. */
export type Companion = '-wal' | '-journal';

/**
 * Finds the companion because of which a database can only be read from a copy. Other errors are not reported here.
 *
 * @returns undefined where the database can be read in place
 * @throws where another program has locked the database: see `isLocked`
 */
export function companionOf(path: string): Companion | undefined {
  if (readHeader(path).isWal) return '-wal';
  try {
    const connection = openReadOnly(path);
    try {
      readSomething(connection);
    } finally {
      connection.close();
    }
  } catch (error) {
    if (isUnfinished(error)) return '-journal';
    if (isLocked(error)) throw error;
  }
  return undefined;
}

/**
 * Copies a database and its companion into a new folder. In place SQLite would write: `-wal` and `-shm` files beside a
 * database in WAL mode, and into a database whose last transaction it has to undo. The copy holds what is committed now.
 * Where the file system supports it, the copy shares the original's blocks.
 *
 * @param parent folder in which the new one is made
 * @param report called with the share that has been copied, 0 to 1
 * @returns the path of the copy
 * @throws TcsReplayError `READ_FAILED` where the file changes all the time, `WRITE_FAILED` where there is no room
 */
export function takeSnapshot(
  path: string,
  companion: Companion,
  parent: string,
  report: (share: number) => void,
): string {
  const copy = join(newFolder(parent), 'snapshot.db');
  // SQLite follows symbolic links, and keeps the companion beside the file that they lead to.
  const original = realpathSync(path);
  const beside = original + companion;
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    const before = stateOf(original, beside, companion);
    if (existsSync(beside)) copyFile(path, beside, copy + companion, () => report(0));
    copyFile(path, original, copy, report);
    if (stateOf(original, beside, companion) === before) {
      if (companion === '-journal') undo(path, copy);
      return copy;
    }
  }
  throw new TcsReplayError(
    'READ_FAILED',
    `Cannot read ${path}: it changed during each of ${MOST_TRIES} attempts to copy it; play a copy made by "sqlite3 ${path} '.backup copy.db'"`,
  );
}

/**
 * Copies the whole pages of a database that was cut off within a page. SQLite would read the missing part of that page as
 * zeros, and some of its rows as empty.
 *
 * @param parent folder in which that of the copy is made
 * @param sizeBytes size of the whole pages
 * @param report called with the share that has been copied, 0 to 1
 * @returns the path of the copy
 * @throws TcsReplayError `WRITE_FAILED` where there is no room
 */
export function copyWholePages(
  path: string,
  parent: string,
  sizeBytes: number,
  report: (share: number) => void,
): string {
  const copy = join(newFolder(parent), 'whole-pages.db');
  copyFile(path, path, copy, report);
  chmodSync(copy, 0o600);
  truncateSync(copy, sizeBytes);
  return copy;
}

/** Lets SQLite undo the unfinished transaction, in the copy. */
function undo(path: string, copy: string): void {
  try {
    const connection = openWritable(copy);
    try {
      readSomething(connection);
    } finally {
      connection.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

/** Makes SQLite open the companion, which it only does with the first statement. */
function readSomething(connection: Connection): void {
  connection.prepare('SELECT count(*) FROM sqlite_schema').get();
}

function copyFile(path: string, from: string, to: string, report: (share: number) => void): void {
  try {
    rmSync(to, { force: true });
    try {
      copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE);
      return;
    } catch {
      // The file system cannot share blocks.
    }
    const { size } = statSync(from);
    requireRoom(path, size, to);
    copyBytes(from, to, (bytes) => report(bytes / size));
  } catch (error) {
    throw writeFailed(`Cannot copy ${path} to ${to}`, error);
  }
}

/** Copies in parts, so that a thread can be ended in between. */
function copyBytes(from: string, to: string, report: (bytes: number) => void): void {
  const buffer = Buffer.alloc(COPIED_AT_A_TIME);
  const source = openSync(from, 'r');
  try {
    const target = openSync(to, 'w');
    try {
      for (let copied = 0; ; ) {
        const count = readSync(source, buffer);
        if (count === 0) break;
        writeAll(target, buffer.subarray(0, count));
        copied += count;
        report(copied);
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

/** @throws TcsReplayError `WRITE_FAILED` where the folder of a file has no room for a copy */
export function requireRoom(path: string, neededBytes: number, to: string): void {
  const folder = join(to, '..');
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new TcsReplayError(
    'WRITE_FAILED',
    `Cannot copy ${path}, which can be read only from a copy: it needs ${prettyBytes(neededBytes)} in ${folder}, found ${prettyBytes(freeBytes)} free; set TMPDIR to a folder with more room`,
  );
}

/** Changes with the file, and when its log is restarted; not when the log grows. */
function stateOf(path: string, beside: string, companion: Companion): string {
  const own = timesOf(path);
  if (!existsSync(beside)) return own;
  if (companion === '-journal') return `${own} ${timesOf(beside)}`;
  const header = Buffer.alloc(WAL_HEADER_BYTES);
  const file = openSync(beside, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return `${own} ${header.toString('hex')}`;
}

function timesOf(path: string): string {
  const { mtimeNs, ctimeNs, size } = statSync(path, { bigint: true });
  return `${mtimeNs} ${ctimeNs} ${size}`;
}
