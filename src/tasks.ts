/** What decoding threads do. Whoever does it keeps a few databases open, for the next task. */
import { EventCheck, type StretchResult } from './check/event-check.js';
import type { Finding } from './check/finding.js';
import { checkIntegrity, checkTables } from './check/table-check.js';
import { BatchReader, type ReadResult, type Rows } from './database/batch-reader.js';
import { readError } from './database/connection.js';
import { EventTable } from './database/event-table.js';
import { countAttributes, type FileFacts, readablePath, readFileFacts } from './database/file-facts.js';
import { mergeOrder, type SortedRange, sortRange, type TimeOrder } from './database/order.js';
import {
  connectTo,
  type FoundRecording,
  findRecording,
  prepareRecording,
  type ReadRules,
  type Recording,
} from './database/recording.js';
import { Salvage } from './database/salvage.js';
import type { Schema } from './database/schema.js';
import type { SchemaOverride } from './database/schema-override.js';
import type { Places } from './database/scratch.js';
import type { Silence, SilenceSearch } from './database/silence.js';
import { countsBetween, TableSilences } from './database/table-activity.js';
import { type Place, type Search, TablePlaces } from './database/table-place.js';
import { type RowRange, rowsOfRanges, shapeOf, type TableShape } from './database/time-rows.js';
import { type ErrorCode, messageOf, TcsReplayError } from './errors.js';
import type { EventId } from './event-id.js';
import { type Gauge, reporter } from './preparation.js';
import type { TimeRange } from './time-range.js';
import type { TopicState } from './topic-state.js';

/** A task for a decoding thread, with its result. */
export interface Tasks {
  /** Looks at a database. */
  find: { task: { path: string; override: SchemaOverride }; result: FoundRecording };
  /** Makes what a database needs to be read. */
  prepare: {
    task: { found: FoundRecording; override: SchemaOverride; places: Places; gauge: Gauge };
    result: Recording;
  };
  /** Looks at a database without making what it takes to read it through. Without `readPath`, copies it if need be. */
  inspect: {
    task: { path: string; override: SchemaOverride; readPath?: string; places: Places };
    result: FileFacts;
  };
  /** Counts the rows of the attribute table. */
  countAttributes: { task: { path: string; readPath: string; schema: Schema }; result: number | undefined };
  /** SQLite's own check. Without `readPath`, copies the database if need be. */
  checkIntegrity: {
    task: { path: string; readPath?: string; places: Places; isQuick: boolean };
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
      sortBy: TimeOrder;
      rows: { first: bigint; last: bigint };
      prefix: string;
      gauge: Gauge;
    };
    result: SortedRange;
  };
  /** Merges sorted files into an order file. */
  merge: { task: { runs: string[]; path: string; gauge: Gauge }; result: undefined };
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
  states: { task: { recording: Recording; rules: ReadRules; rows: Rows }; result: TopicState[] };
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

/** The databases that are read by turns, as those of one night are, the one used last at the end. */
const readers = new Map<string, BatchReader>();
const MOST_READERS = 4;
let eventCheck: EventCheck | undefined;

