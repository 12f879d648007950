import {
  findSilence,
  isSilence,
  type Look,
  newSilenceSearch,
  type Seen,
} from '../database/places/silence.js';
import type { RowRange } from '../database/rows.js';
import type { Silence } from '../selection/time-ranges.js';

export interface SeenSilenceOptions {
  /** Where events are searched for, sorted and disjoint. */
  readonly ranges: readonly RowRange[];
  /** The first event that may be due at `fromS` or later. */
  readonly first: number;
  readonly fromS: number;
  readonly minS: number;
  /** See `findSilence`. */
  readonly isAscending: boolean;
  /** Reads the times of events. */
  readonly see: (look: Look) => Promise<Seen>;
  readonly signal: AbortSignal | undefined;
}

/** Finds a silence in events that are read asynchronously, by number. @throws the reason of `signal`; what `see` throws */
export async function seenSilence(options: SeenSilenceOptions): Promise<Silence> {
  const { ranges, first, fromS, minS, isAscending, see, signal } = options;
  let search = newSilenceSearch(BigInt(first), fromS);
  for (;;) {
    signal?.throwIfAborted();
    const steps = findSilence(ranges, minS, isAscending, search);
    let step = steps.next();
    while (step.done !== true) step = steps.next(await see(step.value));
    if (isSilence(step.value)) return step.value;
    search = step.value;
  }
}
