import type { Histogram, JsHistogram } from 'hdr-histogram-js';
// The package's main module also loads WebAssembly and a compressor, which take three times as long to load.
import { constructorFromBucketSize } from 'hdr-histogram-js/dist/JsHistogramFactory.js';

export type { Histogram };

/** Largest lateness that is recorded: an hour. Larger ones count as an hour. */
export const LARGEST_NS = 3.6e12;
/** Three digits give a resolution of one part in a thousand. */
const SIGNIFICANT_DIGITS = 3;

/** Counters of 32 bits throw when they overflow, which can happen in an endless replay. */
const Histogram64 = constructorFromBucketSize(64);

/**
 * An empty High Dynamic Range histogram (http://hdrhistogram.org) for values from 1.
 *
 * @param highest largest value that it holds; larger ones throw, or make it larger where it `growsByItself`
 * @param digits significant digits of values, 1 to 5
 */
export function newHistogram(highest: number, digits: number, growsByItself: boolean): Histogram {
  const histogram = new Histogram64(1, highest, digits);
  histogram.autoResize = growsByItself;
  return histogram;
}

/** An empty histogram for lateness in nanoseconds. */
export function latenessHistogram(): Histogram {
  return newHistogram(LARGEST_NS, SIGNIFICANT_DIGITS, false);
}

/** What several histograms hold together: percentiles of it are those of all values. Undefined: there was none. */
export function sumOfHistograms(histograms: Iterable<Histogram | undefined>): Histogram | undefined {
  let sum: Histogram | undefined;
  for (const histogram of histograms) {
    if (histogram === undefined) continue;
    sum ??= latenessHistogram();
    sum.add(histogram);
  }
  return sum;
}

// Adding makes a fraction of a count, once for all histograms, and V8 throws away what it had compiled for them: so it comes before.
const one = newHistogram(LARGEST_NS, 1, false);
one.recordValue(1);
newHistogram(LARGEST_NS, 1, false).add(one);

/** The value that `percent` of all values do not exceed: the upper end of a bucket, but at most the largest value. */
export function percentile(histogram: Histogram, percent: number): number {
  return Math.min(histogram.getValueAtPercentile(percent), histogram.maxValue);
}

/** The values that were recorded since an earlier state of the same histogram: each as the highest one of its bucket. */
export function recordedSince(histogram: Histogram, earlier: Histogram): Histogram {
  const since = latenessHistogram();
  const [now, before] = [histogram, earlier] as JsHistogram[];
  for (let i = 0; i < now.countsArrayLength; i++) {
    const count = now.getCountAtIndex(i) - before.getCountAtIndex(i);
    if (count > 0)
      since.recordValueWithCount(
        Math.min(now.highestEquivalentValue(now.valueFromIndex(i)), LARGEST_NS),
        count,
      );
  }
  return since;
}
