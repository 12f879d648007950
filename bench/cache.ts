import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../src/database/cache/make-folder.js';

/**
 * The folder that keeps nights and compiled programs between benchmarks. One per user, since another user's
 * folder is not writable.
 */
export function cachePath(): string {
  return join(tmpdir(), `tcs-replay-bench-${process.getuid?.() ?? 'user'}`);
}

/** The path of a file in the cache. Creates the cache's folder if it is missing. */
export function inCache(name: string): string {
  makeFolder(cachePath());
  return join(cachePath(), name);
}

export function removeCache(): void {
  rmSync(cachePath(), { recursive: true, force: true });
}
