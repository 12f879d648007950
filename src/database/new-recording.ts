import { existsSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { cannotWriteTo, isDenied } from '../shared/cannot-write.js';
import { TcsReplayError } from '../shared/errors.js';

/** Files that SQLite keeps beside a database. Left over from an older database, they would be applied to a new one. */
export const COMPANION_SUFFIXES = ['-wal', '-shm', '-journal'];

/** Ends the error where the path of a recorder is taken. */
export const NEVER_OVERWRITTEN = '; a recording is never overwritten, nor added to';

/**
 * Makes sure that a recording can be written to a path without destroying anything.
 *
 * @param otherwise says what the user can do besides choosing another name: `, or …`. Undefined: a file there may be replaced
 * @throws TcsReplayError `WRITE_FAILED`
 */
export function refuseTaken(path: string, otherwise: string | undefined): void {
  const there = statOf(path);
  if (there !== undefined && !there.isFile()) {
    const what = there.isDirectory() ? 'a folder' : 'a device, a pipe or a socket, which is never replaced';
    throw new TcsReplayError('WRITE_FAILED', `Expected the path of a file to write, got ${what}: ${path}`);
  }
  if (otherwise === undefined) return;
  const taken = takenName(path);
  if (taken === undefined) return;
  throw new TcsReplayError('WRITE_FAILED', `${taken} exists already: choose another name${otherwise}`);
}

/** A file at the path of a database, or of those that SQLite keeps beside one; undefined where there is none. */
export function takenName(path: string): string | undefined {
  return ['', ...COMPANION_SUFFIXES].map((suffix) => path + suffix).find(existsSync);
}

/** @param cause why the path cannot be written to @throws TcsReplayError `NO_SUCH_FILE` where its folder is missing */
export function requireFolderOf(path: string, cause: unknown): void {
  // Then it is not known whether there is one.
  if (isDenied(cause)) return;
  const folder = dirname(path);
  if (statOf(folder)?.isDirectory() === true) return;
  throw new TcsReplayError('NO_SUCH_FILE', `Cannot write ${path}: there is no folder ${folder}`, { cause });
}

/**
 * Makes what an output is written to, until it is whole and gets its name. It is made exclusively: two processes that write one output
 * would spoil it.
 *
 * @param make throws an error of the file system, `EEXIST` where the part is there already
 * @param overwriteOption what the user calls the option that replaces such a part
 * @throws TcsReplayError `WRITE_FAILED`; `NO_SUCH_FILE` where the folder of the path is missing
 */
export function reservePart(path: string, partPath: string, overwriteOption: string, make: () => void): void {
  try {
    make();
  } catch (error) {
    requireFolderOf(path, error);
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWriteTo(path, error);
    throw new TcsReplayError(
      'WRITE_FAILED',
      `${partPath} exists: another run is writing it, or one was killed; remove it, or allow overwriting by ${overwriteOption}`,
      { cause: error },
    );
  }
}

/** @returns undefined where it is missing or cannot be accessed: then opening the file fails */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
