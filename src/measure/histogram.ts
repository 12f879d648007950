import { build, type Histogram, type JsHistogram } from 'hdr-histogram-js';

export type { Histogram };

/** Largest lateness that is recorded: an hour. Larger ones count as an hour. */
export const LARGEST_NS = 3.6e12;
/** Three digits give a resolution of one part in a thousand. */
const SIGNIFICANT_DIGITS = 3;

/** An empty High Dynamic Range histogram (http://hdrhistogram.org) for lateness in nanoseconds. */
export function latenessHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LARGEST_NS,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    // Counters of 32 bits throw when they overflow, which can happen in an endless replay.
    bitBucketSize: 64,
    autoResize: false,
  });
}

/** The value that `percent` of all values do not exceed: the upper end of a bucket, but at most the largest value. */
export function percentile(histogram: Histogram, percent: number): number {
  return Math.min(histogram.getValueAtPercentile(percent), histogram.maxValue);
}

/** What a histogram has more than one that was made of the same values before. Both are of `latenessHistogram`. */
export function recordedSince(all: Histogram, before: Histogram): Histogram {
  const since = latenessHistogram();
  const [now, then] = [all as JsHistogram, before as JsHistogram];
  for (let i = 0; i < now.countsArrayLength; i++) {
    const count = now.getCountAtIndex(i) - then.getCountAtIndex(i);
    if (count > 0)
      since.recordValueWithCount(
        Math.min(LARGEST_NS, now.highestEquivalentValue(now.valueFromIndex(i))),
        count,
      );
  }
  return since;
}
