import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { writeAll, writeFailed } from '../write-failed.js';
import { RECORD_BYTES, Records } from './records.js';

/** Records of a sorted file: sorting them takes 10 MB in all. */
const FILE_RECORDS = 1 << 18;
/** Memory for the buffers of all files that are merged. */
const MERGE_BYTES = 16 << 20;
const LARGEST_BUFFER_RECORDS = 2048;
const SMALLEST_BUFFER_RECORDS = 64;
const MERGED_RECORDS = 4096;

/** Takes records in any order and writes them to files, each of them sorted by key. */
export class SortedFileWriter {
  /** The files, in the order in which their records came. */
  readonly paths: string[] = [];
  private readonly _prefix: string;
  private readonly _records = Records.of(FILE_RECORDS);
  private _sorted: Records | undefined;
  private _count = 0;

  /** @param prefix beginning of the paths of the files */
  constructor(prefix: string) {
    this._prefix = prefix;
  }

  /** @param key neither NaN nor -0 */
  add(key: number, row: bigint, number: number): void {
    this._records.set(this._count++, key, row, number);
    if (this._count === FILE_RECORDS) this.flush();
  }

  /** Writes the records that are left. @throws TcsReplayError `WRITE_FAILED` */
  flush(): void {
    const count = this._count;
    if (count === 0) return;
    const order = this._records.order(count);
    let sorted = this._records;
    if (order !== undefined) {
      this._sorted ??= Records.of(FILE_RECORDS);
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
 * Merges sorted files and removes them. Equal keys keep the order of the files, and the order within them.
 *
 * @param take called with the records in order, some thousands at a time; the buffer is used again when it returns
 */
export function mergeSortedFiles(
  paths: readonly string[],
  take: (records: Records, count: number) => void,
): void {
  const fitting = Math.floor(MERGE_BYTES / RECORD_BYTES / Math.max(1, paths.length));
  const capacity = Math.max(SMALLEST_BUFFER_RECORDS, Math.min(fitting, LARGEST_BUFFER_RECORDS));
  const files: SortedFile[] = [];
  try {
    for (const [index, path] of paths.entries()) files.push(new SortedFile(path, index, capacity));
    merge(
      files.filter((file) => file.fill()),
      take,
    );
  } finally {
    for (const file of files) file.close();
  }
  for (const path of paths) rmSync(path);
}

function merge(heap: SortedFile[], take: (records: Records, count: number) => void): void {
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
      const last = heap.pop() as SortedFile;
      if (heap.length > 0) heap[0] = last;
    }
    if (heap.length > 0) sink(heap, 0);
  }
  if (count > 0) take(merged, count);
}

/** Moves the file at an index of the heap down to where it belongs. */
function sink(heap: SortedFile[], from: number): void {
  const file = heap[from];
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1].isBefore(heap[child])) child += 1;
    if (!heap[child].isBefore(file)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = file;
}

/** A sorted file that is read from its beginning to its end. */
class SortedFile {
  readonly records: Records;
  at = 0;
  private readonly _index: number;
  private readonly _file: number;
  private _key = Number.NaN;
  private _count = 0;

  constructor(path: string, index: number, capacity: number) {
    this._index = index;
    this.records = Records.of(capacity);
    this._file = openSync(path, 'r');
  }

  isBefore(other: SortedFile): boolean {
    return this._key < other._key || (this._key === other._key && this._index < other._index);
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
