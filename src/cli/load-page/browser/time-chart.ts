import type { SeriesPoint } from '../../../loadtest/load-report.js';
import type { TimeFigure } from '../time-figures.js';
import { color, frame, GRID, LEAST_US, numberAxis, valueAxis } from './chart-style.js';
import { type Drawing, line, type Point } from './drawing.js';
import type { PageData } from './page-data.js';

/** Most points of a line in grey. */
const MOST_GREY_POINTS = 300;
/** Least distance of the numbers of stages, in pixels. */
const NUMBER_PX = 16;

/** A figure of all subscribers over the time of the load test. */
export function timeDrawing(
  figure: TimeFigure,
  { report, view }: PageData,
  colors: ReadonlyMap<number, string>,
  width: number,
  isScaledToColored: boolean,
): Drawing {
  const { series } = report;
  const pointsOf = (of: (point: SeriesPoint) => number | null): Point[] =>
    series.map((point) => [point.atS, shownValue(of(point), figure)]);
  const ofSubscriber = (i: number) =>
    pointsOf(({ subscribers }) => (subscribers[i] === undefined ? null : figure.of(subscribers[i])));
  const ofLoad = figure.ofLoad.map((each) => ({ ...each, points: pointsOf(each.of) }));
  // The worst are drawn last, over the others.
  const drawn = view.order.toReversed();
  const ofSubscribers = drawn.map((subscriber) => ({ subscriber, points: ofSubscriber(subscriber) }));
  const scaling = isScaledToColored
    ? ofSubscribers.filter(({ subscriber }) => colors.has(subscriber))
    : ofSubscribers;
  const values = [...scaling, ...ofLoad].flatMap(({ points }) => points.flatMap(([, value]) => value ?? []));
  const endS = series.at(-1)?.atS ?? 1;
  return {
    option: {
      ...frame(),
      grid: GRID,
      xAxis: { ...numberAxis('', endS), axisPointer: pointer() },
      yAxis: valueAxis(figure.unit, values),
      series: [
        {
          type: 'line',
          data: [],
          silent: true,
          markLine: stageMarks(view, report.durationS, (width - 80) / endS),
        },
        ...ofSubscribers.map(({ subscriber, points }) => {
          const name = colors.get(subscriber);
          return name === undefined
            ? line(thinned(points), { color: 'grey', width: 1, z: 1 })
            : line(points, { color: name, width: name === 'sentinel' ? 1.5 : 2, z: 3 });
        }),
        ...ofLoad.map(({ points, color: name, dash }) => ({
          ...line(points, { color: name, width: 1.5, z: 4, dash }),
          silent: true,
        })),
      ],
    },
    subscribers: [undefined, ...drawn],
  };
}

function shownValue(value: number | null, { unit }: TimeFigure): number | null {
  return value !== null && unit === 'us' ? Math.max(value, LEAST_US) : value;
}

/** Lines that are only looked past have their largest values. */
function thinned(points: readonly Point[]): readonly Point[] {
  const step = Math.ceil(points.length / MOST_GREY_POINTS);
  if (step <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / step) }, (_, i): Point => {
    const some = points.slice(i * step, (i + 1) * step);
    const known = some.flatMap(([, value]) => value ?? []);
    return [some[0][0], known.length === 0 ? null : Math.max(...known)];
  });
}

function pointer(): object {
  return {
    show: true,
    snap: false,
    label: { show: false },
    lineStyle: { color: color('muted'), type: 'solid' },
  };
}

/** Where stages begin, with their numbers where there is room, and where the load ends. */
function stageMarks({ stages }: PageData['view'], endS: number, pxPerS: number): object {
  let labelled = Number.NEGATIVE_INFINITY;
  const marks = stages.map(({ startS, number }) => {
    const hasRoom = (startS - labelled) * pxPerS >= NUMBER_PX;
    if (hasRoom) labelled = startS;
    return { xAxis: startS, label: { formatter: hasRoom ? String(number) : '' } };
  });
  const hasRoom = (endS - labelled) * pxPerS >= 2 * NUMBER_PX;
  return {
    ...{ silent: true, symbol: 'none', animation: false },
    lineStyle: { color: color('faint'), type: 'dashed', width: 1 },
    label: { color: color('muted'), fontSize: 11, position: 'end', distance: 3 },
    data: [...marks, { xAxis: endS, label: { formatter: hasRoom ? 'end' : '' } }],
  };
}
