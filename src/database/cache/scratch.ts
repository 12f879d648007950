import { existsSync, mkdirSync, mkdtempSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, TcsReplayError } from '../../shared/errors.js';

/** Where things are made that a database is read with. Plain data. */
export interface Places {
  /** Is made when needed, and removed by whoever owns it when nothing of it is read any more. */
  readonly scratchFolder: string;
  /** Where what is made is kept for the next time; undefined: nothing is. */
  readonly cacheFolder?: string | undefined;
  /** A folder of the cache, made and removed as the scratch folder is, in which that which is to be kept is made. */
  readonly makingFolder?: string | undefined;
}

/** A new, empty folder in the one given. @throws TcsReplayError `WRITE_FAILED` */
export function newFolder(parent: string): string {
  try {
    mkdirSync(parent, { recursive: true });
    return mkdtempSync(join(parent, 'made-'));
  } catch (error) {
    throw writeFailed(`Cannot make a folder in ${parent}`, error);
  }
}

/** The folders that something which is worth keeping is made in: the second one where the first cannot be written to. */
function makingFolders({ makingFolder, scratchFolder }: Places): string[] {
  return makingFolder === undefined ? [scratchFolder] : [makingFolder, scratchFolder];
}

/** Whether a folder is in the cache already, only under another name. */
export function isInCache(folder: string, { makingFolder }: Places): boolean {
  return dirname(folder) === makingFolder;
}

/**
 * Makes something that is worth keeping in a new folder.
 *
 * @returns the folder
 * @throws TcsReplayError `WRITE_FAILED` where no place has room for it, and what `make` throws
 */
export function makeIn(places: Places, make: (folder: string) => void): string {
  const parents = makingFolders(places);
  for (;;) {
    const parent = parents.shift() as string;
    let folder: string | undefined;
    try {
      folder = newFolder(parent);
      make(folder);
      return folder;
    } catch (error) {
      if (folder !== undefined) removeFolder(folder);
      if (parents.length === 0 || !isWriteFailed(error)) throw error;
    }
  }
}

/** As `makeIn`, where making takes its time. */
export async function makeInAsync(places: Places, make: (folder: string) => Promise<void>): Promise<string> {
  const parents = makingFolders(places);
  for (;;) {
    const parent = parents.shift() as string;
    let folder: string | undefined;
    try {
      folder = newFolder(parent);
      await make(folder);
      return folder;
    } catch (error) {
      if (folder !== undefined) removeFolder(folder);
      if (parents.length === 0 || !isWriteFailed(error)) throw error;
    }
  }
}

function isWriteFailed(error: unknown): boolean {
  return error instanceof TcsReplayError && error.code === 'WRITE_FAILED';
}

/** Removes a folder, if it is there. */
export function removeFolder(folder: string): void {
  // Where it could not be made, in a cache that cannot be written to, the attempt to remove it would fail as well.
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}

/** An error of writing what a database is read with, as one for the person at the terminal. */
export function writeFailed(what: string, error: unknown): TcsReplayError {
  if (error instanceof TcsReplayError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const isFull = /ENOSPC|EDQUOT|SQLITE_FULL/.test(code);
  const hint = isFull
    ? '; free some space, or set TMPDIR to a folder with more of it'
    : '; set TMPDIR to a folder that can be written to';
  return new TcsReplayError('WRITE_FAILED', `${what}: ${messageOf(error)}${hint}`, { cause: error });
}

/** Writes all of some bytes at the end of a file: a write to a disk that fills up ends early, the next one fails. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
