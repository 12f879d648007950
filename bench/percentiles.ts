import { decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { latenessHistogram, percentile } from '../src/measure/histogram.js';
import type { HistogramData, Percentiles } from './result.js';

const NS_A_US = 1000;
/** Points in each halving of the share above a percentile, as the tools of HdrHistogram have. */
const POINTS_A_HALVING = 5;
const MOST_HALVINGS = 20;

/** A histogram in the form in which results keep it. */
export function histogramData(histogram: Histogram): HistogramData {
  return { ...percentilesOf(histogram), encoded: encodeIntoCompressedBase64(histogram) };
}

/** Percentiles over all values of several kept histograms. @throws Error if they hold no value */
export function mergedPercentiles(kept: readonly HistogramData[]): Percentiles {
  const all = latenessHistogram();
  for (const { encoded } of kept) all.add(decodeFromCompressedBase64(encoded));
  return percentilesOf(all);
}

/** Points of the percentile spectrum, up to the last one that has at least one value above it. */
function percentilesOf(histogram: Histogram): Percentiles {
  const { totalCount } = histogram;
  const us = (ns: number) => ns / NS_A_US;
  const points: [number, number][] = [];
  for (let i = 0; i <= MOST_HALVINGS * POINTS_A_HALVING; i++) {
    // Equal steps within each halving.
    const halvings = Math.floor(i / POINTS_A_HALVING);
    const within = (i % POINTS_A_HALVING) / POINTS_A_HALVING;
    const above = 2 ** -halvings * (1 - within / 2);
    if (above * totalCount < 1) break;
    const percent = 100 * (1 - above);
    points.push([percent, us(percentile(histogram, percent))]);
  }
  points.push([100, us(histogram.maxValue)]);
  return {
    count: totalCount,
    minUs: us(histogram.minNonZeroValue > histogram.maxValue ? 0 : histogram.getValueAtPercentile(0)),
    meanUs: us(histogram.mean),
    maxUs: us(histogram.maxValue),
    percentiles: points,
  };
}