const perform: { [K in Kind]: (task: Tasks[K]['task']) => Tasks[K]['result'] } = {
  find: ({ path, override }) => findRecording(path, override),
  prepare: ({ found, override, places, gauge }) => prepareRecording(found, places, reporter(gauge), override),
  inspect: ({ path, override, readPath, places }) =>
    readFileFacts(path, readPath ?? readablePath(path, places), override),
  countAttributes: ({ path, readPath, schema }) => countAttributes(path, readPath, schema),
  checkIntegrity: ({ path, readPath, places, isQuick }) =>
    checkIntegrity(readPath ?? readablePath(path, places), isQuick),
  checkTables: (recording) => reading(recording, () => checkTables(recording)),
  checkEvents: ({ recording, first, last, count }) =>
    reading(recording, () => eventCheckOf(recording)).check(first, last, count),
  split: ({ recording, rules, first, last, eventsABatch, batches }) => {
    const { table } = readerOf(recording, rules);
    const ends: bigint[] = [];
    let end = table.bound(first, last, eventsABatch);
    while (end !== undefined) {
      ends.push(end);
      end = ends.length < batches && end < last ? table.bound(end + 1n, last, eventsABatch) : undefined;
    }
    return ends;
  },
  sort: ({ recording, sortBy, rows, prefix, gauge }) => {
    const report = reporter(gauge);
    try {
      const connection = connectTo(recording);
      try {
        const table = new EventTable(connection, recording.schema, new Salvage(connection, recording));
        return sortRange(table, sortBy, rows, prefix, (share) => report('order', share));
      } finally {
        connection.close();
      }
    } catch (error) {
      throw readError(recording.path, error);
    }
  },
  merge: ({ runs, path, gauge }) => {
    const report = reporter(gauge);
    mergeOrder(runs, path, (share) => report('order', share));
    return undefined;
  },
  ids: ({ recording, rules, first, last }) => readerOf(recording, rules).table.ids(first, last),
  shape: ({ recording, rules, extent }) =>
    reading(recording, () => shapeOf(readerOf(recording, rules).table, extent)),
  rows: ({ recording, rules, extent, shape, ranges }) =>
    reading(recording, () => rowsOfRanges(readerOf(recording, rules).table, extent, shape, ranges)),
  place: ({ recording, rules, extent, shape, place, search }) =>
    reading(recording, () => {
      const { table, states } = readerOf(recording, rules);
      return new TablePlaces(table, states, extent, rules).find(place, shape, search);
    }),
  counts: ({ recording, rules, extent, shape, cutsS }) =>
    reading(recording, () => countsBetween(readerOf(recording, rules).table, extent, shape, cutsS)),
  silence: ({ recording, rules, extent, shape, rows, fromS, minS, search }) =>
    reading(recording, () => {
      const { table, states } = readerOf(recording, rules);
      const places = new TablePlaces(table, states, extent, rules);
      const silences = new TableSilences(table, places, shape, rows, rules, recording.firstTimeS);
      return silences.find(fromS, minS, search);
    }),
  states: ({ recording, rules, rows }) => readerOf(recording, rules).states.lastOf(rows),
  placesOf: ({ recording, rules, list, first }) => readerOf(recording, rules).states.placesOf(list, first),
  read: ({ recording, rules, rows, givenUp }) =>
    readerOf(recording, rules).read(rows, () => givenUp !== undefined && Atomics.load(givenUp, 0) !== 0),
};

/** Carries out a task. */
export function run<K extends Kind>({ kind, task }: Order<K>): Ending<K> {
  try {
    return { result: perform[kind](task) };
  } catch (error) {
    const code = error instanceof TcsReplayError ? error.code : 'WORKER_FAILED';
    return { error: { code, message: messageOf(error) } };
  }
}

/** Closes the databases that are kept open. A later task opens them again. */
export function closeReaders(): void {
  for (const reader of readers.values()) reader.close();
  readers.clear();
  eventCheck?.close();
  eventCheck = undefined;
}

function readerOf(recording: Recording, rules: ReadRules): BatchReader {
  const key = JSON.stringify([recording.readPath, rules]);
  const reader = readers.get(key) ?? new BatchReader(recording, rules);
  readers.delete(key);
  readers.set(key, reader);
  if (readers.size > MOST_READERS) {
    const [[oldest, unused]] = readers;
    unused.close();
    readers.delete(oldest);
  }
  return reader;
}

function eventCheckOf(recording: Recording): EventCheck {
  if (eventCheck?.readPath !== recording.readPath) {
    eventCheck?.close();
    eventCheck = undefined;
    eventCheck = new EventCheck(recording);
  }
  return eventCheck;
}

function reading<T>({ path }: Recording, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw readError(path, error);
  }
}
