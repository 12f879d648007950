import { decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { latenessHistogram } from '../src/measure/histogram.js';
import { percentileSpectrum } from '../src/measure/percentile-spectrum.js';
import type { HistogramData, Percentiles } from './result.js';

const NS_A_US = 1000;

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

function percentilesOf(histogram: Histogram): Percentiles {
  const us = (ns: number) => ns / NS_A_US;
  return {
    count: histogram.totalCount,
    minUs: us(histogram.minNonZeroValue > histogram.maxValue ? 0 : histogram.getValueAtPercentile(0)),
    meanUs: us(histogram.mean),
    maxUs: us(histogram.maxValue),
    percentiles: percentileSpectrum(histogram).map(([percent, ns]) => [percent, us(ns)]),
  };
}
