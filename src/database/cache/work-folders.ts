import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TcsReplayError } from '../../shared/errors.js';
import { type ChosenFolder, writeFailed } from '../write-failed.js';
import { CacheFolder } from './cache-folder.js';
import { makeFolder } from './make-folder.js';

/** Folders for what is made to read a database. Plain data. */
export interface WorkFolders {
  /** Holds what is not kept. It is made when it is needed; its owner removes it when none of it is read any more. */
  readonly scratchFolder: string;
  /** Cache: keeps what was made for the next time; undefined: nothing is kept. */
  readonly cacheFolder?: string | undefined;
  /** Folder within the cache in which things are made that are to be kept. It is made and removed as the scratch folder is. */
  readonly makingFolder?: string | undefined;
  /** Default: no limit. */
  readonly cacheLimit?: CacheLimit | undefined;
}

/** When entries of the cache are removed. Plain data. */
export interface CacheLimit {
  /** Size of the whole cache from which on the entries used least recently are removed, in bytes. */
  readonly sizeBytes: number;
  /** Entries that were used since then stay, in Unix milliseconds: a process does not remove what it uses. */
  readonly sinceMs: number;
}

/**
 * Makes a new, empty folder within another.
 *
 * @param chosen what the other one is, for the error
 * @throws TcsReplayError `WRITE_FAILED`
 */
export function newFolder(parent: string, chosen: ChosenFolder = 'temporary folder'): string {
  try {
    makeFolder(parent);
    return mkdtempSync(join(parent, 'made-'));
  } catch (error) {
    throw writeFailed(`Cannot make a folder in ${parent}`, error, chosen);
  }
}

/**
 * Makes a folder for something that is to be kept in the cache. What killed processes have left there is removed before: it may
 * be what fills the disk.
 *
 * @param makingFolder of this process: see `WorkFolders`
 * @throws TcsReplayError `WRITE_FAILED`
 */
export function newFolderInCache(cacheFolder: string, makingFolder: string): string {
  new CacheFolder(cacheFolder).removeLeftovers();
  return newFolder(makingFolder, 'cache folder');
}

/** Whether a folder was made within the cache, so that it can be kept by renaming it. */
export function isInCache(folder: string, { makingFolder }: WorkFolders): boolean {
  return dirname(folder) === makingFolder;
}

/**
 * Makes something that is worth keeping in a new folder: within the cache, or in the scratch folder where the cache cannot
 * be written to.
 *
 * @returns the folder
 * @throws TcsReplayError `WRITE_FAILED` where neither has room for it; what `make` throws
 */
export async function makeIn(
  folders: WorkFolders,
  make: (folder: string) => void | Promise<void>,
): Promise<string> {
  const attempts = new Attempts(folders);
  for (;;) {
    try {
      const folder = attempts.begin();
      await make(folder);
      return folder;
    } catch (error) {
      attempts.fail(error);
    }
  }
}

/** As `makeIn`, synchronously. */
export function makeInSync(folders: WorkFolders, make: (folder: string) => void): string {
  const attempts = new Attempts(folders);
  for (;;) {
    try {
      const folder = attempts.begin();
      make(folder);
      return folder;
    } catch (error) {
      attempts.fail(error);
    }
  }
}

/** Attempts to make something in one folder after the other. */
class Attempts {
  /** Those that are left; each makes a folder. */
  private readonly _places: (() => string)[];
  private _folder: string | undefined;

  constructor({ cacheFolder, makingFolder, scratchFolder }: WorkFolders) {
    const inScratch = () => newFolder(scratchFolder);
    const hasCache = cacheFolder !== undefined && makingFolder !== undefined;
    this._places = hasCache ? [() => newFolderInCache(cacheFolder, makingFolder), inScratch] : [inScratch];
  }

  begin(): string {
    this._folder = undefined;
    this._folder = this._places.shift()?.();
    return this._folder as string;
  }

  /** Removes what was made. @throws the error, unless another folder may do */
  fail(error: unknown): void {
    if (this._folder !== undefined) removeFolder(this._folder);
    const isWriteFailed = error instanceof TcsReplayError && error.code === 'WRITE_FAILED';
    if (this._places.length === 0 || !isWriteFailed) throw error;
  }
}

/** Removes a folder, if it exists. */
export function removeFolder(folder: string): void {
  // In a cache that cannot be written to, rmSync fails even where the folder is missing.
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
