import type { ReplayOptions } from '../options/replay-options.js';
import type { OutputForm, Partition } from './output-form.js';

/** Options of a replay that a conversion has, too: those that find, select, order and read events. */
export type ReadingOption =
  | 'databases'
  | 'topics'
  | 'exclude'
  | 'topicsRegex'
  | 'start'
  | 'end'
  | 'duration'
  | 'night'
  | 'fromHour'
  | 'toHour'
  | 'timezone'
  | 'schema'
  | 'sortBy'
  | 'prime'
  | 'limit'
  | 'workers'
  | 'reader'
  | 'busyTimeoutS'
  | 'batchEvents'
  | 'readAheadBytes'
  | 'cacheFolder'
  | 'cacheLimitBytes'
  | 'prepared'
  | 'verbose'
  | 'onNotice'
  | 'onPreparation'
  | 'signal';

/** What to convert, and to what. All but `databases` and `output` have a default. */
export interface ConvertOptions extends Pick<ReplayOptions, ReadingOption> {
  /** Recordings, folders with recordings, or patterns of their names: all are merged by time. */
  databases: string | readonly string[];
  /** Path of the file, or of the folder, that is written. */
  output: string;
  /** Form of the output. Default: that of the path's ending. */
  to?: OutputForm;
  /**
   * Whether values of type number and boolean are written as numbers and booleans, where they are some. A database keeps what is
   * there in any case. Default true.
   */
  typed?: boolean;
  /**
   * How tables are divided into files: `none`, a file for each topic; `night`, a folder for each topic with a file for each observing
   * night, from noon to noon in `timezone`. Default `none`.
   */
  partition?: Partition;
  /** Replace an output that exists, and what a killed process has left of one. Default false: refuse. */
  overwrite?: boolean;
  /** Called about ten times a second, and once at the end. Default: none. */
  onProgress?: (progress: ConvertProgress) => void;
}

/** How far a conversion has come. */
export interface ConvertProgress {
  /** `write`: events are written; `rewrite`: they are written once more, since a late one had another type than those before. */
  readonly stage: 'write' | 'rewrite';
  /** Events in this stage so far. */
  readonly events: number;
  /** Share of what is read in this stage: 0 to 1. */
  readonly share: number;
}
