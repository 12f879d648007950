import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where nights and the receiver are kept from run to run. Each user has one: that of another could not be written. */
export const CACHE_FOLDER = join(tmpdir(), `tcs-replay-bench-${process.getuid?.() ?? 'user'}`);

/** A file's path in the cache, whose folder is there then. */
export function inCache(name: string): string {
  mkdirSync(CACHE_FOLDER, { recursive: true });
  return join(CACHE_FOLDER, name);
}

export function removeCache(): void {
  rmSync(CACHE_FOLDER, { recursive: true, force: true });
}
