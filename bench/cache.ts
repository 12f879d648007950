import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where nights and the receiver are kept from run to run. Each user has one: that of another could not be written. */
export function cachePath(): string {
  return join(tmpdir(), `tcs-replay-bench-${process.getuid?.() ?? 'user'}`);
}

/** A file's path in the cache, whose folder is there then. */
export function inCache(name: string): string {
  mkdirSync(cachePath(), { recursive: true });
  return join(cachePath(), name);
}

export function removeCache(): void {
  rmSync(cachePath(), { recursive: true, force: true });
}
