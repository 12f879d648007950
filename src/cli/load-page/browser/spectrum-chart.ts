import { color, frame, GRID, LEAST_US, numberAxis, valueAxis } from './chart-style.js';
import { type Drawing, line, type Point } from './drawing.js';
import type { PageData } from './page-data.js';

/** The percentiles of the latency of each subscriber: each step to the right is a tenth of the events that remain. */
export function spectrumDrawing({ report, view }: PageData, colors: ReadonlyMap<number, string>): Drawing {
  const lines = view.order.toReversed().flatMap((subscriber) => {
    const spectrum = report.subscribers[subscriber].latency?.spectrum ?? [];
    return spectrum.length === 0 ? [] : [{ subscriber, points: pointsOf(spectrum) }];
  });
  const most = lines.reduce((largest, { points }) => Math.max(largest, points.at(-1)?.[0] ?? 0), 1);
  const values = lines.flatMap(({ points }) => points.flatMap(([, us]) => us ?? []));
  const nines = Array.from({ length: Math.floor(most) + 1 }, (_, i) => i);
  const axis = numberAxis('percentile', most);
  return {
    option: {
      ...frame(),
      grid: { ...GRID, bottom: 46 },
      xAxis: {
        ...axis,
        axisTick: { show: true, customValues: nines, lineStyle: { color: color('faint') } },
        axisLabel: { color: color('muted'), hideOverlap: true, customValues: nines, formatter: percentText },
      },
      yAxis: valueAxis('us', values),
      series: lines.map(({ subscriber, points }) => {
        const name = colors.get(subscriber);
        return name === undefined
          ? line(points, { color: 'grey', width: 1, z: 1 })
          : line(points, { color: name, width: 2, z: 3 });
      }),
    },
    subscribers: lines.map(({ subscriber }) => subscriber),
  };
}

/** The largest latency stands one halving after the last percentile. */
function pointsOf(spectrum: readonly (readonly [percent: number, us: number])[]): Point[] {
  let last = 0;
  return spectrum.map(([percent, us]) => {
    last = percent >= 100 ? last + Math.log10(2) : -Math.log10(1 - percent / 100);
    return [last, Math.max(us, LEAST_US)];
  });
}

/** `0%`, `90%`, `99.9%` */
function percentText(nines: number): string {
  return `${Number((100 * (1 - 10 ** -nines)).toFixed(6))}%`;
}
