import { existsSync, renameSync, rmSync } from 'node:fs';

/**
 * Makes a file unless it exists. `make` writes it under a temporary name, and it gets its own name when it is
 * whole. So no process ever sees a part of a file, and several may make the same one at the same time.
 *
 * @param make writes to the given path; a SQLite journal beside it is removed, too
 */
export async function madeOnce(path: string, make: (partPath: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  const partPath = partPathOf(path);
  try {
    await make(partPath);
    renameSync(partPath, path);
  } finally {
    removePart(partPath);
  }
}

/** The same, synchronously. */
export function madeOnceSync(path: string, make: (partPath: string) => void): void {
  if (existsSync(path)) return;
  const partPath = partPathOf(path);
  try {
    make(partPath);
    renameSync(partPath, path);
  } finally {
    removePart(partPath);
  }
}

function partPathOf(path: string): string {
  return `${path}.part-${process.pid}`;
}

function removePart(partPath: string): void {
  for (const rest of [partPath, `${partPath}-journal`]) rmSync(rest, { force: true });
}
