/** How late events were sent, as publishers leave it in a file. */
import { readFileSync } from 'node:fs';
import { type Histogram, HistogramLogReader } from 'hdr-histogram-js';
import { LARGEST_NS, latenessHistogram } from '../../src/measure/histogram.js';

const COUNTER_BITS = 64;

/** @param path of an interval log of HdrHistogram, whose values are nanoseconds. @returns all its intervals together */
export function loggedLateness(path: string): Histogram {
  const all = latenessHistogram();
  const reader = new HistogramLogReader(readFileSync(path, 'utf8'), COUNTER_BITS);
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    all.add(next);
  }
  return all;
}

/** @param path of a file of seconds, one of each event, as doubles in this machine's byte order */
export function listedLateness(path: string): Histogram {
  const bytes = readFileSync(path);
  const all = latenessHistogram();
  // A copy begins where doubles may.
  for (const seconds of new Float64Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  )) {
    // The time of day has steps: by it, a sleep may end before its time.
    all.recordValue(Math.min(LARGEST_NS, Math.max(0, Math.round(1e9 * seconds))));
  }
  return all;
}
