import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TcsReplayError } from '../shared/errors.js';
import type { AscendingRows } from './ascent/ascending-rows.js';
import { DATA, type EntryKey } from './cache/cache-folder.js';
import { discardKept, findKept, keepMade } from './cache/kept-or-made.js';
import { makeInSync, type WorkFolders } from './cache/work-folders.js';
import { isUnchanged, type Recording } from './recording.js';
import { writeFailed } from './write-failed.js';

/** Version of the note, and of the rules by which ids ascend: a note of another version is not used. */
const NOTE_VERSION = 1;

/** What a walk over all of an attribute table has found, as it is kept. */
interface AscentNote {
  /** The rows of the table, if ids ascend over all of them; null: they do not. */
  readonly rows: Pick<AscendingRows, 'first' | 'last'> | null;
}

type Walked = Pick<Recording, 'path' | 'readPath' | 'schema' | 'identity'>;

/**
 * Whether ids ascend over the attribute table of a recording, by what was kept.
 *
 * @param tell called with a sentence where the note that was kept cannot be used
 * @returns the rows of the table; `no`: ids do not ascend; undefined: that is not known
 */
export function keptAscent(
  recording: Walked,
  folders: WorkFolders,
  tell: (notice: string) => void,
): AscendingRows | 'no' | undefined {
  const key = keyOf(recording);
  const { path, fault } = findKept(folders, key, () => {});
  if (key !== undefined && fault !== undefined) tell(discardKept(folders, key, fault));
  if (path === undefined) return undefined;
  const { rows } = JSON.parse(readFileSync(path, 'utf8')) as AscentNote;
  return rows === null ? 'no' : { ...rows, isProved: true };
}

/**
 * Keeps for the next time what a walk over all of a table has found.
 *
 * @param rows of the table; undefined: ids do not ascend over it
 */
export function keepAscent(recording: Walked, folders: WorkFolders, rows: AscendingRows | undefined): void {
  const key = keyOf(recording);
  if (key === undefined || folders.cacheFolder === undefined || !isUnchanged(recording)) return;
  try {
    keepNote(key, folders, rows);
  } catch (error) {
    // The table is walked again the next time.
    if (!(error instanceof TcsReplayError && error.code === 'WRITE_FAILED')) throw error;
  }
}

function keepNote(key: EntryKey, folders: WorkFolders, rows: AscendingRows | undefined): void {
  const note: AscentNote = { rows: rows === undefined ? null : { first: rows.first, last: rows.last } };
  const folder = makeInSync(folders, (made) => {
    const path = join(made, DATA);
    try {
      writeFileSync(path, JSON.stringify(note), { flag: 'wx' });
    } catch (error) {
      throw writeFailed(`Cannot write ${path}`, error);
    }
  });
  keepMade(folders, key, folder, () => {});
}

function keyOf({ identity, schema }: Walked): EntryKey | undefined {
  if (identity === undefined) return undefined;
  // The note is of the table, whatever finds its rows.
  const { index: _index, sideIndexOf: _sideIndexOf, ...attribute } = schema.attribute;
  return {
    source: identity,
    kind: 'ascent',
    schema: { ...schema, attribute: { ...attribute, index: undefined, sideIndexOf: 'nothing' } },
    version: NOTE_VERSION,
  };
}
