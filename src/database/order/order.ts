import { statSync } from 'node:fs';
import type { Damage } from '../../batch/damage.js';
import type { EventTable, EventTimes } from '../events/event-table.js';
import type { RowRange } from '../rows.js';
import { RECORD_BYTES } from '../sort/records.js';
import { mergeSortedFiles, SortedFileWriter } from '../sort/sorted-files.js';
import { writeFailed } from '../write-failed.js';
import { OrderFileWriter } from './order-file.js';
import type { TimeSort } from './sort-by.js';

const ROWS_A_STEP = 512;

/** A range of rows that was sorted. Plain data. */
export interface SortedRange {
  /** Sorted files. When they are merged, files of the ranges before come first. */
  readonly paths: readonly string[];
  /** Rows that could not be read and are in none of the files. */
  readonly damage: readonly Damage[];
}

/**
 * Sorts the rows of a range by time into files. Equal times keep the order of the table; events without a usable time
 * come first. Where the time is missing, the event's other time is used.
 *
 * @param prefix beginning of the paths of the files
 * @param report called with the share of the range that has been read, 0 to 1
 */
export function sortRange(
  table: EventTable,
  sortBy: TimeSort,
  { first, last }: RowRange,
  prefix: string,
  report: (share: number) => void,
): SortedRange {
  const sorted = new SortedFileWriter(prefix);
  const span = Number(last - first) + 1;
  for (let from = first; from <= last; ) {
    const step = table.times(from, ROWS_A_STEP, last);
    for (const times of step) sorted.add(keyOf(times, sortBy), times.row, times.dueTimeS);
    const end = step.at(-1)?.row;
    if (end === undefined) break;
    from = end + 1n;
    report(Math.min(1, Number(from - first) / span));
  }
  sorted.flush();
  return { paths: sorted.paths, damage: table.takeDamage() };
}

/**
 * Merges sorted ranges into an order file.
 *
 * @param report called with the share that has been written, 0 to 1
 * @throws TcsReplayError `WRITE_FAILED`
 */
export function mergeOrder(files: readonly string[], path: string, report: (share: number) => void): void {
  const sizeBytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  try {
    const order = new OrderFileWriter(path);
    try {
      let written = 0;
      mergeSortedFiles(files, (records, count) => {
        order.append(records, count);
        written += count;
        report((written * RECORD_BYTES) / sizeBytes);
      });
    } finally {
      order.close();
    }
  } catch (error) {
    throw writeFailed(`Cannot write ${path}`, error);
  }
}

function keyOf({ dataTimeS, dueTimeS }: EventTimes, sortBy: TimeSort): number {
  const timeS = sortBy === '__wire_time' || Number.isNaN(dataTimeS) ? dueTimeS : dataTimeS;
  // Adding 0 makes -0 to 0: they would sort differently.
  return Number.isNaN(timeS) ? Number.NEGATIVE_INFINITY : timeS + 0;
}
