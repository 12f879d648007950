import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CacheFolder, DATA, type EntryKey } from '../database/cache/cache-folder.js';
import { identify } from '../database/cache/file-identity.js';
import { FileFault } from '../database/cache/own-file.js';
import { newFolderInCache, removeFolder, type WorkFolders } from '../database/cache/work-folders.js';
import { newGauge } from '../database/preparation.js';
import type { SchemaOverride } from '../database/schema/schema-override.js';
import type { TaskRunner } from '../threads/task-runner.js';
import type { FileHandles } from './file-handles.js';
import { PreparedFile } from './prepared-file.js';
import { type PreparedForm, preparedKey } from './prepared-form.js';

export interface KeptPreparedOptions {
  readonly form: PreparedForm;
  /** Tables and columns that the user named. */
  readonly schema: SchemaOverride;
  /** Opens the file, and closes it. */
  readonly handles: FileHandles;
  /** Called with a sentence where there is a prepared file that cannot be used. */
  readonly tell: (notice: string) => void;
}

/**
 * Opens the prepared file of a database, if the cache has one that is fresh and whole. One that is not whole is removed.
 *
 * @param path of the database
 * @throws TcsReplayError `TOO_MANY_FILES`
 */
export async function keptPrepared(
  cacheFolder: string,
  path: string,
  { form, schema, handles, tell }: KeptPreparedOptions,
): Promise<PreparedFile | undefined> {
  const source = identify(path);
  if (source === undefined) return undefined;
  const cache = new CacheFolder(cacheFolder);
  const key = preparedKey(source, form, schema);
  const found = cache.find(key);
  let { fault } = found;
  if (found.path !== undefined) {
    try {
      return await PreparedFile.open(found.path, handles);
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
 * Makes a prepared file in the cache. It appears there when it is whole and on the disk. Elsewhere it would be of no use.
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
  const { cacheFolder, makingFolder } = folders;
  if (cacheFolder === undefined || makingFolder === undefined) return undefined;
  const folder = newFolderInCache(cacheFolder, makingFolder);
  const made = join(folder, DATA);
  try {
    if (!(await make(made))) return undefined;
    const { size } = statSync(made);
    const kept = await runner.run('keepMade', { folders, key, folder, gauge: newGauge() });
    return kept === made ? undefined : size;
  } finally {
    removeFolder(folder);
  }
}
