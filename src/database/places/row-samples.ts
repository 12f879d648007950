import type { TimedRows } from '../events/event-rows.js';
import type { RowRange } from '../rows.js';

/** Some events that stand for all those of their part of the rows. */
export interface RowSample extends RowRange {
  /** Number of rows that each of its rows stands for, 1 or more. */
  readonly weight: number;
}

/** Samples of rows, which lie evenly all over them. @param samples number of places, 1 or more @param events number of events at each */
export function* rowSamples(
  table: TimedRows,
  { first, last }: RowRange,
  samples: number,
  events: number,
): Generator<RowSample> {
  const part = (last - first) / BigInt(samples) + 1n;
  for (let from = first; from <= last; from += part) {
    const end = from + part - 1n < last ? from + part - 1n : last;
    const read = table.bound(from, end, events);
    if (read === undefined) continue;
    yield { first: from, last: read, weight: Number(end - from + 1n) / Number(read - from + 1n) };
  }
}
