import type { Histogram } from 'hdr-histogram-js';
import { percentile } from '../../src/measure/histogram.js';
import type { FigureInfo } from '../result.js';

/** `send`: sent less due, by the publisher. `delivery`: received less due, by the subscriber. */
type End = 'send' | 'delivery';

const FIGURES: readonly { readonly name: string; readonly title: string; readonly percent: number }[] = [
  { name: 'P99Us', title: 'p99', percent: 99 },
  { name: 'P50Us', title: 'p50', percent: 50 },
  { name: 'P999Us', title: 'p99.9', percent: 99.9 },
  { name: 'MaxUs', title: 'max', percent: 100 },
];

/**
 * The figures of an end.
 *
 * @param verb before the percentile, as the head of a column
 * @param compared those that results are compared by
 * @param shown those in the table on the terminal
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

/** What a histogram gives for them; null where there is none. */
export function latenessIn(end: End, histogram: Histogram | undefined): Record<string, number | null> {
  const atUs = (percent: number) =>
    histogram === undefined || histogram.totalCount === 0 ? null : percentile(histogram, percent) / 1000;
  return Object.fromEntries(FIGURES.map(({ name, percent }) => [`${end}${name}`, atUs(percent)]));
}
