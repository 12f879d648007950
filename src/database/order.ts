import type { SortBy } from '../sort-by.js';
import type { EventTable, EventTimes } from './event-table.js';

const ROWS_A_STEP = 4096;
const [SMALLEST_ROW, LARGEST_ROW] = [-(2n ** 63n), 2n ** 63n - 1n];

/**
 * The row ids of a recording by time. Equal times keep the order of the table; events without a usable time come
 * first. Where the time asked for is missing, the event's other time stands in for it.
 *
 * Holds 16 bytes an event while it sorts.
 */
export function rowsByTime(table: EventTable, sortBy: Exclude<SortBy, 'none'>): BigInt64Array<ArrayBuffer> {
  const keyOf = (times: EventTimes) => {
    const timeS =
      sortBy === '__wire_time' || Number.isNaN(times.dataTimeS) ? times.dueTimeS : times.dataTimeS;
    return Number.isNaN(timeS) ? Number.NEGATIVE_INFINITY : timeS;
  };
  let rows = new BigInt64Array(ROWS_A_STEP);
  let keys = new Float64Array(ROWS_A_STEP);
  let count = 0;
  let first = SMALLEST_ROW;
  for (;;) {
    const step = table.times(first, ROWS_A_STEP);
    for (const times of step) {
      if (count === rows.length) {
        [rows, keys] = [grown(rows, new BigInt64Array(2 * count)), grown(keys, new Float64Array(2 * count))];
      }
      rows[count] = times.row;
      keys[count] = keyOf(times);
      count += 1;
    }
    const last = step.at(-1)?.row;
    if (last === undefined || last === LARGEST_ROW) break;
    first = last + 1n;
  }
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  order.sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b));
  return BigInt64Array.from(order, (at) => rows[at]);
}

function grown<T extends BigInt64Array | Float64Array>(from: T, to: T): T {
  // Both are of the same kind: TypeScript cannot tell.
  (to as Float64Array).set(from as Float64Array);
  return to;
}
