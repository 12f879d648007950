import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, readSync } from 'node:fs';

const READ_BYTES = 1 << 20;
/** The kernel may read a page or two again at once. */
const LARGEST_REST_BYTES = 1 << 20;

/**
 * Drops a file from the page cache, so that its next reader reads it from the disk.
 *
 * @returns whether it worked: it needs Linux, GNU dd, and a file system on a disk
 */
export function dropFromPageCache(path: string): boolean {
  const file = openSync(path, 'r');
  // Only written pages can be dropped.
  fsyncSync(file);
  closeSync(file);
  // This makes dd call posix_fadvise for the whole file, which needs no privileges.
  const { status } = spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  return status === 0 && residentBytes(path) <= LARGEST_REST_BYTES;
}

/** Reads a file into the page cache, so that its next reader does not wait for the disk. */
export function loadIntoPageCache(path: string): void {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(READ_BYTES);
  while (readSync(file, buffer) > 0);
  closeSync(file);
}

/** Bytes of a file that are in the page cache; 0 if no tool of this machine can tell. */
function residentBytes(path: string): number {
  const { status, stdout } = spawnSync('fincore', ['--bytes', '--noheadings', '--output', 'RES', path]);
  return status === 0 ? Number(stdout) : 0;
}
