import { figureText } from '../figure-text.js';
import type { CaseResult, HistogramName, Percentiles } from '../result.js';
import { tickAxis, valueAxis } from './axes.js';
import { axisTitle, type Drawing, frame, type Json, tooltip } from './drawing.js';
import { type LinePoint, legendEntry, line, lineStyles } from './lines.js';

/** No clock resolves less than a tenth of a microsecond, and a logarithmic axis needs a lower end. */
const LEAST_US = 0.1;

const MEANINGS: Readonly<Record<HistogramName, string>> = {
  lateness: 'Lateness: time sent minus time due, by the publisher',
  delivery: 'Delivery: time received minus time due, by the subscriber',
};

/** The percentiles of a histogram. Undefined if no case has it. */
export function spectrumDrawing(histogram: HistogramName, cases: readonly CaseResult[]): Drawing | undefined {
  const found = cases.flatMap((each) => {
    const percentiles = each.summary.histograms[histogram];
    return percentiles === undefined || percentiles.count === 0
      ? []
      : [{ each, points: pointsOf(percentiles) }];
  });
  const styles = lineStyles(found.map(({ each: { id, subject } }) => ({ name: id, subject })));
  const lines = found.map(({ points }, i) => ({ style: styles[i], points }));
  if (lines.length === 0) return undefined;
  // With a single event, all percentiles coincide.
  const most = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ at: [position] }) => position)));
  const y = valueAxis(
    lines.flatMap(({ points }) => points.map(({ at: [, us] }) => us)),
    'us',
    true,
  );
  const nines = Array.from(
    { length: Math.floor(most) + 1 },
    (_, i) => [i, percentText(100 * (1 - 10 ** -i))] as const,
  );
  const xAxis = { ...(tickAxis(nines, 'percentile') as { [name: string]: Json }), min: 0, max: most };
  const grid = { left: y.widthPx, right: 24, top: 32, bottom: 52, outerBoundsMode: 'none' };
  return {
    option: {
      ...frame(),
      grid,
      title: axisTitle(`${histogram}${y.unit}`, 0),
      tooltip: tooltip('line'),
      xAxis,
      yAxis: y.option,
      series: lines.map(({ style, points }) => line(style, points, false)),
    },
    wide: {},
    narrow: {},
    heightPx: { wide: 380, narrow: 320 },
    legend: lines.map(({ style }) => legendEntry(style, false)),
    reading: `${MEANINGS[histogram]}. The given percentage of events was no later than that, in all valid trials together; lines end at the latest event.`,
  };
}

function pointsOf({ count, percentiles }: Percentiles): LinePoint[] {
  return percentiles.map(([percent, us]) => ({
    // The maximum of n events is placed where all but one of n lie below.
    at: [percent === 100 ? Math.log10(count) : -Math.log10(1 - percent / 100), Math.max(us, LEAST_US)],
    head: percent === 100 ? 'the latest' : percentText(percent),
    tip: figureText(us, 'us'),
  }));
}

/** `99.9 %`: with as many digits as distinguish it from 100. */
function percentText(percent: number): string {
  const digits = Math.max(0, Math.ceil(-Math.log10(1 - percent / 100)) - 1);
  return `${Number(percent.toFixed(digits))} %`;
}
