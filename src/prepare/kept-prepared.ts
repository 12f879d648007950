import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CacheFolder, DATA, type EntryKey } from '../database/cache/cache-folder.js';
import { identify } from '../database/cache/file-identity.js';
import { FileFault } from '../database/cache/own-file.js';
import { makeIn, removeFolder, type WorkFolders } from '../database/cache/work-folders.js';
import { newGauge } from '../database/preparation.js';
import type { SchemaOverride } from '../database/schema/schema-override.js';
import type { TaskRunner } from '../threads/task-runner.js';
import { PreparedFile } from './prepared-file.js';
import { type PreparedForm, preparedKey } from './prepared-form.js';

export interface KeptPreparedOptions {
  readonly form: PreparedForm;
  /** Tables and columns that the user named. */
  readonly schema: SchemaOverride;
  /** Called with a sentence where there is a prepared file that cannot be used. */
  readonly tell: (notice: string) => void;
}

/**
 * Opens the prepared file of a database, if the cache has one that is fresh and whole. One that is not whole is removed.
 *
 * @param path of the database
 * @returns the file, which the caller closes
 */
export async function keptPrepared(
  cacheFolder: string,
  path: string,
  { form, schema, tell }: KeptPreparedOptions,
): Promise<PreparedFile | undefined> {
  const source = identify(path);
  if (source === undefined) return undefined;
  const cache = new CacheFolder(cacheFolder);
  const key = preparedKey(source, form, schema);
  const found = cache.find(key);
  let { fault } = found;
  if (found.path !== undefined) {
    try {
      return await PreparedFile.open(found.path);
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      fault = error.message;
    }
  }
  if (fault !== undefined) {
    cache.discard(key);
    tell(unused(path, fault));
  } else if (cache.hasOtherState(key)) tell(unused(path, 'the database has changed since it was made'));
  return undefined;
}

/** A sentence that says why a prepared file is not used. */
export function unused(path: string, fault: string): string {
  return `The prepared file of ${path} is not used: ${fault}; the database is read. "tcs-replay prepare" makes it again`;
}

/**
 * Makes a prepared file in the cache. It appears there when it is whole and on the disk.
 *
 * @param make writes the file to a path; false: it is not kept
 * @returns its size in bytes; undefined: it is not kept
 * @throws TcsReplayError `WRITE_FAILED`; what `make` throws
 */
export async function keepPrepared(
  runner: TaskRunner,
  folders: WorkFolders,
  key: EntryKey,
  make: (path: string) => Promise<boolean>,
): Promise<number | undefined> {
  let mayKeep = false;
  const folder = await makeIn(folders, async (made) => {
    mayKeep = await make(join(made, DATA));
  });
  if (!mayKeep) {
    removeFolder(folder);
    return undefined;
  }
  const path = await runner.run('keepMade', { folders, key, folder, gauge: newGauge() });
  return path === join(folder, DATA) ? undefined : statSync(path).size;
}
