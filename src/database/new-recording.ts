import { existsSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { TcsReplayError } from '../shared/errors.js';

/** Files that SQLite keeps beside a database. Left over from an older database, they would be applied to a new one. */
export const COMPANION_SUFFIXES = ['-wal', '-shm', '-journal'];

/** Ends the error where the path of a recorder is taken. */
export const NEVER_OVERWRITTEN = ': choose another name; a recording is never overwritten, nor added to';

/**
 * Makes sure that a recording can be written to a path without destroying anything.
 *
 * @param otherwise ends the error, and says what the user can do: `: choose another name`. Undefined: a file there may be replaced
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
  throw new TcsReplayError('WRITE_FAILED', `${taken} exists already${otherwise}`);
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

/** Whether an error says that this user may not do it. */
export function isDenied(error: unknown): boolean {
  return /^(?:EACCES|EPERM)$/.test((error as NodeJS.ErrnoException).code ?? '');
}

/** @returns undefined where it is missing or cannot be accessed: then opening the file fails */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
