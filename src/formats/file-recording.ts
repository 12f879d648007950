import type { Damage } from '../batch/damage.js';
import type { EntryKey } from '../database/cache/cache-folder.js';
import type { FileIdentity } from '../database/cache/file-identity.js';
import type { FoundRecording, Recording } from '../database/recording.js';
import type { RowRange } from '../database/rows.js';
import type { Extent } from '../selection/time-point.js';
import type { FileFormat } from './format-facts.js';

/** A file in another format than a database that is prepared for being read. Plain data: it goes to every thread. */
export interface FileRecording {
  readonly format: FileFormat;
  /** The path as the user gave it. */
  readonly path: string;
  /** The file that is read: the file itself, or what was unpacked of it. */
  readonly readPath: string;
  /** State of the file when it was opened; undefined where it is not known, so that nothing is kept in the cache. */
  readonly identity: FileIdentity | undefined;
  /** Where its `BlockIndex` is. */
  readonly indexPath: string;
  /** Digest of some of its bytes, by which a change of the file is found. */
  readonly landmark: string;
  /** What cannot be read, as far as it is known before reading. */
  readonly damage: readonly Damage[];
  readonly sizeBytes: number;
  /** Numbers of the first and the last message or line; undefined where there is none. */
  readonly rows: RowRange | undefined;
  /** Due times of the first and the last event that has one, in Unix seconds; NaN where the first or last ones have none. */
  readonly firstTimeS: number;
  readonly lastTimeS: number;
  /** The last event of each topic before it, where a recorder has written them into it: see `stateLines`. */
  readonly state?: FileRecording | undefined;
}

/** A file that was found and is not prepared for being read. Plain data. */
export interface FoundFile {
  readonly format: FileFormat;
  readonly path: string;
  /** Whether it is compressed as a whole, by gzip. */
  readonly isPacked: boolean;
  readonly sizeBytes: number;
  readonly identity: FileIdentity | undefined;
  readonly dataTimes: Extent;
}

export type AnyRecording = Recording | FileRecording;
export type AnyFound = FoundRecording | FoundFile;

/** Version of what is read of files and of their indexes: what is kept of them by another one is not used. */
export const FILE_READER_VERSION = 1;

/** What of a recording shapes what is made of it and kept in the cache. */
export function shapeOfEvents(recording: AnyRecording): Pick<EntryKey, 'schema' | 'form'> {
  if (isDatabase(recording)) return { schema: recording.schema };
  return { schema: {}, form: { format: recording.format, version: FILE_READER_VERSION } };
}

/** Whether a recording is a database; otherwise it is a file in another format. */
export function isDatabase(recording: AnyRecording): recording is Recording {
  return !('format' in recording);
}
