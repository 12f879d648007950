import { join } from 'node:path';
import { DATA, type EntryKey } from '../database/cache/cache-folder.js';
import { discardKept } from '../database/cache/kept-or-made.js';
import { makeIn, type WorkFolders } from '../database/cache/work-folders.js';
import { type Gauge, newGauge, type OnPreparation, readGauge, watched } from '../database/preparation.js';
import type { TaskRunner } from '../threads/task-runner.js';

/** What is kept, how it is made and opened. */
export interface Kept<T> {
  /** The database, for progress. */
  readonly path: string;
  /** Key of the entry; undefined: the file is made and not kept. */
  readonly key: EntryKey | undefined;
  /** Writes the file to a path. @returns whether it may be kept for the next time */
  readonly make: (path: string) => Promise<boolean>;
  /** Opens the file. @returns undefined where it is not whole */
  readonly open: (path: string) => Promise<T | undefined>;
}

export interface KeepingListeners {
  /** Called with a sentence where an entry is not used. */
  readonly tell: (notice: string) => void;
  readonly onPreparation: OnPreparation | undefined;
}

/**
 * Takes a file from the cache, or makes it and keeps it there, and opens it. It is verified and kept in a thread. Where
 * anything is wrong with an entry it is removed and made again.
 *
 * @returns the open file, which the caller closes
 * @throws TcsReplayError `WRITE_FAILED` where no folder has room for it; what `make` throws
 */
export async function keptOrMade<T>(
  runner: TaskRunner,
  folders: WorkFolders,
  { path, key, make, open }: Kept<T>,
  { tell, onPreparation }: KeepingListeners,
): Promise<T> {
  const verified = <R>(read: (gauge: Gauge) => Promise<R>): Promise<R> => {
    const gauge = newGauge();
    return watched(read(gauge), path, () => readGauge(gauge), onPreparation);
  };
  const found =
    key === undefined ? {} : await verified((gauge) => runner.run('findKept', { folders, key, gauge }));
  const kept = found.path === undefined ? undefined : await open(found.path).catch(() => undefined);
  if (kept !== undefined) return kept;
  const fault = found.path === undefined ? found.fault : 'it is not whole';
  if (key !== undefined && fault !== undefined) tell(discardKept(folders, key, fault));
  let mayKeep = false;
  const folder = await makeIn(folders, async (made) => {
    mayKeep = await make(join(made, DATA));
  });
  const file = mayKeep
    ? await verified((gauge) => runner.run('keepMade', { folders, key, folder, gauge }))
    : join(folder, DATA);
  return (await open(file)) as T;
}
