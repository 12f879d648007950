import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { TcsReplayError } from '../errors.js';

const MOST_TRIES = 5;
/** Size of a WAL file's header, with the salts that change when it is begun anew (fileformat.html, 4.1). */
const WAL_HEADER_BYTES = 32;

/**
 * Copies a database in WAL mode, with its log, into a folder of ours. SQLite cannot read such a database in place
 * without writing `-wal` and `-shm` files beside it; the copy holds what is committed at this moment. Where the file
 * system can, the copy shares the original's blocks.
 *
 * @returns the path of the copy
 * @throws TcsReplayError `READ_FAILED` where a writer moves the log into the file all the time
 */
export function copyWithLog(path: string, folder: string): string {
  const copy = join(folder, 'snapshot.db');
  // SQLite follows symbolic links, and keeps the log beside the file that they lead to.
  const original = realpathSync(path);
  const log = `${original}-wal`;
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    const before = stateOf(original, log);
    if (existsSync(log)) copyFileSync(log, `${copy}-wal`, constants.COPYFILE_FICLONE);
    copyFileSync(original, copy, constants.COPYFILE_FICLONE);
    if (stateOf(original, log) === before) return copy;
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
 * @param sizeBytes of the whole pages
 * @returns the path of the copy
 */
export function copyWholePages(path: string, folder: string, sizeBytes: number): string {
  const copy = join(folder, 'whole-pages.db');
  copyFileSync(path, copy, constants.COPYFILE_FICLONE);
  chmodSync(copy, 0o600);
  truncateSync(copy, sizeBytes);
  return copy;
}

/** Changes when the log is moved into the file, or begun anew; not when only more is appended to the log. */
function stateOf(path: string, log: string): string {
  const { mtimeNs, size } = statSync(path, { bigint: true });
  if (!existsSync(log)) return `${mtimeNs} ${size}`;
  const header = Buffer.alloc(WAL_HEADER_BYTES);
  const file = openSync(log, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return `${mtimeNs} ${size} ${header.toString('hex')}`;
}
