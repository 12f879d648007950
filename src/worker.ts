/**
 * The entry of a decoding thread. It keeps a few databases open, reads what it is told to, and hands buffers over
 * without copying them.
 */
import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { EventCheck, type StretchResult } from './check/event-check.js';
import type { Finding } from './check/finding.js';
import { checkIntegrity, checkTables } from './check/table-check.js';
import { BatchReader, type ReadResult, type Rows } from './database/batch-reader.js';
import { readError } from './database/connection.js';
import { countAttributes, type FileFacts, readablePath, readFileFacts } from './database/file-facts.js';
import { rowsByTime } from './database/order.js';
import { openRecording, type ReadRules, type Recording } from './database/recording.js';
import type { Schema } from './database/schema.js';
import type { TopicState } from './database/topic-states.js';
import { type ErrorCode, messageOf, TcsReplayError } from './errors.js';
import type { EventId } from './event-id.js';
import type { SortBy } from './sort-by.js';

/** What a decoding thread is given when it starts. */
export interface WorkerSetup {
  /** Its first element counts the threads that have loaded their code. */
  readonly loaded: Int32Array;
}

/** A task for a decoding thread, with its result. */
export interface Tasks {
  /** Looks into a database. */
  open: { task: { path: string; scratchFolder: string }; result: Recording };
  /** Looks at a database without making what it takes to read it through. Without `readPath`, copies it if need be. */
  inspect: { task: { path: string; readPath?: string; scratchFolder: string }; result: FileFacts };
  /** Counts the rows of the attribute table. */
  countAttributes: { task: { path: string; readPath: string; schema: Schema }; result: number };
  /** SQLite's own check. Without `readPath`, copies the database if need be. */
  checkIntegrity: {
    task: { path: string; readPath?: string; scratchFolder: string; isQuick: boolean };
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
  /** Sorts the rows by a time. */
  sort: {
    task: { recording: Recording; rules: ReadRules; sortBy: Exclude<SortBy, 'none'> };
    result: BigInt64Array<ArrayBuffer>;
  };
  /** The ids of the events of a range of rows. */
  ids: { task: { recording: Recording; rules: ReadRules; first: bigint; last: bigint }; result: EventId[] };
  /** The last event of each wanted topic among rows that was due before a moment. */
  states: {
    task: { recording: Recording; rules: ReadRules; rows: Rows; beforeS: number };
    result: TopicState[];
  };
  /** Reads and encodes a batch. */
  read: { task: { recording: Recording; rules: ReadRules; rows: Rows }; result: ReadResult };
}

export type Kind = keyof Tasks;

/** How a task ended. An error is returned, not thrown: one that crosses threads loses its code. */
export type Ending<K extends Kind> =
  | { result: Tasks[K]['result'] }
  | { error: { code: ErrorCode; message: string } };

/** The databases that are read by turns, as those of one night are, the one used last at the end. */
const readers = new Map<string, BatchReader>();
const MOST_READERS = 4;
let eventCheck: EventCheck | undefined;

const perform: { [K in Kind]: (task: Tasks[K]['task']) => Tasks[K]['result'] } = {
  open: ({ path, scratchFolder }) => openRecording(path, scratchFolder),
  inspect: ({ path, readPath, scratchFolder }) =>
    readFileFacts(path, readPath ?? readablePath(path, scratchFolder)),
  countAttributes: ({ path, readPath, schema }) => countAttributes(path, readPath, schema),
  checkIntegrity: ({ path, readPath, scratchFolder, isQuick }) =>
    checkIntegrity(readPath ?? readablePath(path, scratchFolder), isQuick),
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
  sort: ({ recording, rules, sortBy }) => rowsByTime(readerOf(recording, rules).table, sortBy),
  ids: ({ recording, rules, first, last }) => readerOf(recording, rules).table.ids(first, last),
  states: ({ recording, rules, rows, beforeS }) => readerOf(recording, rules).states.find(rows, beforeS),
  read: ({ recording, rules, rows }) => readerOf(recording, rules).read(rows),
};

export default function run<K extends Kind>({ kind, task }: { kind: K; task: Tasks[K]['task'] }): unknown {
  try {
    return moved({ result: perform[kind](task) });
  } catch (error) {
    const code = error instanceof TcsReplayError ? error.code : 'WORKER_FAILED';
    return { error: { code, message: messageOf(error) } };
  }
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

/** Marks the buffers of a result to be handed over rather than copied. */
function moved(ending: { result: unknown }): unknown {
  const { result } = ending;
  const buffers: ArrayBuffer[] = [];
  if (result instanceof BigInt64Array) buffers.push(result.buffer as ArrayBuffer);
  else if (typeof result === 'object' && result !== null && 'buffer' in result) {
    buffers.push(result.buffer as ArrayBuffer);
  }
  return buffers.length === 0
    ? ending
    : move({ [transferableSymbol]: buffers, [valueSymbol]: ending } as never);
}

// In a task of its own: when this line is reached the loader is not done with this module yet.
queueMicrotask(() => Atomics.add((workerData as WorkerSetup).loaded, 0, 1));
