import uPlot from 'uplot';
import { color } from '../theme.js';
import { shortCount } from './short-count.js';

const FONT = '11px system-ui, sans-serif';
/** Of the vertical axis: the same for all, so that charts stand under each other. */
export const AXIS_WIDTH = 56;

/** What a chart shows, beside its data. */
export interface ChartSpec {
  readonly height: number;
  readonly series: readonly uPlot.Series[];
  readonly bands?: uPlot.Band[];
  /** Absent: the axis has no numbers. */
  readonly valueText?: (value: number) => string;
  readonly isLog?: boolean;
  /** Whether values are whole numbers: then so are those of the axis. Default false. */
  readonly isWhole?: boolean;
  readonly least?: number;
  /** Top of the axis. Default: that of the values, with some air. */
  readonly most?: number;
  /** The span of the horizontal axis, in the unit of the data. */
  readonly spanOf: () => readonly [from: number, to: number];
  /** Marks of the horizontal axis. */
  readonly marksOf: (from: number, to: number, width: number) => readonly { at: number; label: string }[];
  readonly onCursor: (at: number | null) => void;
  readonly onSelect?: (from: number, to: number) => void;
  readonly draw?: (chart: uPlot) => void;
}

/** A chart over time, in the colors of the page. */
export function makeChart(place: HTMLElement, data: uPlot.AlignedData, spec: ChartSpec): uPlot {
  const {
    height,
    series,
    bands,
    valueText,
    isLog = false,
    isWhole = false,
    least,
    most,
    spanOf,
    marksOf,
    onCursor,
    onSelect,
    draw,
  } = spec;
  let labels = new Map<number, string>();
  const grid = { stroke: () => color('line'), width: 1 };
  const options: uPlot.Options = {
    width: Math.max(place.clientWidth, 1),
    height,
    series: [{}, ...series],
    bands,
    legend: { show: false },
    padding: [6, RIGHT_PADDING, 0, 0],
    scales: {
      x: { time: false, range: () => [...spanOf()] },
      y: isLog
        ? { distr: 3, log: 10, range: (_, min, max) => decadesAround(min, max) }
        : { range: (_, min, max) => padded(min, max, least, most) },
    },
    axes: [
      {
        ...{ font: FONT, size: 20, gap: 3, grid, ticks: { show: false }, stroke: () => color('muted') },
        splits: (chart, _, from, to) => {
          const width = chart.bbox.width / uPlot.pxRatio;
          const marks = marksOf(from, to, width);
          const fits = (at: number, label: string) => {
            const [x, half] = [((at - from) / (to - from)) * width, (label.length * CHARACTER_WIDTH) / 2];
            return x >= half && x + half <= width + RIGHT_PADDING;
          };
          labels = new Map(marks.map(({ at, label }) => [at, fits(at, label) ? label : '']));
          return marks.map(({ at }) => at);
        },
        values: (_, splits) => splits.map((split) => labels.get(split) ?? ''),
      },
      {
        ...{
          font: FONT,
          size: AXIS_WIDTH,
          gap: 4,
          grid,
          ticks: { show: false },
          stroke: () => color('muted'),
        },
        space: LEAST_BETWEEN_VALUES,
        ...(isLog && {
          splits: (chart, _, from, to) => decades(from, to, chart.bbox.height / uPlot.pxRatio),
          filter: (_, splits) => splits,
        }),
        ...(isWhole && { incrs: WHOLE_STEPS }),
        values: (_, splits) => splits.map((split) => (split === null ? '' : (valueText?.(split) ?? ''))),
      },
    ],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: onSelect !== undefined, y: false, setScale: false },
    },
    hooks: {
      setCursor: [
        (chart) => {
          // Where there is no event, the cursor was set from elsewhere.
          if (chart.cursor.event == null) return;
          const { left = -1 } = chart.cursor;
          onCursor(left < 0 ? null : chart.posToVal(left, 'x'));
        },
      ],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width > 0) onSelect?.(chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x'));
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      draw: draw === undefined ? [] : [draw],
    },
  };
  return new uPlot(options, data, place);
}

/** In CSS pixels. */
const [LEAST_BETWEEN_VALUES, RIGHT_PADDING] = [24, 4];
/** About the width of a character of a label, in CSS pixels. */
const CHARACTER_WIDTH = 6.5;
const WHOLE_STEPS = Array.from({ length: 8 }, (_, i) => [1, 2, 5].map((step) => step * 10 ** i)).flat();

/** Powers of ten for a logarithmic axis, as many as have room. @param height of the axis, in CSS pixels */
function decades(from: number, to: number, height: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const step = Math.max(1, Math.ceil(((last - first) * LEAST_BETWEEN_VALUES) / height));
  const splits = [];
  for (let power = first; power <= last; power += step) splits.push(10 ** power);
  return splits;
}

/** The span of a logarithmic axis: whole decades, one at least. */
function decadesAround(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0.01, 10];
  const [first, last] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  return [10 ** first, 10 ** Math.max(last, first + 1)];
}

/** With some air; a line that does not change is in the middle. */
function padded(min: number | null, max: number | null, least?: number, most?: number): [number, number] {
  if (min === null || max === null) return [least ?? 0, most ?? 1];
  const air = max > min ? (max - min) * 0.08 : Math.abs(max) * 0.05 || 1;
  return [least === undefined ? min - air : Math.min(least, min), most ?? max + air];
}

/** Puts the vertical line to a place, as if the pointer was there; null: takes it away. */
export function setCursor(chart: uPlot, at: number | null): void {
  if (chart.cursor.event != null && chart.cursor.left !== undefined && chart.cursor.left >= 0) return;
  const left = at === null ? -10 : chart.valToPos(at, 'x');
  chart.setCursor({ left: left >= 0 && left <= chart.over.clientWidth ? left : -10, top: 0 }, false);
}

export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e5) return shortCount(value);
  if (size !== 0 && size < 1e-4) return value.toExponential(1);
  return `${Number(value.toPrecision(6))}`;
}
