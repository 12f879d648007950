import type { Histogram } from 'hdr-histogram-js';
import { percentile } from '../../src/measure/histogram.js';
import type { FigureInfo } from '../result.js';

/**
 * `send`: time sent minus time due, by the publisher. `delivery`: time received minus time due, by the
 * subscriber.
 */
type End = 'send' | 'delivery';

const FIGURES: readonly { readonly name: string; readonly title: string; readonly percent: number }[] = [
  { name: 'P99Us', title: 'p99', percent: 99 },
  { name: 'P50Us', title: 'p50', percent: 50 },
  { name: 'P90Us', title: 'p90', percent: 90 },
  { name: 'P999Us', title: 'p99.9', percent: 99.9 },
  { name: 'MaxUs', title: 'max', percent: 100 },
];

/**
 * The figures of one end.
 *
 * @param verb stands before the percentile in a column head
 * @param compared titles of the figures that results are compared by
 * @param shown titles of the figures in the table on the terminal
 */
export function latenessFigures(
  end: End,
  verb: string,
  compared: readonly string[],
  shown: readonly string[],
): FigureInfo[] {
  return FIGURES.map(({ name, title }) => ({
    ...{ name: `${end}${name}`, title: `${verb} ${title}`, unit: 'us', better: 'lower' },
    ...{ isCompared: compared.includes(title), isShown: shown.includes(title) },
  }));
}

/** The values of these figures in a histogram; null without a histogram, or if it is empty. */
export function latenessIn(end: End, histogram: Histogram | undefined): Record<string, number | null> {
  const atUs = (percent: number) =>
    histogram === undefined || histogram.totalCount === 0 ? null : percentile(histogram, percent) / 1000;
  return Object.fromEntries(FIGURES.map(({ name, percent }) => [`${end}${name}`, atUs(percent)]));
}
