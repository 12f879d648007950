import { join } from 'node:path';
import { CacheFolder, DATA, type EntryKey } from './cache-folder.js';
import { isInCache, makeIn, makeInSync, type WorkFolders } from './work-folders.js';

/**
 * Takes a file from the cache, or makes it and keeps it there.
 *
 * @param key of the entry; undefined: the file is made and not kept
 * @param make writes the file to a path. @returns whether it may be kept for the next time
 * @returns the path of the file
 * @throws TcsReplayError `WRITE_FAILED` where no folder has room for it; what `make` throws
 */
export async function keptOrMade(
  folders: WorkFolders,
  key: EntryKey | undefined,
  make: (path: string) => Promise<boolean>,
): Promise<string> {
  const cache = new Cache(folders, key);
  if (cache.kept !== undefined) return cache.kept;
  let mayKeep = false;
  const folder = await makeIn(folders, async (made) => {
    mayKeep = await make(join(made, DATA));
  });
  return cache.keep(folder, mayKeep);
}

/** As `keptOrMade`, synchronously. */
export function keptOrMadeSync(
  folders: WorkFolders,
  key: EntryKey | undefined,
  make: (path: string) => boolean,
): string {
  const cache = new Cache(folders, key);
  if (cache.kept !== undefined) return cache.kept;
  let mayKeep = false;
  const folder = makeInSync(folders, (made) => {
    mayKeep = make(join(made, DATA));
  });
  return cache.keep(folder, mayKeep);
}

/** Removes an entry that turned out to be of no use. */
export function discardKept({ cacheFolder }: WorkFolders, key: EntryKey): void {
  if (cacheFolder !== undefined) new CacheFolder(cacheFolder).discard(key);
}

/** The place of one entry in the cache, if there is a cache. */
class Cache {
  /** The file that is kept already. */
  readonly kept: string | undefined;
  private readonly _folders: WorkFolders;
  private readonly _key: EntryKey | undefined;
  private readonly _cache: CacheFolder | undefined;

  constructor(folders: WorkFolders, key: EntryKey | undefined) {
    const { cacheFolder } = folders;
    this._folders = folders;
    this._key = key;
    this._cache = cacheFolder === undefined ? undefined : new CacheFolder(cacheFolder);
    this.kept = key && this._cache?.find(key);
  }

  /** @returns the file, in the cache or where it was made */
  keep(folder: string, mayKeep: boolean): string {
    const isKept = mayKeep && isInCache(folder, this._folders);
    return isKept && this._key !== undefined && this._cache !== undefined
      ? this._cache.store(this._key, folder)
      : join(folder, DATA);
  }
}
