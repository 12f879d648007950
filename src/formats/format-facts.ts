import { statSync } from 'node:fs';
import type { FileFacts } from '../database/file-facts.js';
import type { RowRange } from '../database/rows.js';
import type { FileFormat, FileRecording, FoundFile } from './file-recording.js';

/** Facts of a file that is no database. Plain data. */
export interface FormatFacts {
  readonly path: string;
  readonly sizeBytes: number;
  readonly format: FileFormat;
  /** Whether it is compressed as a whole, by gzip. */
  readonly isPacked: boolean;
  /** Numbers of the first and the last message or line; undefined where there is none, or they were not counted. */
  readonly rows: RowRange | undefined;
  /** Due times of the first and the last event, in Unix seconds; NaN where they are not known. */
  readonly firstRowS: number;
  readonly lastRowS: number;
}

/** Facts of a database, with the number of its attribute rows; undefined where they were not counted. */
export interface DatabaseFacts extends FileFacts {
  readonly attributes: number | undefined;
}

/** Facts of what is played. */
export type SourceFacts = DatabaseFacts | FormatFacts;

/** The facts of a file that was found, which are known without reading it. */
export function foundFacts({ path, sizeBytes, format, isPacked }: FoundFile): FormatFacts {
  return { path, sizeBytes, format, isPacked, rows: undefined, firstRowS: Number.NaN, lastRowS: Number.NaN };
}

/** The facts of a file that was prepared for being read. */
export function recordingFacts(recording: FileRecording): FormatFacts {
  const { path, readPath, format, rows, firstTimeS, lastTimeS } = recording;
  const { size: sizeBytes } = statSync(path);
  const isPacked = readPath !== path;
  return { path, sizeBytes, format, isPacked, rows, firstRowS: firstTimeS, lastRowS: lastTimeS };
}
