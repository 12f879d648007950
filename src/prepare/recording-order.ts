import { dirname, join } from 'node:path';
import type { Damage } from '../batch/damage.js';
import type { EntryKey } from '../database/cache/cache-folder.js';
import type { WorkFolders } from '../database/cache/work-folders.js';
import type { EventReader } from '../database/event-reader.js';
import type { SortedPart } from '../database/order/order.js';
import { ORDER_VERSION, OrderFile } from '../database/order/order-file.js';
import type { TimeSort } from '../database/order/sort-by.js';
import { newGauge, type OnPreparation, watched } from '../database/preparation.js';
import { isUnchanged } from '../database/recording.js';
import { cutRows } from '../database/rows.js';
import { type AnyRecording, shapeOfEvents } from '../formats/file-recording.js';
import type { TaskRunner } from '../threads/task-runner.js';
import { keptOrMade } from './kept-or-made.js';

/** Ranges per thread that the rows are cut into, so that threads end at about the same time. */
const RANGES_A_THREAD = 4;
/** Fewest rows of a range, but for the last one. */
const FEWEST_ROWS = 16_384n;
/** Share of the time that reading and sorting take; merging takes the rest. */
const READING_SHARE = 0.9;

/** The order of a recording. */
export interface SortedRecording {
  readonly order: OrderFile;
  /** Rows that could not be read and are not in the order. */
  readonly damage: readonly Damage[];
}

export interface RecordingOrderOptions {
  readonly sortBy: TimeSort;
  readonly reader: EventReader;
  /** Number of threads that tasks run in, 1 or more. */
  readonly threads: number;
  readonly folders: WorkFolders;
  readonly onPreparation: OnPreparation | undefined;
  /** Called with a sentence where an order that was kept cannot be used. */
  readonly tell: (notice: string) => void;
}

/**
 * The order of a recording by a time: from the cache, or made by all threads and kept there.
 *
 * @returns the order, which the caller closes
 * @throws TcsReplayError `READ_FAILED`, `WRITE_FAILED`, `WORKER_FAILED`
 */
export async function orderOf(
  recording: AnyRecording,
  runner: TaskRunner,
  options: RecordingOrderOptions,
): Promise<SortedRecording> {
  const { identity } = recording;
  const { folders, sortBy } = options;
  const key: EntryKey | undefined =
    identity !== undefined && isUnchanged(recording)
      ? { source: identity, kind: `order by ${sortBy}`, ...shapeOfEvents(recording), version: ORDER_VERSION }
      : undefined;
  // An order is only kept where all rows were read.
  let damage: readonly Damage[] = [];
  const make = async (made: string) => {
    damage = await makeOrder(recording, runner, options, made);
    return damage.length === 0 && recording.damage.length === 0 && isUnchanged(recording);
  };
  const order = await keptOrMade(
    runner,
    folders,
    { path: recording.path, key, make, open: OrderFile.open },
    options,
  );
  return { order, damage };
}

/** Writes an order file. @returns rows that could not be read */
async function makeOrder(
  recording: AnyRecording,
  runner: TaskRunner,
  { sortBy, reader, threads, onPreparation }: RecordingOrderOptions,
  path: string,
): Promise<readonly Damage[]> {
  const { rows } = recording;
  const ranges = rows === undefined ? [] : cutRows(rows, RANGES_A_THREAD * threads, FEWEST_ROWS);
  const gauges = ranges.map(newGauge);
  const mergeGauge = newGauge();
  const share = () => {
    const read = gauges.reduce((sum, [, done]) => sum + done, 0) / Math.max(1, gauges.length);
    return READING_SHARE * read + (1 - READING_SHARE) * mergeGauge[1];
  };
  const sortAndMerge = async () => {
    const sorting = ranges.map(async (rows, i) => {
      const parts: SortedPart[] = [];
      for (let from: bigint | undefined = rows.first; from !== undefined; from = parts.at(-1)?.next) {
        const prefix = join(dirname(path), `sorted-${i}-${parts.length}-`);
        parts.push(
          await runner.run('sort', { recording, reader, sortBy, rows, from, prefix, gauge: gauges[i] }),
        );
      }
      return parts;
    });
    // Where one fails, the folder is removed only when all have stopped writing to it.
    await Promise.allSettled(sorting);
    const sorted = (await Promise.all(sorting)).flat();
    const files = sorted.flatMap(({ paths }) => paths);
    await runner.run('merge', { files, path, gauge: mergeGauge });
    return sorted.flatMap(({ damage }) => damage);
  };
  return watched(sortAndMerge(), recording.path, () => ({ what: 'order', share: share() }), onPreparation);
}
