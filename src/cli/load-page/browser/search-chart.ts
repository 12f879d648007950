import type { TrialPoint } from '../../../loadtest/shown/trial-point.js';
import type { SearchFigure, SearchView } from '../search-view.js';
import { color, frame, GRID, LEAST_US, numberAxis, valueAxis } from './chart-style.js';
import type { Drawing } from './drawing.js';

const OUTCOMES: readonly (readonly [TrialPoint['outcome'], colorName: string])[] = [
  ['invalid', 'faint'],
  ['good', 'good'],
  ['bad', 'bad'],
];
/** Growth that an axis shows at least, as a share. */
const LEAST_GROWTH = 0.01;
/** Room beside the outermost loads, as a share of the distance between them. */
const MARGIN = 0.04;

/** A figure of all trials of a search over their loads, with the bracket. */
export function searchDrawing(figure: SearchFigure, view: SearchView): Drawing {
  const { points, lower, upper, least, most } = view;
  const isTime = figure.id === 'search-latency';
  const shownValue = (point: TrialPoint) => {
    const value = figure.of(point);
    return value === null ? null : isTime ? Math.max(value, LEAST_US) : value;
  };
  const marks = [least, lower, upper, most].flatMap((mark) => mark ?? []);
  const textAt = (at: number) => marks.find(({ load }) => Math.abs(Math.log10(load) - at) < 1e-9)?.text ?? '';
  const ticks = [...new Set(marks.map(({ load }) => Math.log10(load)))];
  const [from, to] = [Math.log10(least.load), Math.log10(most.load)];
  const margin = Math.max(0.01, MARGIN * (to - from));
  const axis = numberAxis('', to + margin);
  const values = points.flatMap((point) => shownValue(point) ?? []);
  return {
    option: {
      ...frame(),
      grid: GRID,
      xAxis: {
        ...axis,
        min: from - margin,
        axisTick: { show: true, customValues: ticks, lineStyle: { color: color('faint') } },
        axisLabel: { color: color('muted'), hideOverlap: true, customValues: ticks, formatter: textAt },
      },
      yAxis: isTime ? valueAxis('us', values) : growthAxis(values),
      series: [
        bracket([lower, upper].flatMap((mark) => (mark === null ? [] : Math.log10(mark.load)))),
        ...OUTCOMES.map(([outcome, name]) => ({
          ...{ type: 'line', silent: true, lineStyle: { width: 0, opacity: 0 } },
          ...{ symbol: 'circle', symbolSize: 8, showSymbol: true, showAllSymbol: true },
          itemStyle: { color: color(name), opacity: 0.75 },
          data: points
            .filter((point) => point.outcome === outcome)
            .map((point) => [Math.log10(point.load), shownValue(point)]),
        })),
      ],
    },
    subscribers: [],
  };
}

function bracket(at: readonly number[]): object {
  return {
    ...{ type: 'line', data: [], silent: true },
    markLine: {
      ...{ silent: true, symbol: 'none', animation: false, label: { show: false } },
      // Otherwise the place is rounded, and the line stands beside the points.
      precision: 10,
      lineStyle: { color: color('muted'), type: 'dashed', width: 1 },
      data: at.map((xAxis) => ({ xAxis })),
    },
  };
}

/** Shares of what was sent, a second; below 0 a backlog was worked off. */
function growthAxis(values: readonly number[]): object {
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return {
    // Without growth the axis is that of 1 %.
    ...{
      type: 'value',
      splitNumber: 4,
      ...(most < LEAST_GROWTH ? { min: -LEAST_GROWTH, max: LEAST_GROWTH } : {}),
    },
    ...{
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: color('line') } },
    },
    axisLabel: {
      ...{ color: color('muted'), hideOverlap: true },
      formatter: (value: number) => `${Number((100 * value).toPrecision(2))}%`,
    },
  };
}
