import type { JsHistogram } from 'hdr-histogram-js';
import type { Histogram } from './histogram.js';

/** The values of histograms, sorted into buckets with fixed bounds. */
export interface Buckets {
  /** Number of values up to each bound. */
  readonly upTo: readonly number[];
  readonly count: number;
  /** Of the values, each as the middle of the histogram's own bucket: half a thousandth off at most. */
  readonly sumNs: number;
}

/** Part of a histogram: `count` values from `lowestNs` to below `nextNs`. */
export type OnPart = (lowestNs: number, nextNs: number, count: number) => void;

/**
 * Sorts values into buckets. A value counts up to a bound if the histogram's own bucket that it is in begins at or below that: it
 * may be a thousandth more.
 *
 * @param boundsNs ascending
 * @param read calls back with the parts of histograms
 */
export function sortedIntoBuckets(boundsNs: readonly number[], read: (onPart: OnPart) => void): Buckets {
  /** Number of values in each bucket by itself; the last one is that above all bounds. */
  const within = new Array<number>(boundsNs.length + 1).fill(0);
  let sumNs = 0;
  let bucket = 0;
  read((lowestNs, nextNs, count) => {
    // The parts of a histogram ascend; those of the next one begin anew.
    if (bucket > 0 && lowestNs <= (boundsNs[bucket - 1] as number)) bucket = 0;
    while (bucket < boundsNs.length && lowestNs > (boundsNs[bucket] as number)) bucket += 1;
    within[bucket] += count;
    sumNs += (count * (lowestNs + nextNs - 1)) / 2;
  });
  let count = 0;
  const upTo = within.map((values) => {
    count += values;
    return count;
  });
  return { upTo: upTo.slice(0, -1), count, sumNs };
}

/** The values of histograms in buckets: see `sortedIntoBuckets`. Takes a tenth of a millisecond a histogram. */
export function bucketsOf(histograms: readonly Histogram[], boundsNs: readonly number[]): Buckets {
  return sortedIntoBuckets(boundsNs, (onPart) => {
    for (const histogram of histograms) if (histogram.totalCount > 0) readParts(histogram, onPart);
  });
}

function readParts(histogram: Histogram, onPart: OnPart): void {
  // `build` makes no others, and its type does not tell their counts.
  const counts = histogram as JsHistogram;
  const end = counts.countsArrayIndex(histogram.maxValue) + 1;
  let lowestNs = 0;
  let widthNs = 0;
  for (let index = 0; index < end; index++, lowestNs += widthNs) {
    // All buckets of a half have one width.
    if (index % counts.subBucketHalfCount === 0) {
      lowestNs = counts.valueFromIndex(index);
      widthNs = counts.valueFromIndex(index + 1) - lowestNs;
    }
    const count = counts.getCountAtIndex(index);
    if (count > 0) onPart(lowestNs, lowestNs + widthNs, count);
  }
}
