import { readFileSync } from 'node:fs';
import { type Histogram, HistogramLogReader } from 'hdr-histogram-js';

/** All intervals of a histogram log, as HdrHistogram's reader finds them: each with its tag. */
export function logIntervals(file: string): Histogram[] {
  const reader = new HistogramLogReader(readFileSync(file, 'utf8'), 64);
  const found: Histogram[] = [];
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    found.push(next);
  }
  return found;
}
