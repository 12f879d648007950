/** What decoding threads do. Whoever does it keeps a few databases open, for the next task. */

import type { WorkFolders } from '../database/cache/work-folders.js';
import type { StretchResult } from '../database/check/event-check.js';
import type { Finding } from '../database/check/finding.js';
import type { EventId } from '../database/event-id.js';
import type { ReadResult } from '../database/events/batch-reader.js';
import type { TopicRow } from '../database/events/topic-states.js';
import type { FileFacts } from '../database/file-facts.js';
import type { SortedRange } from '../database/order/order.js';
import type { TimeSort } from '../database/order/sort-by.js';
import type { SilenceSearch } from '../database/places/silence.js';
import type { Place, Search } from '../database/places/table-place.js';
import type { TableShape } from '../database/places/time-rows.js';
import type { Gauge } from '../database/preparation.js';
import type { FoundRecording, ReadRules, Recording } from '../database/recording.js';
import type { RowRange, Rows } from '../database/rows.js';
import type { Schema } from '../database/schema/schema.js';
import type { SchemaOverride } from '../database/schema/schema-override.js';
import type { Silence, TimeRange } from '../selection/time-ranges.js';
import type { ErrorCode } from '../shared/errors.js';

/** A task for a decoding thread, with its result. */
export interface Tasks {
  /** Looks at a database. */
  find: { task: { path: string; override: SchemaOverride }; result: FoundRecording };
  /** Makes what a database needs to be read. */
  prepare: {
    task: { found: FoundRecording; override: SchemaOverride; folders: WorkFolders; gauge: Gauge };
    result: Recording;
  };
  /** Looks at a database without making what it takes to read it through. Without `readPath`, copies it if need be. */
  inspect: {
    task: { path: string; override: SchemaOverride; readPath?: string; folders: WorkFolders };
    result: FileFacts;
  };
  /** Counts the rows of the attribute table. */
  countAttributes: { task: { path: string; readPath: string; schema: Schema }; result: number | undefined };
  /** SQLite's own check. Without `readPath`, copies the database if need be. */
  checkIntegrity: {
    task: { path: string; readPath?: string; folders: WorkFolders; isQuick: boolean };
    result: Finding[];
  };
  /** Whether the tables of a recording go together. */
  checkTables: { task: Recording; result: Finding[] };
  /** Looks at about `count` events, from row id `first` on and up to `last`. */
  checkEvents: {
    task: { recording: Recording; first: bigint; last: bigint; count: number };
    result: StretchResult;
  };
  /** Cuts the rows from `first` on, up to `last`, into at most `batches` of `eventsABatch`: the last row of each. */
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
  /** Sorts a range of rows by a time, into files whose paths begin with `prefix`. */
  sort: {
    task: {
      recording: Recording;
      sortBy: TimeSort;
      rows: RowRange;
      prefix: string;
      gauge: Gauge;
    };
    result: SortedRange;
  };
  /** Merges sorted files into an order file. */
  merge: { task: { files: string[]; path: string; gauge: Gauge }; result: undefined };
  /** The ids of the events of a range of rows. */
  ids: { task: { recording: Recording; rules: ReadRules; first: bigint; last: bigint }; result: EventId[] };
  /** Looks at an event table that has rows: how it is ordered. */
  shape: { task: { recording: Recording; rules: ReadRules; extent: RowRange }; result: TableShape };
  /** The rows that can hold events which are due in some ranges of time. */
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
  /** Looks for a place in the order of an event table: one look of some milliseconds. */
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
  /** About how many events are due between times: see `countsBetween`. */
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
  /** Looks for a silence in an event table: one look of some milliseconds. */
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
  /** The last event of each wanted topic among some rows, in the order of these. */
  states: { task: { recording: Recording; rules: ReadRules; rows: Rows }; result: TopicRow[] };
  /** The places of events in the order of play: see `TopicStates.placesOf`. */
  placesOf: {
    task: {
      recording: Recording;
      rules: ReadRules;
      list: BigInt64Array<ArrayBuffer>;
      first: bigint | undefined;
    };
    result: Float64Array<ArrayBuffer>;
  };
  /** Reads and encodes a batch; what there is of it when it is given up, which nobody is to use. */
  read: {
    task: { recording: Recording; rules: ReadRules; rows: Rows; givenUp?: GivenUp };
    result: ReadResult;
  };
}

/** Memory that a thread and the main thread share: not 0 when nobody waits for the result of a task any more. */
export type GivenUp = Int32Array<SharedArrayBuffer>;

export type Kind = keyof Tasks;

/** Which task is to be carried out. */
export interface Order<K extends Kind> {
  readonly kind: K;
  readonly task: Tasks[K]['task'];
}

/** How a task ended. An error is returned, not thrown: one that crosses threads loses its code. */
export type Ending<K extends Kind> =
  | { result: Tasks[K]['result'] }
  | { error: { code: ErrorCode; message: string } };
