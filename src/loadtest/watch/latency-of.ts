import type { Histogram } from '../../measure/histogram.js';
import { summaryOf } from '../../measure/lateness.js';
import { percentileSpectrum } from '../../measure/percentile-spectrum.js';
import type { Latency } from '../load-report.js';

/** @param errorUs of the difference of clocks @returns null: nothing was measured */
export function latencyOf(histogram: Histogram | undefined, errorUs = 0): Latency | null {
  if (histogram === undefined || histogram.totalCount === 0) return null;
  return {
    ...summaryOf(histogram),
    errorUs,
    spectrum: percentileSpectrum(histogram).map(([percent, ns]) => [percent, ns / 1000]),
  };
}
