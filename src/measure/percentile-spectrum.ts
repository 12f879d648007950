import { type Histogram, percentile } from './histogram.js';

/** Points in each halving of the share above a percentile, as the tools of HdrHistogram have. */
const POINTS_A_HALVING = 5;
const MOST_HALVINGS = 20;

/**
 * Percentiles with their values, in nanoseconds as the histogram has them: up to the last one that has at least one value
 * above it, and 100 with the largest value.
 */
export function percentileSpectrum(histogram: Histogram): [percent: number, ns: number][] {
  const points: [number, number][] = [];
  for (let i = 0; i <= MOST_HALVINGS * POINTS_A_HALVING; i++) {
    // Equal steps within each halving.
    const halvings = Math.floor(i / POINTS_A_HALVING);
    const within = (i % POINTS_A_HALVING) / POINTS_A_HALVING;
    const above = 2 ** -halvings * (1 - within / 2);
    if (above * histogram.totalCount < 1) break;
    const percent = 100 * (1 - above);
    points.push([percent, percentile(histogram, percent)]);
  }
  points.push([100, histogram.maxValue]);
  return points;
}
