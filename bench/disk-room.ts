import { statfsSync } from 'node:fs';
import * as text from '../src/shared/text.js';

/**
 * Checks that a file system has room.
 *
 * @throws Error if less than `sizeBytes` is free in the folder's file system
 */
export function requireRoom(folder: string, sizeBytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= sizeBytes) return;
  throw new Error(
    `Expected ${text.bytes(sizeBytes)} to be free in ${folder}, found ${text.bytes(freeBytes)}: ` +
      'ask for fewer --events or --seconds, or set TMPDIR to a folder with more room',
  );
}
