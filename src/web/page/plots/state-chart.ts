import uPlot from 'uplot';
import { plain } from '../../../shared/plain-text.js';
import type { PlotSeries } from '../model/plot-series.js';
import { color } from '../theme.js';
import { type ChartSpec, makeChart } from './chart.js';

const COLORS = 8;
/** In CSS pixels: a narrower band has no room for its value. */
const LEAST_LABELLED = 24;

type Common = Pick<ChartSpec, 'spanOf' | 'marksOf' | 'onCursor' | 'onSelect' | 'height'>;

/** A chart of the values of a text or a boolean as bands, each value in a color of its own. */
export function makeStateChart(place: HTMLElement, series: PlotSeries, common: Common): uPlot {
  const colors = new Map<string, number>();
  return makeChart(place, stateData(), {
    ...common,
    series: [{ paths: () => null, points: { show: false } }],
    draw: (chart) => drawBands(chart, series, colors),
  });
}

/** Bands are drawn from the states; the chart itself has no points. */
export function stateData(): uPlot.AlignedData {
  return [[], []];
}

function drawBands(chart: uPlot, { states, span }: PlotSeries, colors: Map<string, number>): void {
  const { ctx, bbox } = chart;
  const ratio = uPlot.pxRatio;
  const endS = span?.toS ?? 0;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const [i, { atS, value }] of states.entries()) {
    if (value === null) continue;
    const number = colors.get(value) ?? colors.size % COLORS;
    colors.set(value, number);
    const left = Math.max(chart.valToPos(atS, 'x', true), bbox.left);
    const right = Math.min(chart.valToPos(states[i + 1]?.atS ?? endS, 'x', true), bbox.left + bbox.width);
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.globalAlpha = 0.35;
    ctx.fillStyle = color(`line-${number + 1}`);
    ctx.fillRect(left, bbox.top, Math.max(right - left, ratio), bbox.height);
    ctx.globalAlpha = 1;
    // Its beginning is seen where two of the same color meet.
    ctx.fillRect(left, bbox.top, ratio, bbox.height);
    const text = plain(value.slice(0, 100));
    const room = right - left - 8 * ratio;
    if (room < LEAST_LABELLED * ratio) continue;
    ctx.fillStyle = color('ink');
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, room + 4 * ratio, bbox.height);
    ctx.clip();
    ctx.fillText(text, left + 5 * ratio, bbox.top + bbox.height / 2);
    ctx.restore();
  }
  ctx.restore();
}
