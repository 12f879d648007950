import type { Histogram } from '../../measure/histogram.js';
import { summaryOf } from '../../measure/lateness.js';
import { percentileSpectrum } from '../../measure/percentile-spectrum.js';
import type { Latency } from '../load-report.js';

/** @returns null: nothing was measured */
export function latencyOf(histogram: Histogram | undefined): Latency | null {
  if (histogram === undefined || histogram.totalCount === 0) return null;
  return {
    ...summaryOf(histogram),
    spectrum: percentileSpectrum(histogram).map(([percent, ns]) => [percent, ns / 1000]),
  };
}
