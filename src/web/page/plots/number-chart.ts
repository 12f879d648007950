import type uPlot from 'uplot';
import type { PlotSeries } from '../model/plot-series.js';
import { color } from '../theme.js';
import { type ChartSpec, makeChart, numberText } from './chart.js';

type Common = Pick<ChartSpec, 'spanOf' | 'marksOf' | 'onCursor' | 'onSelect' | 'height'>;

/** A chart of the least and the greatest value of each bin. */
export function makeNumberChart(place: HTMLElement, series: PlotSeries, common: Common): uPlot {
  const stroke = () => color('line-1');
  const line: uPlot.Series = {
    ...{ stroke, width: 1.25 },
    points: { show: (chart, i) => (chart.data[i]?.length ?? 0) < FEW_POINTS, size: 4, stroke, fill: stroke },
  };
  return makeChart(place, numberData(series), {
    ...common,
    series: [line, { ...line, points: { show: false } }],
    bands: [{ series: [1, 2], fill: () => color('line-1-fill') }],
    valueText: numberText,
  });
}

/** With fewer, each one has a dot. */
const FEW_POINTS = 60;

/** Silences of more than this are gaps in a line, in seconds, where bins are closer. */
const GAP_S = 60;
/** Or so many times the usual distance of values. */
const GAP_DISTANCES = 8;

/** The bins that have values; null between two that are far apart. */
export function numberData({ span, bins, min, max }: PlotSeries): uPlot.AlignedData {
  if (span === undefined) return [[], [], []];
  const binS = (span.toS - span.fromS) / bins;
  const filled = max.flatMap((value, i) => (value === null || value === undefined ? [] : [i]));
  const distances = filled.slice(1).map((bin, i) => bin - filled[i]);
  const usual = distances.toSorted((a, b) => a - b)[distances.length >> 1] ?? 1;
  const most = Math.max(GAP_S / binS, GAP_DISTANCES * usual, 2);
  const [xs, highs, lows]: [number[], (number | null)[], (number | null)[]] = [[], [], []];
  let before = Number.NEGATIVE_INFINITY;
  for (const bin of filled) {
    if (bin - before > most && xs.length > 0) {
      xs.push(span.fromS + (before + 1.5) * binS);
      highs.push(null);
      lows.push(null);
    }
    xs.push(span.fromS + (bin + 0.5) * binS);
    highs.push(max[bin]);
    lows.push(min[bin]);
    before = bin;
  }
  return [xs, highs, lows];
}
