import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, type ZlibOptions } from 'node:zlib';
import { type Damage, LARGEST_ROW } from '../batch/damage.js';
import type { EntryKey } from '../database/cache/cache-folder.js';
import { identify, isSameFile } from '../database/cache/file-identity.js';
import type { WorkFolders } from '../database/cache/work-folders.js';
import { watched } from '../database/preparation.js';
import { writeFailed } from '../database/write-failed.js';
import type { FoundFile } from '../formats/file-recording.js';
import type { Unpacked } from '../formats/prepare-file.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import type { TaskRunner } from '../threads/task-runner.js';
import { type KeepingListeners, keptOrMade } from './kept-or-made.js';

const VERSION = 1;
/** What zlib says of a file whose end is missing. */
const CUT_OFF = 'Z_BUF_ERROR';

/**
 * Unpacks a file that is compressed by gzip, or takes what was unpacked from the cache: only so can it be read from any place.
 * What is damaged or cut off is unpacked up to there, and not kept.
 *
 * @throws TcsReplayError `READ_FAILED`, `WRITE_FAILED`
 */
export async function unpackedOf(
  found: FoundFile,
  runner: TaskRunner,
  folders: WorkFolders,
  listeners: KeepingListeners,
): Promise<Unpacked> {
  const { path } = found;
  const identity = identify(path);
  const key: EntryKey | undefined = identity && {
    ...{ source: identity, kind: 'unpacked', schema: {}, version: VERSION },
  };
  let damage: readonly Damage[] = [];
  const make = async (made: string) => {
    damage = await unpack(path, made, listeners);
    return damage.length === 0 && isSameFile(identity, identify(path));
  };
  const readPath = await keptOrMade(
    runner,
    folders,
    { path, key, make, open: async (kept: string) => kept },
    listeners,
  );
  return { readPath, damage };
}

/** @returns what could not be unpacked */
async function unpack(
  path: string,
  made: string,
  { onPreparation }: KeepingListeners,
): Promise<readonly Damage[]> {
  const unpackTo = async (flags: string, options: ZlibOptions): Promise<void> => {
    const { size } = await stat(path);
    const packed = createReadStream(path);
    const share = () => (size === 0 ? 1 : packed.bytesRead / size);
    const unpacking = pipeline(
      packed,
      createGunzip(options),
      createWriteStream(made, { flags, mode: 0o600 }),
    );
    await watched(unpacking, path, () => ({ what: 'snapshot', share: share() }), onPreparation);
  };
  try {
    await unpackTo('wx', {});
    return [];
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') === true) {
      // Of a file that is cut off, all that there is can be unpacked if its end is not looked for.
      if (code === CUT_OFF) await unpackTo('w', { finishFlush: constants.Z_SYNC_FLUSH });
      return [lostEnd(messageOf(error))];
    }
    if (syscall === 'read' || syscall === 'open')
      throw new TcsReplayError('READ_FAILED', `Cannot read ${path}: ${messageOf(error)}`, { cause: error });
    throw writeFailed(`Cannot write ${made}`, error, 'cache folder');
  }
}

function lostEnd(why: string): Damage {
  const where = `the end: what is compressed is damaged (${why})`;
  const rows = { firstRow: 1n, lastRow: LARGEST_ROW };
  return { table: 'lines', where, ...rows, reason: 'unreadable rows', lostEvents: undefined };
}
