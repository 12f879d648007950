import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Damage } from '../batch/damage.js';
import { DATA, type EntryKey } from '../database/cache/cache-folder.js';
import { identify, isSameFile } from '../database/cache/file-identity.js';
import { keptOrMadeSync } from '../database/cache/kept-or-made.js';
import { makeInSync, type WorkFolders } from '../database/cache/work-folders.js';
import type { ReportShare } from '../database/preparation.js';
import type { RowRange } from '../database/rows.js';
import { messageOf, TcsReplayError } from '../shared/errors.js';
import { asTooManyFiles } from '../shared/too-many-files.js';
import { BlockFile } from './block-file.js';
import { type BlockIndex, indexFault, readIndex, writeIndex } from './block-index.js';
import { FILE_READER_VERSION, type FileRecording, type FoundFile } from './file-recording.js';
import { FORMATS } from './formats.js';
import { linesIndex } from './json-lines/json-lines.js';
import { landmarkOf } from './landmark.js';
import { stateLines } from './mcap/state-attachment.js';
import { RecordingBlocks } from './recording-blocks.js';

/** A recording, and what there is to tell about its preparation. Plain data. */
export interface PreparedFileRecording {
  readonly recording: FileRecording;
  /** Sentences for the user. */
  readonly notices: readonly string[];
}

/** What was unpacked of a file that is compressed as a whole. */
export interface Unpacked {
  readonly readPath: string;
  readonly damage: readonly Damage[];
}

/** Blocks at each end of a file in which an event with a time is searched for. */
const MOST_BLOCKS = 16;

/**
 * Makes the index of a file's blocks, or takes it from the cache.
 *
 * @param unpacked undefined: the file itself is read
 * @param report called with the progress
 * @throws TcsReplayError `READ_FAILED`, `WRITE_FAILED`
 */
export function prepareFile(
  found: FoundFile,
  unpacked: Unpacked | undefined,
  folders: WorkFolders,
  report: ReportShare,
): PreparedFileRecording {
  const { path, format } = found;
  const identity = identify(path);
  const readPath = unpacked?.readPath ?? path;
  const notices: string[] = [];
  try {
    const { size: sizeBytes } = statSync(path);
    const version = FILE_READER_VERSION;
    const key: EntryKey | undefined = identity && { source: identity, kind: 'blocks', schema: {}, version };
    const indexPath = keptOrMadeSync(folders, unpacked === undefined ? key : undefined, {
      make: (made) => {
        const isQuick = makeIndex(format, readPath, made, (share) => report('index', share));
        return !isQuick && isSameFile(identity, identify(path));
      },
      faultOf: indexFault,
      tell: (notice) => notices.push(notice),
      reportRead: (share) => report('verification', share),
    });
    const index = readIndex(indexPath);
    const recording: FileRecording = {
      ...{ format, path, readPath, identity, indexPath, sizeBytes },
      landmark: landmarkOf(readPath),
      damage: [...index.damage, ...(unpacked?.damage ?? [])],
      rows: rowsOf(index),
      ...timesOf({ format, readPath, indexPath }, index.offsets.length),
    };
    return {
      recording: { ...recording, state: stateOf(recording, folders) },
      notices: [...notices, ...index.notices.map((notice) => `${path}: ${notice}`)],
    };
  } catch (error) {
    if (error instanceof TcsReplayError) throw error;
    throw (
      asTooManyFiles(error) ??
      new TcsReplayError('READ_FAILED', `Cannot read ${path}: ${messageOf(error)}`, { cause: error })
    );
  }
}

/** @returns whether it would be made again in no time */
function makeIndex(
  format: FileRecording['format'],
  readPath: string,
  path: string,
  report: (share: number) => void,
): boolean {
  const file = new BlockFile(readPath);
  try {
    const index = FORMATS[format].index(file, report);
    writeIndex(path, index);
    return index.isQuick;
  } finally {
    file.close();
  }
}

function rowsOf({ rows }: BlockIndex): RowRange | undefined {
  const count = rows[rows.length - 1];
  return count === 0 ? undefined : { first: 1n, last: BigInt(count) };
}

/** What a recorder has written of the time before the file, read in place as a file of JSON lines. */
function stateOf(recording: FileRecording, folders: WorkFolders): FileRecording | undefined {
  if (recording.format !== 'mcap') return undefined;
  const file = new BlockFile(recording.readPath);
  try {
    const lines = stateLines(file);
    if (lines === undefined) return undefined;
    const index = linesIndex(file, lines, () => {});
    // It takes no time to make, so it is not kept.
    const folder = makeInSync(folders, (made) => writeIndex(join(made, DATA), index));
    return {
      ...recording,
      ...{ format: 'json-lines', indexPath: join(folder, DATA), damage: [], rows: rowsOf(index) },
      ...{ firstTimeS: Number.NaN, lastTimeS: Number.NaN },
    };
  } finally {
    file.close();
  }
}

/** Due times of the first and the last event that has one. */
function timesOf(
  recording: Pick<FileRecording, 'format' | 'readPath' | 'indexPath'>,
  count: number,
): Pick<FileRecording, 'firstTimeS' | 'lastTimeS'> {
  const blocks = new RecordingBlocks(recording);
  const timeIn = (number: number, isLast: boolean): number => {
    const block = blocks.block(number);
    for (let i = 0; i < block.rows; i++) {
      const at = isLast ? block.rows - 1 - i : i;
      if (block.topicOf[at] >= 0 && !Number.isNaN(block.dueOf(at))) return block.dueOf(at);
    }
    return Number.NaN;
  };
  const first = (isLast: boolean): number => {
    for (let i = 0; i < Math.min(count, MOST_BLOCKS); i++) {
      const timeS = timeIn(isLast ? count - 1 - i : i, isLast);
      if (!Number.isNaN(timeS)) return timeS;
    }
    return Number.NaN;
  };
  try {
    return { firstTimeS: first(false), lastTimeS: first(true) };
  } finally {
    blocks.close();
  }
}
