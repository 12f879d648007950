import type { FileFacts } from '../database/file-facts.js';
import type { RowRange } from '../database/rows.js';

/** The formats of files whose events are played, besides databases. */
export type FileFormat = 'mcap' | 'json-lines';

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
  /** Number of topics whose last event before the file it holds; undefined: not looked at. */
  readonly stateTopics: number | undefined;
}

/** Facts of a database, with the number of its attribute rows; undefined where they were not counted. */
export interface DatabaseFacts extends FileFacts {
  readonly attributes: number | undefined;
}

/** Facts of what is played. */
export type SourceFacts = DatabaseFacts | FormatFacts;
