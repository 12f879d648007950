/**
 * The entry of a decoding thread. It keeps one database open, reads what it is told to, and hands buffers over
 * without copying them.
 */
import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { Damage } from './damage.js';
import { BatchReader, type ReadResult, type Rows } from './database/batch-reader.js';
import { rowsByTime } from './database/order.js';
import { openRecording, type ReadRules, type Recording } from './database/recording.js';
import { type ErrorCode, messageOf, TcsReplayError } from './errors.js';
import type { EventId } from './event-id.js';
import type { SortBy } from './sort-by.js';

/** What a decoding thread is given when it starts. */
export interface WorkerSetup {
  /** Its first element counts the threads that have loaded their code. */
  readonly loaded: Int32Array;
}

/** Row ids by time, and what cannot be read of the event table, whose times are not known. */
export interface SortedRows {
  readonly rows: BigInt64Array<ArrayBuffer>;
  readonly damage: Damage[];
}

/** A task for a decoding thread, with its result. */
export interface Tasks {
  /** Looks into a database. */
  open: { task: { path: string; scratchFolder: string }; result: Recording };
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
    result: SortedRows;
  };
  /** The ids of the events of a range of rows. */
  ids: { task: { recording: Recording; rules: ReadRules; first: bigint; last: bigint }; result: EventId[] };
  /** Reads and encodes a batch. */
  read: { task: { recording: Recording; rules: ReadRules; rows: Rows }; result: ReadResult };
}

export type Kind = keyof Tasks;

/** How a task ended. An error is returned, not thrown: one that crosses threads loses its code. */
export type Ending<K extends Kind> =
  | { result: Tasks[K]['result'] }
  | { error: { code: ErrorCode; message: string } };

let reader: BatchReader | undefined;

const perform: { [K in Kind]: (task: Tasks[K]['task']) => Tasks[K]['result'] } = {
  open: ({ path, scratchFolder }) => openRecording(path, scratchFolder),
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
  sort: ({ recording, rules, sortBy }) => {
    const { table } = readerOf(recording, rules);
    const rows = rowsByTime(table, sortBy);
    return { rows, damage: table.takeDamage().filter((damage) => isWithin(recording, damage)) };
  },
  ids: ({ recording, rules, first, last }) => readerOf(recording, rules).table.ids(first, last),
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

/** Whether damage lies among the rows of a recording: of what lies outside, the recording tells itself. */
function isWithin({ rows }: Recording, { firstRow }: Damage): boolean {
  return rows !== undefined && firstRow >= rows.first && firstRow <= rows.last;
}

function readerOf(recording: Recording, rules: ReadRules): BatchReader {
  if (reader?.recording.readPath !== recording.readPath) {
    reader?.close();
    reader = undefined;
    reader = new BatchReader(recording, rules);
  }
  return reader;
}

/** Marks the buffers of a result to be handed over rather than copied. */
function moved(ending: { result: unknown }): unknown {
  const { result } = ending;
  const buffers: ArrayBuffer[] = [];
  if (typeof result === 'object' && result !== null) {
    if ('buffer' in result) buffers.push(result.buffer as ArrayBuffer);
    if ('rows' in result && result.rows instanceof BigInt64Array)
      buffers.push(result.rows.buffer as ArrayBuffer);
  }
  return buffers.length === 0
    ? ending
    : move({ [transferableSymbol]: buffers, [valueSymbol]: ending } as never);
}

// In a task of its own: when this line is reached the loader is not done with this module yet.
queueMicrotask(() => Atomics.add((workerData as WorkerSetup).loaded, 0, 1));
