import { build, type Histogram } from 'hdr-histogram-js';

/** Later than an hour counts as an hour. */
export const LARGEST_NS = 3.6e12;
/** Three digits resolve a part in a thousand. */
const SIGNIFICANT_DIGITS = 3;

/** An empty High Dynamic Range histogram (http://hdrhistogram.org) of latenesses in nanoseconds. */
export function latenessHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LARGEST_NS,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    // Counts of 32 bits throw when they are full, which a replay without end can come to.
    bitBucketSize: 64,
    autoResize: false,
  });
}

/** The value below which so many percent of all lie. That is the upper end of a bucket: no more than the largest. */
export function percentile(histogram: Histogram, percent: number): number {
  return Math.min(histogram.getValueAtPercentile(percent), histogram.maxValue);
}
