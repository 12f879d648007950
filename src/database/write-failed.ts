import { writeSync } from 'node:fs';
import { messageOf, TcsReplayError } from '../shared/errors.js';

/** Makes an error of writing to a work folder into one for the user. */
export function writeFailed(what: string, error: unknown): TcsReplayError {
  if (error instanceof TcsReplayError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const isFull = /ENOSPC|EDQUOT|SQLITE_FULL/.test(code);
  const hint = isFull
    ? '; free some space, or set TMPDIR to a folder with more of it'
    : '; set TMPDIR to a folder that can be written to';
  return new TcsReplayError('WRITE_FAILED', `${what}: ${messageOf(error)}${hint}`, { cause: error });
}

/** Writes all bytes at the end of a file. On a disk that fills up a write is short, and only the next one fails. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
