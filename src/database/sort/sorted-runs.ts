import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { writeAll, writeFailed } from '../cache/scratch.js';
import { RECORD_BYTES, Records } from './records.js';

/** Records that are sorted at a time: with what sorting takes 10 MB. */
const RUN_RECORDS = 1 << 18;
/** Memory for the buffers of all runs that are merged. */
const MERGE_BYTES = 16 << 20;
const LARGEST_BUFFER_RECORDS = 2048;
const SMALLEST_BUFFER_RECORDS = 64;
const MERGED_RECORDS = 4096;

/** Takes records in any order and writes them as files, each of them sorted by key. */
export class RunWriter {
  /** The files, in the order in which their records came. */
  readonly paths: string[] = [];
  private readonly _prefix: string;
  private readonly _records = Records.of(RUN_RECORDS);
  private _sorted: Records | undefined;
  private _count = 0;

  /** @param prefix what the paths of the files begin with */
  constructor(prefix: string) {
    this._prefix = prefix;
  }

  /** @param key neither NaN nor -0 */
  add(key: number, row: bigint, number: number): void {
    this._records.set(this._count++, key, row, number);
    if (this._count === RUN_RECORDS) this.flush();
  }

  /** Writes what is left. @throws TcsReplayError `WRITE_FAILED` */
  flush(): void {
    const count = this._count;
    if (count === 0) return;
    const order = this._records.order(count);
    let sorted = this._records;
    if (order !== undefined) {
      this._sorted ??= Records.of(RUN_RECORDS);
      sorted = this._sorted;
      for (let i = 0; i < count; i++) sorted.copy(this._records, order[i], i);
    }
    const path = `${this._prefix}${this.paths.length}`;
    this.paths.push(path);
    writeFile(path, sorted.bytes.subarray(0, count * RECORD_BYTES));
    this._count = 0;
  }
}

/**
 * Merges sorted runs, and removes their files. Equal keys keep the order of the runs, and the order within them.
 *
 * @param take is given the records in order, some thousands at a time; they are its own until it returns
 */
export function mergeRuns(paths: readonly string[], take: (records: Records, count: number) => void): void {
  const fitting = Math.floor(MERGE_BYTES / RECORD_BYTES / Math.max(1, paths.length));
  const capacity = Math.max(SMALLEST_BUFFER_RECORDS, Math.min(fitting, LARGEST_BUFFER_RECORDS));
  const runs: Run[] = [];
  try {
    for (const [place, path] of paths.entries()) runs.push(new Run(path, place, capacity));
    merge(
      runs.filter((run) => run.fill()),
      take,
    );
  } finally {
    for (const run of runs) run.close();
  }
  for (const path of paths) rmSync(path);
}

function merge(heap: Run[], take: (records: Records, count: number) => void): void {
  const merged = Records.of(MERGED_RECORDS);
  let count = 0;
  for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(heap, at);
  while (heap.length > 0) {
    const [first] = heap;
    merged.copy(first.records, first.at, count++);
    if (count === MERGED_RECORDS) {
      take(merged, count);
      count = 0;
    }
    if (!first.advance()) {
      const last = heap.pop() as Run;
      if (heap.length > 0) heap[0] = last;
    }
    if (heap.length > 0) sink(heap, 0);
  }
  if (count > 0) take(merged, count);
}

/** Puts the run at a place of the heap where it belongs among those below. */
function sink(heap: Run[], from: number): void {
  const run = heap[from];
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1].isBefore(heap[child])) child += 1;
    if (!heap[child].isBefore(run)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = run;
}

/** A run that is read from its beginning to its end. */
class Run {
  readonly records: Records;
  at = 0;
  private readonly _place: number;
  private readonly _file: number;
  private _key = Number.NaN;
  private _count = 0;

  constructor(path: string, place: number, capacity: number) {
    this._place = place;
    this.records = Records.of(capacity);
    this._file = openSync(path, 'r');
  }

  isBefore(other: Run): boolean {
    return this._key < other._key || (this._key === other._key && this._place < other._place);
  }

  /** Goes to the next record. @returns whether there is one */
  advance(): boolean {
    this.at += 1;
    if (this.at === this._count) return this.fill();
    this._key = this.records.keyOf(this.at);
    return true;
  }

  fill(): boolean {
    this._count = readSync(this._file, this.records.bytes) / RECORD_BYTES;
    this.at = 0;
    this._key = this.records.keyOf(0);
    return this._count > 0;
  }

  close(): void {
    closeSync(this._file);
  }
}

function writeFile(path: string, bytes: Uint8Array): void {
  try {
    const file = openSync(path, 'wx');
    try {
      writeAll(file, bytes);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw writeFailed(`Cannot write ${path}`, error);
  }
}
