/** Reads the lateness of sent events from the files that publishers write. */
import { readFileSync } from 'node:fs';
import { type Histogram, HistogramLogReader } from 'hdr-histogram-js';
import { LARGEST_NS, latenessHistogram } from '../../src/measure/histogram.js';

const COUNTER_BITS = 64;
const HALF_INTERVAL_MS = 500;

/**
 * `timed` counts all events whose lateness is in the file; `lateness` holds those after the warm-up, in
 * nanoseconds.
 */
export interface SentLateness {
  readonly timed: number;
  readonly lateness: Histogram;
}

/**
 * Reads tcs-replay's interval log.
 *
 * @param path an interval log of HdrHistogram whose values are nanoseconds
 * @param warmUpS seconds; intervals that begin earlier are left out of `lateness`
 */
export function loggedLateness(path: string, warmUpS: number): SentLateness {
  const lateness = latenessHistogram();
  let timed = 0;
  const reader = new HistogramLogReader(readFileSync(path, 'utf8'), COUNTER_BITS);
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    timed += next.totalCount;
    // Intervals last a second each, but their start times are not exact.
    if (next.startTimeStampMsec - reader.startTimeSec * 1000 > 1000 * warmUpS - HALF_INTERVAL_MS)
      lateness.add(next);
  }
  return { timed, lateness };
}

/**
 * Reads the model's list.
 *
 * @param path a file of seconds, one per event, as doubles in this machine's byte order
 * @param warmUpEvents number of events at the start that `lateness` leaves out
 */
export function listedLateness(path: string, warmUpEvents: number): SentLateness {
  const bytes = readFileSync(path);
  // The copy is aligned as doubles require.
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const lateness = latenessHistogram();
  for (const seconds of all.subarray(warmUpEvents)) {
    // The clock of the time of day is coarse: by it, a sleep may end early.
    lateness.recordValue(Math.min(LARGEST_NS, Math.max(0, Math.round(1e9 * seconds))));
  }
  return { timed: all.length, lateness };
}
