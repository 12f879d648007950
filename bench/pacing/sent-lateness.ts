/** How late events were sent, as publishers leave it in a file. */
import { readFileSync } from 'node:fs';
import { type Histogram, HistogramLogReader } from 'hdr-histogram-js';
import { LARGEST_NS, latenessHistogram } from '../../src/measure/histogram.js';

const COUNTER_BITS = 64;
const HALF_INTERVAL_MS = 500;

/** Of how many events it is told, and of those behind the warm-up in nanoseconds. */
export interface SentLateness {
  readonly timed: number;
  readonly lateness: Histogram;
}

/**
 * @param path of an interval log of HdrHistogram, whose values are nanoseconds
 * @param warmUpS the intervals that begin earlier are left out
 */
export function loggedLateness(path: string, warmUpS: number): SentLateness {
  const lateness = latenessHistogram();
  let timed = 0;
  const reader = new HistogramLogReader(readFileSync(path, 'utf8'), COUNTER_BITS);
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    timed += next.totalCount;
    // They are a second each, by a clock that is not whole to the last digit.
    if (next.startTimeStampMsec - reader.startTimeSec * 1000 > 1000 * warmUpS - HALF_INTERVAL_MS)
      lateness.add(next);
  }
  return { timed, lateness };
}

/**
 * @param path of a file of seconds, one of each event, as doubles in this machine's byte order
 * @param warmUpEvents the first ones, which are left out
 */
export function listedLateness(path: string, warmUpEvents: number): SentLateness {
  const bytes = readFileSync(path);
  // A copy begins where doubles may.
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const lateness = latenessHistogram();
  for (const seconds of all.subarray(warmUpEvents)) {
    // The time of day has steps: by it, a sleep may end before its time.
    lateness.recordValue(Math.min(LARGEST_NS, Math.max(0, Math.round(1e9 * seconds))));
  }
  return { timed: all.length, lateness };
}
