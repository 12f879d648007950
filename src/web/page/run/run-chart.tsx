import { signal, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import type { RunPoint } from '../../protocol.js';
import { runPoints } from '../model/run-history.js';
import { nextFrame } from '../next-frame.js';
import { makeChart, setCursor } from '../plots/chart.js';
import { color, themeVersion } from '../theme.js';
import { useSize } from '../use-size.js';

/** A line of a chart over the server's clock. */
export interface RunLine {
  /** Empty: the chart has no other. */
  readonly name: string;
  /** Name of a custom property of the style sheet. */
  readonly color: string;
  readonly of: (point: RunPoint) => number | null;
}

export interface RunChartProps {
  readonly title: string;
  readonly lines: readonly RunLine[];
  readonly valueText: (value: number) => string;
  readonly isLog?: boolean;
  readonly isWhole?: boolean;
  /** Top of the axis; absent: that of the values. */
  readonly most?: number;
}

const HEIGHT = 112;
const LEAST_SPAN_MS = 60_000;
const STEPS_MS = [10, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * 1000);
/** In CSS pixels. */
const LEAST_BETWEEN = 70;

/** The moment at the pointer, for all of these charts; null: the pointer is elsewhere. */
const cursorMs = signal<number | null>(null);

export function RunChart({ title, lines, valueText, isLog, isWhole, most }: RunChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  useEffect(() => {
    let chart: uPlot | undefined;
    const draw = nextFrame(() => {
      const place = box.current;
      if (place === null || place.clientWidth === 0) return;
      const data = dataOf(lines, most);
      chart ??= makeChart(place, data, {
        height: HEIGHT,
        series: lines.map((line) => ({
          stroke: () => color(line.color),
          width: 1.25,
          points: { show: false },
        })),
        valueText,
        isLog,
        isWhole,
        least: 0,
        most,
        spanOf,
        marksOf,
        onCursor: (at) => {
          cursorMs.value = at;
        },
      });
      if (chart.width !== place.clientWidth) chart.setSize({ width: place.clientWidth, height: HEIGHT });
      chart.setData(data);
    });
    const follow = [
      ...[runPoints, size, themeVersion].map((each) => each.subscribe(draw)),
      cursorMs.subscribe((at) => chart && setCursor(chart, at)),
    ];
    return () => {
      for (const stop of follow) stop();
      chart?.destroy();
    };
  }, [lines, valueText, isLog, isWhole, most, size]);
  return (
    <figure aria-label={title}>
      <figcaption>
        <b>{title}</b> <Legend lines={lines} valueText={valueText} />
      </figcaption>
      <div class="canvas" ref={box} style={{ minHeight: `${HEIGHT}px` }} />
    </figure>
  );
}

/** The values at the pointer, else the newest. */
function Legend({ lines, valueText }: Pick<RunChartProps, 'lines' | 'valueText'>): JSX.Element {
  const point = useSignal<RunPoint | undefined>(undefined);
  useSignalEffect(() => {
    const at = cursorMs.value;
    const points = runPoints.value;
    point.value = at === null ? points.at(-1) : points.findLast(({ atMs }) => atMs <= at + 500);
  });
  const { value: shown } = point;
  return (
    <span class="legend">
      {lines.map((line) => {
        const value = shown === undefined ? null : line.of(shown);
        return (
          <span key={line.name}>
            {line.name === '' ? null : <i class={`swatch ${line.color}`} />}{' '}
            <span class="muted">{line.name}</span> {value === null ? '–' : valueText(value)}
          </span>
        );
      })}
      {cursorMs.value === null || shown === undefined ? null : (
        <time class="muted">{new Date(shown.atMs).toLocaleTimeString('en-GB')}</time>
      )}
    </span>
  );
}

/** With a gap where points are missing: the page, or the server, was away. */
function dataOf(lines: readonly RunLine[], most: number | undefined): uPlot.AlignedData {
  const points = runPoints.peek();
  const xs: number[] = [];
  const ys: (number | null)[][] = lines.map(() => []);
  let beforeMs = Number.NaN;
  for (const point of points) {
    if (point.atMs - beforeMs > MOST_BETWEEN_MS) {
      xs.push(beforeMs + 1);
      for (const y of ys) y.push(null);
    }
    xs.push(point.atMs);
    lines.forEach((line, i) => {
      ys[i].push(line.of(point));
    });
    beforeMs = point.atMs;
  }
  return [xs, ...ys.map((y) => (most === undefined ? y : y.map((value) => value && Math.min(value, most))))];
}

const MOST_BETWEEN_MS = 5000;

function spanOf(): readonly [number, number] {
  const points = runPoints.peek();
  const toMs = points.at(-1)?.atMs ?? 0;
  return [Math.min(points[0]?.atMs ?? 0, toMs - LEAST_SPAN_MS), toMs];
}

function marksOf(fromMs: number, toMs: number, width: number): { at: number; label: string }[] {
  const step = STEPS_MS.find((stepMs) => (stepMs / (toMs - fromMs)) * width >= LEAST_BETWEEN) ?? 3_600_000;
  const marks = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs; at += step) {
    const label = new Date(at).toLocaleTimeString('en-GB');
    marks.push({ at, label: step < 60_000 ? label : label.slice(0, 5) });
  }
  return marks;
}
