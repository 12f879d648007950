import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs';

const READ_BYTES = 1 << 20;
/** A page or two may be read again at once. */
const LARGEST_REST_BYTES = 1 << 20;

/**
 * Makes the next reader of a file read it from the disk.
 *
 * @returns whether that was possible: it takes Linux and GNU dd, and a file system on a disk
 */
export function dropFromPageCache(path: string): boolean {
  const file = openSync(path, 'r');
  // Only what has been written can be dropped.
  fsyncSync(file);
  closeSync(file);
  // This is how dd is told to call posix_fadvise for a whole file: it takes no privileges.
  const { status } = spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  return status === 0 && residentBytes(path) <= LARGEST_REST_BYTES;
}

/** Reads a file, so that the next reader of it does not wait for the disk. */
export function loadIntoPageCache(path: string): void {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(READ_BYTES);
  while (readSync(file, buffer) > 0);
  closeSync(file);
}

/** How much of a file is in memory; 0 where nothing on this machine can tell. */
function residentBytes(path: string): number {
  const { status, stdout } = spawnSync('fincore', ['--bytes', '--noheadings', '--output', 'RES', path]);
  return status === 0 ? Number(stdout) : 0;
}
