import { writeSync } from 'node:fs';
import { messageOf, TcsReplayError } from '../shared/errors.js';

/** What the user can do where a folder is full, and where it cannot be written to. */
const HINTS = {
  'temporary folder': {
    full: 'free some space, or set TMPDIR to a folder with more of it',
    other: 'set TMPDIR to a folder that can be written to',
  },
  'cache folder': {
    full: 'free some space, or choose a cache folder with more of it',
    other: 'choose a cache folder that can be written to',
  },
} as const;

/** A kind of folder that can be chosen otherwise. */
export type ChosenFolder = keyof typeof HINTS;

/** Makes an error of writing to a work folder into one for the user. @param chosen the folder whose choice helps */
export function writeFailed(
  what: string,
  error: unknown,
  chosen: ChosenFolder = 'temporary folder',
): TcsReplayError {
  if (error instanceof TcsReplayError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const isFull = /ENOSPC|EDQUOT|SQLITE_FULL/.test(code);
  const hint = HINTS[chosen][isFull ? 'full' : 'other'];
  return new TcsReplayError('WRITE_FAILED', `${what}: ${messageOf(error)}; ${hint}`, { cause: error });
}

/** Writes all bytes at the end of a file. On a disk that fills up a write is short, and only the next one fails. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
