/** What the threads can be asked to do. `TaskPerformer` does it. */

import type { EntryKey, FoundEntry } from '../database/cache/cache-folder.js';
import type { WorkFolders } from '../database/cache/work-folders.js';
import type { StretchResult } from '../database/check/event-check.js';
import type { Finding } from '../database/check/finding.js';
import type { EventId } from '../database/event-id.js';
import type { EventReader } from '../database/event-reader.js';
import type { ReadResult } from '../database/events/batch-reader.js';
import type { Glance } from '../database/events/glance.js';
import type { TopicRow } from '../database/events/topic-states.js';
import type { FileFacts, SchemaNaming } from '../database/file-facts.js';
import type { SortedPart } from '../database/order/order.js';
import type { TimeSort } from '../database/order/sort-by.js';
import type { SilenceSearch } from '../database/places/silence.js';
import type { Place, Search } from '../database/places/table-place.js';
import type { TableShape } from '../database/places/time-rows.js';
import type { Gauge } from '../database/preparation.js';
import type { PreparedRecording } from '../database/prepare-recording.js';
import type { FoundRecording, ReadRules, Recording } from '../database/recording.js';
import type { RecordingChange } from '../database/recording-change.js';
import type { RowRange, Rows } from '../database/rows.js';
import type { Schema } from '../database/schema/schema.js';
import type { Silence, TimeRange } from '../selection/time-ranges.js';
import type { ErrorCode } from '../shared/errors.js';
import type { ReadPace } from './read-pace.js';

/** The tasks by kind, each with its result. Both are cloned, or transferred, between threads. */
export interface Tasks {
  /** Finds out what a database holds and how it is laid out. Cheap; makes nothing. */
  find: { task: { path: string } & SchemaNaming; result: FoundRecording };
  /** Makes what is needed to read a database, such as a side index. */
  prepare: {
    task: { found: FoundRecording; folders: WorkFolders; gauge: Gauge } & SchemaNaming;
    result: PreparedRecording;
  };
  /** Finds an entry of the cache and verifies it. */
  findKept: { task: { folders: WorkFolders; key: EntryKey; gauge: Gauge }; result: FoundEntry };
  /** Keeps in the cache what was made in a folder. Returns the path of its file. */
  keepMade: {
    task: { folders: WorkFolders; key: EntryKey | undefined; folder: string; gauge: Gauge };
    result: string;
  };
  /** Finds out how a database has changed since it was opened. */
  changeOf: { task: Recording; result: RecordingChange | undefined };
  /** Reads the facts of a database file. Without a recording it is not prepared, and copied if necessary. */
  inspect: {
    task: {
      path: string;
      recording?: Pick<Recording, 'readPath' | 'schema'>;
      folders: WorkFolders;
    } & SchemaNaming;
    result: FileFacts;
  };
  /** Looks at some thousand events. */
  glance: { task: Recording; result: Glance };
  /** Counts the rows of the attribute table. */
  countAttributes: { task: { path: string; readPath: string; schema: Schema }; result: number | undefined };
  /** Runs SQLite's own check. Without `readPath`, the database is copied if necessary. */
  checkIntegrity: {
    task: { path: string; readPath?: string; folders: WorkFolders; isQuick: boolean };
    result: Finding[];
  };
  /** Checks that the tables of a recording refer to each other correctly. */
  checkTables: { task: Recording; result: Finding[] };
  /** Checks about `count` events, from row id `first` up to at most `last`. */
  checkEvents: {
    task: { recording: Recording; first: bigint; last: bigint; count: number; lastS: number };
    result: StretchResult;
  };
  /** Cuts the rows `first` to `last` into at most `batches` batches of `eventsABatch`. Returns the last row of each. */
  split: {
    task: {
      recording: Recording;
      rules: ReadRules;
      first: bigint;
      last: bigint;
      eventsABatch: number;
      batches: number;
    };
    result: bigint[];
  };
  /** Sorts some rows of a range by a time, from row id `from` on, into files whose paths begin with `prefix`. */
  sort: {
    task: {
      recording: Recording;
      reader: EventReader;
      sortBy: TimeSort;
      rows: RowRange;
      from: bigint;
      prefix: string;
      gauge: Gauge;
    };
    result: SortedPart;
  };
  /** Merges sorted files into an order file. */
  merge: { task: { files: string[]; path: string; gauge: Gauge }; result: undefined };
  /** Reads the event ids of a range of rows. */
  ids: { task: { recording: Recording; rules: ReadRules; first: bigint; last: bigint }; result: EventId[] };
  /** Finds out how an event table is ordered. The table must have rows. */
  shape: { task: { recording: Recording; rules: ReadRules; extent: RowRange }; result: TableShape };
  /** Finds the rows that can hold events due in the given time ranges. */
  rows: {
    task: {
      recording: Recording;
      rules: ReadRules;
      extent: RowRange;
      shape: TableShape;
      ranges: readonly TimeRange[];
    };
    result: RowRange[];
  };
  /** Takes one step, of some milliseconds, of the search for a place in an event table. */
  place: {
    task: {
      recording: Recording;
      rules: ReadRules;
      extent: RowRange;
      shape: TableShape;
      place: Place;
      search: Search;
    };
    result: Search;
  };
  /** Estimates the number of events between times: see `countsBetween`. */
  counts: {
    task: {
      recording: Recording;
      rules: ReadRules;
      extent: RowRange;
      shape: TableShape;
      cutsS: Float64Array<ArrayBuffer>;
    };
    result: Float64Array<ArrayBuffer>;
  };
  /** Takes one step, of some milliseconds, of the search for a silence in an event table. */
  silence: {
    task: {
      recording: Recording;
      rules: ReadRules;
      extent: RowRange;
      shape: TableShape;
      rows: readonly RowRange[];
      fromS: number;
      minS: number;
      search: SilenceSearch | undefined;
    };
    result: Silence | SilenceSearch;
  };
  /** Finds the last event of each wanted topic among the given rows, in the order of the rows. */
  states: { task: { recording: Recording; rules: ReadRules; rows: Rows }; result: TopicRow[] };
  /** Finds the places of events in the order of play: see `TopicStates.placesOf`. */
  placesOf: {
    task: {
      recording: Recording;
      rules: ReadRules;
      list: BigInt64Array<ArrayBuffer>;
      first: bigint | undefined;
    };
    result: Float64Array<ArrayBuffer>;
  };
  /** Reads and encodes a batch, at the pace of `pace`. If it is given up meanwhile the result is incomplete and must not be used. */
  read: {
    task: { recording: Recording; rules: ReadRules; rows: Rows; pace?: ReadPace['words'] };
    result: ReadResult;
  };
}

export type Kind = keyof Tasks;

/** One call of a task, as it is posted to a thread. */
export interface TaskCall<K extends Kind> {
  readonly kind: K;
  readonly task: Tasks[K]['task'];
}

/**
 * How a task ended. An error is a value, since an error that crosses threads loses its code. `isLocked`: another program has
 * locked the database; nothing was done, and the task can be tried again.
 */
export type Ending<K extends Kind> =
  | { result: Tasks[K]['result'] }
  | { error: { code: ErrorCode; message: string } }
  | { isLocked: true };

/** The database that a task reads, as the user gave it. A task that reads none writes to this path. */
export function pathOf({ task }: TaskCall<Kind>): string {
  if ('path' in task) return task.path;
  if ('recording' in task) return task.recording.path;
  if ('found' in task) return task.found.path;
  return task.key?.source.path ?? task.folders.scratchFolder;
}
