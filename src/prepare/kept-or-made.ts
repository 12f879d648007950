import { join } from 'node:path';
import { DATA, type EntryKey } from '../database/cache/cache-folder.js';
import { discardKept } from '../database/cache/kept-or-made.js';
import { makeIn, type WorkFolders } from '../database/cache/work-folders.js';
import type { TaskRunner } from '../threads/task-runner.js';

/** What is kept, how it is made and opened. */
export interface Kept<T> {
  /** Key of the entry; undefined: the file is made and not kept. */
  readonly key: EntryKey | undefined;
  /** Writes the file to a path. @returns whether it may be kept for the next time */
  readonly make: (path: string) => Promise<boolean>;
  /** Opens the file. @returns undefined where it is not whole */
  readonly open: (path: string) => Promise<T | undefined>;
}

/**
 * Takes a file from the cache, or makes it and keeps it there, and opens it. It is verified and kept in a thread. Where
 * anything is wrong with an entry it is removed and made again.
 *
 * @param tell called with a sentence where an entry is not used
 * @returns the open file, which the caller closes
 * @throws TcsReplayError `WRITE_FAILED` where no folder has room for it; what `make` throws
 */
export async function keptOrMade<T>(
  runner: TaskRunner,
  folders: WorkFolders,
  { key, make, open }: Kept<T>,
  tell: (notice: string) => void,
): Promise<T> {
  const found = key === undefined ? {} : await runner.run('findKept', { folders, key });
  const kept = found.path === undefined ? undefined : await open(found.path).catch(() => undefined);
  if (kept !== undefined) return kept;
  const fault = found.path === undefined ? found.fault : 'it is not whole';
  if (key !== undefined && fault !== undefined) tell(discardKept(folders, key, fault));
  let mayKeep = false;
  const folder = await makeIn(folders, async (made) => {
    mayKeep = await make(join(made, DATA));
  });
  const path = mayKeep ? await runner.run('keepMade', { folders, key, folder }) : join(folder, DATA);
  return (await open(path)) as T;
}
