import { join } from 'node:path';
import type { Damage } from '../batch/damage.js';
import { CacheFolder, DATA, type EntryKey } from '../database/cache/cache-folder.js';
import { isInCache, makeInAsync, type Places } from '../database/cache/scratch.js';
import type { TimeOrder } from '../database/order/order.js';
import { ORDER_VERSION, OrderFile } from '../database/order/order-file.js';
import { newGauge, type OnPreparation, watched } from '../database/preparation.js';
import { isUnchanged, type Recording } from '../database/recording.js';
import type { DecoderPool } from './decoder-pool.js';

/** Ranges that the rows are cut into, for each thread, so that none has much left to do when the others are done. */
const RANGES_A_THREAD = 4;
/** Fewer rows than this are not worth a further range. */
const FEWEST_ROWS = 16_384n;
/** What reading and sorting take of the time; merging takes the rest. */
const READING_SHARE = 0.9;

/** The order of a recording. */
export interface SortedRecording {
  readonly order: OrderFile;
  /** What could not be read, and is not in it. */
  readonly damage: readonly Damage[];
}

/**
 * The order of a recording by a time: from the cache, or made by all threads and kept there.
 *
 * @param workers number of threads in the pool
 * @returns the order, which the caller closes
 * @throws TcsReplayError `READ_FAILED`, `WRITE_FAILED`, `WORKER_FAILED`
 */
export async function orderOf(
  pool: DecoderPool,
  workers: number,
  places: Places,
  recording: Recording,
  sortBy: TimeOrder,
  onPreparation: OnPreparation | undefined,
): Promise<SortedRecording> {
  const { identity, schema } = recording;
  const cache = places.cacheFolder === undefined ? undefined : new CacheFolder(places.cacheFolder);
  const key: EntryKey | undefined =
    identity !== undefined && isUnchanged(recording)
      ? { source: identity, kind: `order by ${sortBy}`, schema, version: ORDER_VERSION }
      : undefined;
  const kept = key && cache?.find(key);
  // One that is kept was made of all rows.
  if (kept !== undefined) return { order: await OrderFile.open(kept), damage: [] };
  let damage: readonly Damage[] = [];
  const folder = await makeInAsync(places, async (made) => {
    damage = await build(pool, workers, recording, sortBy, made, onPreparation);
  });
  const isWhole = damage.length === 0 && recording.damage.length === 0;
  const isKept = isWhole && key !== undefined && isInCache(folder, places) && isUnchanged(recording);
  const path = cache !== undefined && isKept ? cache.store(key, folder) : join(folder, DATA);
  return { order: await OrderFile.open(path), damage };
}

async function build(
  pool: DecoderPool,
  workers: number,
  recording: Recording,
  sortBy: TimeOrder,
  folder: string,
  onPreparation: OnPreparation | undefined,
): Promise<readonly Damage[]> {
  const ranges = rangesOf(recording.rows, RANGES_A_THREAD * workers);
  const gauges = ranges.map(newGauge);
  const mergeGauge = newGauge();
  const share = () => {
    const read = gauges.reduce((sum, [, done]) => sum + done, 0) / Math.max(1, gauges.length);
    return READING_SHARE * read + (1 - READING_SHARE) * mergeGauge[1];
  };
  const sortAndMerge = async () => {
    const sorting = ranges.map((rows, i) =>
      pool.run('sort', { recording, sortBy, rows, prefix: join(folder, `run-${i}-`), gauge: gauges[i] }),
    );
    // None of them writes there any more when the folder is removed since one has failed.
    await Promise.allSettled(sorting);
    const sorted = await Promise.all(sorting);
    const runs = sorted.flatMap(({ paths }) => paths);
    await pool.run('merge', { runs, path: join(folder, DATA), gauge: mergeGauge });
    return sorted.flatMap(({ damage }) => damage);
  };
  return watched(sortAndMerge(), recording.path, () => ({ what: 'order', share: share() }), onPreparation);
}

/** Cuts a range of row ids into at most `count`, in order. */
function rangesOf(rows: Recording['rows'], count: number): { first: bigint; last: bigint }[] {
  if (rows === undefined) return [];
  const span = rows.last - rows.first + 1n;
  const byCount = (span + BigInt(count) - 1n) / BigInt(count);
  const step = byCount > FEWEST_ROWS ? byCount : FEWEST_ROWS;
  const ranges: { first: bigint; last: bigint }[] = [];
  for (let { first } = rows; first <= rows.last; first += step) {
    const last = first + step - 1n;
    ranges.push({ first, last: last < rows.last ? last : rows.last });
  }
  return ranges;
}
