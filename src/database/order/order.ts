import { statSync } from 'node:fs';
import { addDamage, type Damage } from '../../batch/damage.js';
import { isLocked } from '../connection.js';
import type { TimedRows } from '../events/event-rows.js';
import type { EventTimes } from '../events/event-times.js';
import type { RowRange } from '../rows.js';
import { RECORD_BYTES } from '../sort/records.js';
import { mergeSortedFiles, SortedFileWriter } from '../sort/sorted-files.js';
import { writeFailed } from '../write-failed.js';
import { OrderFileWriter } from './order-file.js';
import type { TimeSort } from './sort-by.js';

const ROWS_A_STEP = 512;

/** Rows of a range that were sorted. Plain data. */
export interface SortedPart {
  /** Sorted files. When they are merged, files of the rows before come first. */
  readonly paths: readonly string[];
  /** Rows that could not be read and are in none of the files. */
  readonly damage: readonly Damage[];
  /** First row that was not sorted yet; undefined: all rows of the range are. */
  readonly next: bigint | undefined;
}

/**
 * Sorts rows of a range by time into files: as many as one file holds, or those up to where another program has locked the
 * database. Equal times keep the order of the table; events without a usable time come first. Where the time is missing,
 * the event's other time is used.
 *
 * @param from the row to begin with
 * @param prefix beginning of the paths of the files
 * @param report called with the share of the range that has been read, 0 to 1
 */
export function sortPart(
  table: TimedRows,
  sortBy: TimeSort,
  { first, last }: RowRange,
  from: bigint,
  prefix: string,
  report: (share: number) => void,
): SortedPart {
  const sorted = new SortedFileWriter(prefix);
  const damage: Damage[] = [];
  const span = Number(last - first) + 1;
  let next: bigint | undefined = from;
  while (next !== undefined && sorted.paths.length === 0) {
    const step = timesUnlessLocked(table, next, last, next > from);
    if (step === undefined) break;
    for (const stretch of table.takeDamage()) addDamage(damage, stretch);
    for (const times of step) sorted.add(keyOf(times, sortBy), times.row, times.dueTimeS);
    const end = step.at(-1)?.row;
    next = end === undefined || end >= last ? undefined : end + 1n;
    report(next === undefined ? 1 : Number(next - first) / span);
  }
  sorted.flush();
  return { paths: sorted.paths, damage, next };
}

/** @returns undefined where the database is locked and `hasRows`, rows that were read before and shall not be lost */
function timesUnlessLocked(
  table: TimedRows,
  from: bigint,
  last: bigint,
  hasRows: boolean,
): EventTimes[] | undefined {
  try {
    return table.times(from, ROWS_A_STEP, last);
  } catch (error) {
    if (hasRows && isLocked(error)) return undefined;
    throw error;
  }
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
