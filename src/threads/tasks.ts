/** What the threads can be asked to do. `TaskPerformer` does it. */

import type { AscendingRows } from '../database/ascent/ascending-rows.js';
import type { WalkedRows } from '../database/ascent/ascent-walk.js';
import type { EntryKey, FoundEntry } from '../database/cache/cache-folder.js';
import type { WorkFolders } from '../database/cache/work-folders.js';
import type { StretchResult } from '../database/check/event-check.js';
import type { Finding } from '../database/check/finding.js';
import type { EventId } from '../database/event-id.js';
import type { EventReader } from '../database/event-reader.js';
import type { DoubtfulEvents } from '../database/events/batch-reader.js';
import type { ReadResult, TopicRow } from '../database/events/event-rows.js';
import type { Glance } from '../database/events/glance.js';
import type { FileFacts, SchemaNaming } from '../database/file-facts.js';
import type { SortedPart } from '../database/order/order.js';
import type { TimeSort } from '../database/order/sort-by.js';
import type { AttributeHistory, AttributeHistoryOptions } from '../database/places/attribute-history.js';
import type { SilenceSearch } from '../database/places/silence.js';
import type { Place, Search } from '../database/places/table-place.js';
import type { TableShape } from '../database/places/time-rows.js';
import type { TopicCounts, TopicCountsOptions } from '../database/places/topic-counts.js';
import type { Gauge } from '../database/preparation.js';
import type { ReadRules, Recording } from '../database/recording.js';
import type { RecordingChange } from '../database/recording-change.js';
import type { RowRange, Rows } from '../database/rows.js';
import type { Schema } from '../database/schema/schema.js';
import type { AnyFound, AnyRecording } from '../formats/file-recording.js';
import type { FormatFacts } from '../formats/format-facts.js';
import type { Unpacked } from '../formats/prepare-file.js';
import type { Silence, TimeRange } from '../selection/time-ranges.js';
import type { ErrorCode } from '../shared/errors.js';
import type { ReadPace } from './read-pace.js';

/** The tasks by kind, each with its result. Both are cloned, or transferred, between threads. */
export interface Tasks {
  /** Finds out what a file is, and of a database how it is laid out. Cheap; makes nothing. */
  find: { task: { path: string } & SchemaNaming; result: AnyFound };
  /** Makes what is needed to read a file, such as a side index. */
  prepare: {
    task: {
      found: AnyFound;
      unpacked?: Unpacked | undefined;
      folders: WorkFolders;
      /** See `PrepareOptions`. */
      needsSideIndex?: boolean | undefined;
      gauge: Gauge;
    } & SchemaNaming;
    result: { readonly recording: AnyRecording; readonly notices: readonly string[] };
  };
  /** Prepares a database that is being written: see `followedRecording`. */
  follow: {
    task: { path: string; folders: WorkFolders; gauge: Gauge } & SchemaNaming;
    result: { readonly recording: Recording; readonly notices: readonly string[] };
  };
  /** Looks whether something was added to a database that is being written: see `grownRecording`. */
  grow: {
    task: { recording: Recording; folders: WorkFolders } & SchemaNaming;
    result: Recording | undefined;
  };
  /** Takes one step, of some milliseconds, of the walk from row `first` to row `last` of an attribute table: see `AscentWalk`. */
  walk: {
    task: { recording: Recording; first: number; last: number; pace?: ReadPace['words'] | undefined };
    result: WalkedRows;
  };
  /** Keeps what a walk has found: the rows of the table, if ids ascend. */
  keepAscent: {
    task: { recording: Recording; folders: WorkFolders; rows: AscendingRows | undefined };
    result: undefined;
  };
  /** Finds an entry of the cache and verifies it. */
  findKept: { task: { folders: WorkFolders; key: EntryKey; gauge: Gauge }; result: FoundEntry };
  /** Keeps in the cache what was made in a folder. Returns the path of its file. */
  keepMade: {
    task: { folders: WorkFolders; key: EntryKey | undefined; folder: string; gauge: Gauge };
    result: string;
  };
  /** Finds out how a database has changed since it was opened. */
  changeOf: { task: AnyRecording; result: RecordingChange | undefined };
  /** Reads the facts of a file. Without a recording a database is not prepared, and copied if necessary. */
  inspect: {
    task: {
      path: string;
      recording?: Pick<Recording, 'readPath' | 'schema'>;
      folders: WorkFolders;
    } & SchemaNaming;
    result: FileFacts | FormatFacts;
  };
  /** Looks at some thousand events. */
  glance: { task: AnyRecording; result: Glance };
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
      recording: AnyRecording;
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
      recording: AnyRecording;
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
  ids: {
    task: { recording: AnyRecording; rules: ReadRules; first: bigint; last: bigint };
    result: EventId[];
  };
  /** Finds out how an event table is ordered. The table must have rows. */
  shape: { task: { recording: AnyRecording; rules: ReadRules; extent: RowRange }; result: TableShape };
  /** Finds the rows that can hold events due in the given time ranges. */
  rows: {
    task: {
      recording: AnyRecording;
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
      recording: AnyRecording;
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
      recording: AnyRecording;
      rules: ReadRules;
      extent: RowRange;
      shape: TableShape;
      cutsS: Float64Array<ArrayBuffer>;
    };
    result: Float64Array<ArrayBuffer>;
  };
  /** Counts the events of rows by topic and time, or estimates their numbers: see `topicCounts`. */
  topicCounts: {
    task: { recording: AnyRecording; rules: ReadRules; rows: RowRange } & TopicCountsOptions;
    result: TopicCounts;
  };
  /** Reads the values of an attribute. The rules are those of its topic: see `attributeHistory`. */
  history: {
    task: { recording: AnyRecording; rules: ReadRules; rows: RowRange } & AttributeHistoryOptions;
    result: AttributeHistory;
  };
  /** Takes one step, of some milliseconds, of the search for a silence in an event table. */
  silence: {
    task: {
      recording: AnyRecording;
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
  states: { task: { recording: AnyRecording; rules: ReadRules; rows: Rows }; result: TopicRow[] };
  /** Finds the places of events in the order of play: see `TopicStates.placesOf`. */
  placesOf: {
    task: {
      recording: AnyRecording;
      rules: ReadRules;
      list: BigInt64Array<ArrayBuffer>;
      first: bigint | undefined;
    };
    result: Float64Array<ArrayBuffer>;
  };
  /** Reads and encodes a batch, at the pace of `pace`. If it is given up meanwhile the result is incomplete and must not be used. */
  read: {
    task: { recording: AnyRecording; rules: ReadRules; rows: Rows; pace?: ReadPace['words'] };
    result: ReadResult;
  };
  /** Finds the events among rows that were sent before it turned out that ids do not ascend, and lack attributes. */
  doubtful: { task: { recording: Recording; rules: ReadRules; rows: RowRange }; result: DoubtfulEvents };
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
