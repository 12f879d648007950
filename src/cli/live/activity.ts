import type { Overview } from '../../timeline/activity.js';

/** A smaller overlap of a bin and a column, in columns, is a rounding error. */
const LEAST_OVERLAP = 1e-9;

/**
 * The number of events in each column of a timeline: the events of a bin are divided among the columns that it covers.
 */
export function activityByColumn(counts: Overview['counts'], columns: number): number[] {
  const byColumn = new Array<number>(columns).fill(0);
  const columnsABin = columns / counts.length;
  for (const [i, count] of counts.entries()) {
    if (!(count > 0)) continue;
    const [from, to] = [i * columnsABin, (i + 1) * columnsABin];
    for (let column = Math.floor(from); column < Math.min(to, columns); column++) {
      const overlap = Math.min(to, column + 1) - Math.max(from, column);
      if (overlap > LEAST_OVERLAP) byColumn[column] += (count * overlap) / columnsABin;
    }
  }
  return byColumn;
}
