import { linkSync } from 'node:fs';
import { join } from 'node:path';
import { CacheFolder, DATA, type EntryKey, type FoundEntry, type ReportRead } from './cache-folder.js';
import { isInCache, makeInSync, newFolder, type WorkFolders } from './work-folders.js';

/** How something that is kept is made, checked and told about. */
export interface Keeping {
  /** Writes the file to a path. @returns whether it may be kept for the next time */
  readonly make: (path: string) => boolean;
  /** What is wrong with a file whose content is as it was made; undefined: nothing. */
  readonly faultOf: (path: string) => string | undefined;
  /** Called with a sentence where an entry is not used. */
  readonly tell: (notice: string) => void;
  /** Called while an entry is read to be verified or kept: see `CacheFolder.find`. */
  readonly reportRead: ReportRead;
}

/**
 * Takes a file from the cache, or makes it and keeps it there. Where anything is wrong with an entry it is removed and made
 * again.
 *
 * @param key of the entry; undefined: the file is made and not kept
 * @returns a path of the file, which stays until the working folders are removed, also if the cache is cleared before
 * @throws TcsReplayError `WRITE_FAILED` where no folder has room for it; what `make` throws
 */
export function keptOrMadeSync(
  folders: WorkFolders,
  key: EntryKey | undefined,
  { make, faultOf, tell, reportRead }: Keeping,
): string {
  const found = findKept(folders, key, reportRead);
  const fault = found.path === undefined ? found.fault : faultOf(found.path);
  if (found.path !== undefined && fault === undefined) return held(folders, found.path);
  if (key !== undefined && fault !== undefined) tell(discardKept(folders, key, fault));
  let mayKeep = false;
  const folder = makeInSync(folders, (made) => {
    mayKeep = make(join(made, DATA));
  });
  return mayKeep ? held(folders, keepMade(folders, key, folder, reportRead)) : join(folder, DATA);
}

/** Gives the file of an entry a second name among the working files. Where that fails, it has only the name in the entry. */
function held({ makingFolder }: WorkFolders, path: string): string {
  if (makingFolder === undefined || path.startsWith(makingFolder)) return path;
  try {
    const name = join(newFolder(makingFolder), DATA);
    linkSync(path, name);
    return name;
  } catch {
    return path;
  }
}

/** Finds the file of an entry and verifies it. @param key undefined: there is no entry */
export function findKept(
  { cacheFolder }: WorkFolders,
  key: EntryKey | undefined,
  report: ReportRead,
): FoundEntry {
  return key === undefined || cacheFolder === undefined ? {} : new CacheFolder(cacheFolder).find(key, report);
}

/**
 * Keeps what was made in a folder, where that can be kept.
 *
 * @param key of the entry; undefined: it is not kept
 * @returns the path of the file, in the cache or where it was made
 */
export function keepMade(
  folders: WorkFolders,
  key: EntryKey | undefined,
  folder: string,
  report: ReportRead,
): string {
  const { cacheFolder, cacheLimit } = folders;
  if (key === undefined || cacheFolder === undefined || !isInCache(folder, folders))
    return join(folder, DATA);
  const cache = new CacheFolder(cacheFolder);
  const path = cache.store(key, folder, report);
  if (cacheLimit !== undefined) cache.shrink(cacheLimit.sizeBytes, cacheLimit.sinceMs);
  return path;
}

/** Removes an entry that cannot be used. @returns a sentence that says so */
export function discardKept({ cacheFolder }: WorkFolders, key: EntryKey, fault: string): string {
  if (cacheFolder !== undefined) new CacheFolder(cacheFolder).discard(key);
  return `Cache: the ${key.kind} of ${key.source.path} is made again, since what was kept cannot be used: ${fault}`;
}
