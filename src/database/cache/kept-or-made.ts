import { join } from 'node:path';
import { CacheFolder, DATA, type EntryKey, type FoundEntry } from './cache-folder.js';
import { isInCache, makeInSync, type WorkFolders } from './work-folders.js';

/** How something that is kept is made, checked and told about. */
export interface Keeping {
  /** Writes the file to a path. @returns whether it may be kept for the next time */
  readonly make: (path: string) => boolean;
  /** What is wrong with a file whose content is as it was made; undefined: nothing. */
  readonly faultOf: (path: string) => string | undefined;
  /** Called with a sentence where an entry is not used. */
  readonly tell: (notice: string) => void;
}

/**
 * Takes a file from the cache, or makes it and keeps it there. Where anything is wrong with an entry it is removed and made
 * again.
 *
 * @param key of the entry; undefined: the file is made and not kept
 * @returns the path of the file
 * @throws TcsReplayError `WRITE_FAILED` where no folder has room for it; what `make` throws
 */
export function keptOrMadeSync(
  folders: WorkFolders,
  key: EntryKey | undefined,
  { make, faultOf, tell }: Keeping,
): string {
  const found = findKept(folders, key);
  const fault = found.path === undefined ? found.fault : faultOf(found.path);
  if (found.path !== undefined && fault === undefined) return found.path;
  if (key !== undefined && fault !== undefined) tell(discardKept(folders, key, fault));
  let mayKeep = false;
  const folder = makeInSync(folders, (made) => {
    mayKeep = make(join(made, DATA));
  });
  return mayKeep ? keepMade(folders, key, folder) : join(folder, DATA);
}

/** Finds the file of an entry and verifies it. @param key undefined: there is no entry */
export function findKept({ cacheFolder }: WorkFolders, key: EntryKey | undefined): FoundEntry {
  return key === undefined || cacheFolder === undefined ? {} : new CacheFolder(cacheFolder).find(key);
}

/**
 * Keeps what was made in a folder, where that can be kept.
 *
 * @param key of the entry; undefined: it is not kept
 * @returns the path of the file, in the cache or where it was made
 */
export function keepMade(folders: WorkFolders, key: EntryKey | undefined, folder: string): string {
  const { cacheFolder } = folders;
  const canKeep = key !== undefined && cacheFolder !== undefined && isInCache(folder, folders);
  return canKeep ? new CacheFolder(cacheFolder).store(key, folder) : join(folder, DATA);
}

/** Removes an entry that cannot be used. @returns a sentence that says so */
export function discardKept({ cacheFolder }: WorkFolders, key: EntryKey, fault: string): string {
  if (cacheFolder !== undefined) new CacheFolder(cacheFolder).discard(key);
  return `Cache: the ${key.kind} of ${key.source.path} is made again, since what was kept cannot be used: ${fault}`;
}
