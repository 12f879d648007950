import { BLOCK_BYTES } from '../database/cache/content-digest.js';

/** Words of a digest. */
const DIGEST_WORDS = 4;

/** What is known of each block of a prepared file without reading it. `count` blocks; a column of bounds has one more. */
export interface PreparedIndex {
  readonly count: number;
  /** Offset in the file at which each block begins, and the last one ends. */
  readonly offsets: Float64Array;
  /** Number of events before each block, and of all. */
  readonly events: Float64Array;
  /** The latest time that the order of play has reached before each block, and with all, in Unix seconds; -Infinity: none. */
  readonly reachedS: Float64Array;
  /** The first row of each block, and one behind the last row: row ids, or indices in the order of a time. */
  readonly rows: BigInt64Array;
  /** Least and largest due time in each block, in Unix seconds. The least is -Infinity where an event has none. */
  readonly leastDueS: Float64Array;
  readonly mostDueS: Float64Array;
  /** Number in the list of topic counts at which those of each block begin, and the last ones end. */
  readonly topics: Float64Array;
  /** The digest of each block, in four words. */
  readonly digests: Int32Array;
  /** Numbers, from 0 on and ascending, of events whose clock was wrong: see `findStrays`. */
  readonly strays: Float64Array;
}

/** The index as it stands in the file, in the machine's byte order and of a multiple of 16 bytes. */
export function packIndex(index: PreparedIndex): Uint8Array<ArrayBuffer> {
  const columns = columnsOf(index);
  const sizeBytes = columns.reduce((sum, column) => sum + column.byteLength, 0);
  const bytes = new Uint8Array(padded(sizeBytes));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of columns) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

/**
 * @param bytes as `packIndex` made them
 * @param strayCount number of strays
 * @returns undefined where the size is not that of an index of these counts
 */
export function unpackIndex(
  { buffer }: Uint8Array<ArrayBuffer>,
  count: number,
  strayCount: number,
): PreparedIndex | undefined {
  const bounds = count + 1;
  const sizeBytes = 8 * (5 * bounds + 2 * count + strayCount) + 4 * DIGEST_WORDS * count;
  if (padded(sizeBytes) !== buffer.byteLength) return undefined;
  let at = 0;
  const doubles = (length: number) => {
    at += 8 * length;
    return new Float64Array(buffer, at - 8 * length, length);
  };
  const [offsets, events, reachedS, topics] = [bounds, bounds, bounds, bounds].map(doubles);
  const [leastDueS, mostDueS, strays] = [count, count, strayCount].map(doubles);
  const rows = new BigInt64Array(buffer, at, bounds);
  const digests = new Int32Array(buffer, at + 8 * bounds, DIGEST_WORDS * count);
  return { count, offsets, events, reachedS, rows, leastDueS, mostDueS, topics, digests, strays };
}

/** In the order in which they stand in the file. */
function columnsOf(index: PreparedIndex): (Float64Array | BigInt64Array | Int32Array)[] {
  const { offsets, events, reachedS, topics, leastDueS, mostDueS, strays, rows, digests } = index;
  return [offsets, events, reachedS, topics, leastDueS, mostDueS, strays, rows, digests];
}

/** The next multiple of 16. */
export function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Index of the last bound that is not above a value, in ascending bounds of which the first is not. */
export function lastUpTo(bounds: Float64Array, value: number): number {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
