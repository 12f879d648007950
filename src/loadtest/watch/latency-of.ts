import { type Histogram, percentile } from '../../measure/histogram.js';
import { percentileSpectrum } from '../../measure/percentile-spectrum.js';
import type { Latency } from '../load-report.js';

/** @param errorUs of the difference of clocks @returns null: nothing was measured */
export function latencyOf(histogram: Histogram | undefined, errorUs = 0): Latency | null {
  if (histogram === undefined || histogram.totalCount === 0) return null;
  const at = (percent: number) => percentile(histogram, percent) / 1000;
  return {
    ...{ p50Us: at(50), p90Us: at(90), p99Us: at(99), p999Us: at(99.9), p9999Us: at(99.99) },
    ...{ maxUs: histogram.maxValue / 1000, meanUs: histogram.mean / 1000, errorUs },
    spectrum: percentileSpectrum(histogram).map(([percent, ns]) => [percent, ns / 1000]),
  };
}
