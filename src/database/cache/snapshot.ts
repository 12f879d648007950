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
  isUnfinished,
  openReadOnly,
  openWritable,
  readError,
  readHeader,
} from '../connection.js';
import { writeAll, writeFailed } from '../write-failed.js';
import { newFolder } from './work-folders.js';

const MOST_TRIES = 5;
/** Size of a WAL file's header, with the salts that change when it is begun anew (fileformat.html, 4.1). */
const WAL_HEADER_BYTES = 32;
const COPIED_AT_A_TIME = 4 << 20;

/** What SQLite keeps beside a database: the log of WAL mode, or the journal that undoes an unfinished transaction. */
export type Companion = '-wal' | '-journal';

/** What keeps a database from being read in its place, if something does. Errors of other kinds are not found here. */
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
  }
  return undefined;
}

/**
 * Copies a database, with what SQLite keeps beside it, into a folder of ours: it cannot read a database in WAL mode in
 * place without writing `-wal` and `-shm` files beside it, nor one whose last transaction was never finished without
 * undoing that. The copy holds what is committed at this moment. Where the file system can, it shares the original's
 * blocks.
 *
 * @param parent where the folder is made
 * @param report is told which share has been copied
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
    if (existsSync(beside)) copyFile(path, beside, copy + companion, () => {});
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
 * Copies the whole pages of a database that was cut off within one. SQLite would take what is missing of that page for
 * zeros, and half of its rows for empty ones.
 *
 * @param parent where the folder of the copy is made
 * @param sizeBytes of the whole pages
 * @param report is told which share has been copied
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

/** Has SQLite undo the transaction that was never finished, in the copy. */
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

/** Only then does SQLite look at what is beside a database. */
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

/** In parts, so that a thread that is told to end does so. */
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

function requireRoom(path: string, neededBytes: number, to: string): void {
  const folder = join(to, '..');
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new TcsReplayError(
    'WRITE_FAILED',
    `Cannot copy ${path}, which can be read only from a copy: it needs ${prettyBytes(neededBytes)} in ${folder}, found ${prettyBytes(freeBytes)} free; set TMPDIR to a folder with more room`,
  );
}

/** Changes with the file, and when its log is begun anew; not when only more is appended to the log. */
function stateOf(path: string, beside: string, companion: Companion): string {
  const { mtimeNs, size } = statSync(path, { bigint: true });
  if (!existsSync(beside)) return `${mtimeNs} ${size}`;
  if (companion === '-journal') {
    const journal = statSync(beside, { bigint: true });
    return `${mtimeNs} ${size} ${journal.mtimeNs} ${journal.size}`;
  }
  const header = Buffer.alloc(WAL_HEADER_BYTES);
  const file = openSync(beside, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return `${mtimeNs} ${size} ${header.toString('hex')}`;
}
