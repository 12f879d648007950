/**
 * The page's script. The page contains it as compiled, so it imports nothing at run time. It draws the
 * charts, and draws them again when the width, the colours or the medium change.
 */
import type { Call, Drawing, Json } from './drawing.js';

interface Element {
  readonly textContent: string;
  readonly clientWidth: number;
  readonly style: { height: string };
  readonly dataset: Record<string, string | undefined>;
  open?: boolean;
}
interface Instance {
  setOption(option: unknown, settings: { readonly notMerge: boolean }): void;
  resize(size: { readonly width: number; readonly height: number }): void;
}
type Listen = (event: string, listener: () => void) => void;
declare const document: {
  readonly documentElement: Element;
  getElementById(id: string): Element;
  querySelectorAll(selector: string): Iterable<Element>;
};
declare const window: {
  readonly addEventListener: Listen;
  matchMedia(query: string): { readonly addEventListener: Listen };
};
declare const getComputedStyle: (of: Element) => { getPropertyValue(name: string): string };
declare const ResizeObserver: new (onResize: () => void) => { observe(what: Element): void };
declare const echarts: {
  init(plot: Element, theme: null, options: { renderer: 'svg'; width: number; height: number }): Instance;
  readonly format: { encodeHTML(text: string): string };
};

const NARROW_PX = 560;
/** The width between the margins of A4. */
const PRINTED_PX = 680;
const MOST_DIGITS = 4;
const CAP_PX = 4;
/** Half the size of points on a logarithmic axis. */
const POINT_PX = 6;

const root = document.documentElement;
const drawings: Drawing[] = JSON.parse(document.getElementById('drawings').textContent);
const plots = [...document.querySelectorAll('.plot')].map((element, i) => ({
  element,
  drawing: drawings[i],
  drawnWidth: 0,
  chart: undefined as Instance | undefined,
}));

const compact = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  maximumSignificantDigits: MOST_DIGITS,
});

interface TipParameter {
  readonly marker: string;
  readonly seriesName: string;
  readonly data: { readonly head?: string; readonly tip?: readonly string[] };
}
interface RenderApi {
  value(dimension: number): number;
  coord(at: readonly [number, number]): [number, number];
  visual(name: string): string;
}

/** The functions that chart options refer to by name. */
const functions: { readonly [name in Call['$']]: (of: Json) => unknown } = {
  color: (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim(),
  number: () => (value: number) => compact.format(value).replace('K', 'k'),
  ticks: (texts) => (value: number) =>
    (texts as Record<string, string>)[String(Number(value.toPrecision(6)))] ?? '',
  tip: () => (shown: readonly TipParameter[]) => tip(shown),
  rowRange: (labels) => {
    const ink = functions.color('ink');
    return (_: unknown, api: RenderApi) => {
      const y = api.value(3);
      const [left, middle, right] = [0, 1, 2].map((i) => api.coord([api.value(i), y]));
      const text = {
        text: (labels as readonly string[])[y],
        x: Math.max(right[0], middle[0] + POINT_PX) + 6,
        y: right[1],
      };
      const style = { ...text, fill: ink, verticalAlign: 'middle', font: '12px system-ui, sans-serif' };
      return {
        type: 'group',
        children: [...whisker(left, right, 1, ink), { type: 'text', style, silent: true }],
      };
    };
  },
  columnRange: () => (_: unknown, api: RenderApi) => {
    const x = api.value(0);
    const [low, high] = [api.coord([x, api.value(1)]), api.coord([x, api.value(2)])];
    return { type: 'group', children: whisker(low, high, 0, api.visual('color')) };
  },
};

/** A line with a cap at either end. @param across axis along which the caps lie: 0 is x, 1 is y */
function whisker(from: [number, number], to: [number, number], across: 0 | 1, stroke: unknown): unknown[] {
  if (from[0] === to[0] && from[1] === to[1]) return [];
  const style = { stroke, lineWidth: 1.5, fill: null };
  const line = ([x1, y1]: number[], [x2, y2]: number[]) => ({
    ...{ type: 'line', shape: { x1, y1, x2, y2 }, style, silent: true },
  });
  const moved = (at: [number, number], px: number) =>
    across === 0 ? [at[0] + px, at[1]] : [at[0], at[1] + px];
  const cap = (at: [number, number]) => line(moved(at, -CAP_PX), moved(at, CAP_PX));
  return [line(from, to), cap(from), cap(to)];
}

function tip(parameters: readonly TipParameter[]): string {
  const { encodeHTML } = echarts.format;
  const shown = parameters.filter(({ data }) => data?.tip !== undefined);
  if (shown.length === 0) return '';
  const lines = shown.map(({ marker, seriesName, data }) => {
    const [first, ...more] = data.tip!.map(encodeHTML);
    return [`${marker}${encodeHTML(seriesName)}: ${first}`, ...more].join('<br>');
  });
  return [`<b>${encodeHTML(shown[0].data.head ?? '')}</b>`, ...lines].join('<br>');
}

function revived(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map(revived);
  if ('$' in json) return functions[(json as Call).$]((json as Call).of);
  return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, revived(each)]));
}

function draw(plot: (typeof plots)[number], width: number): void {
  const { option, wide, narrow, heightPx } = plot.drawing;
  const isNarrow = width < NARROW_PX;
  const size = { width, height: isNarrow ? heightPx.narrow : heightPx.wide };
  plot.element.style.height = `${size.height}px`;
  plot.drawnWidth = width;
  plot.chart ??= echarts.init(plot.element, null, { renderer: 'svg', ...size });
  plot.chart.resize(size);
  plot.chart.setOption(joined(revived(option), revived(isNarrow ? narrow : wide)), { notMerge: true });
}

/** Merges objects deeply; any other value of `other` replaces that of `one`. */
function joined(one: unknown, other: unknown): unknown {
  const isObject = (each: unknown) => typeof each === 'object' && each !== null && !Array.isArray(each);
  if (!isObject(one) || !isObject(other)) return other;
  const result: Record<string, unknown> = { ...(one as object) };
  for (const [name, each] of Object.entries(other as object)) {
    result[name] = name in result ? joined(result[name], each) : each;
  }
  return result;
}

function drawAll(isForced: boolean): void {
  const isPrinted = root.dataset.medium === 'print';
  for (const plot of plots) {
    const width = isPrinted ? PRINTED_PX : plot.element.clientWidth;
    if (width > 0 && (isForced || width !== plot.drawnWidth)) draw(plot, width);
  }
}

window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawAll(true));
let closed: readonly Element[] = [];
window.addEventListener('beforeprint', () => {
  closed = [...document.querySelectorAll('details:not([open])')];
  // The print style sheet applies later than this event, but colours are read now.
  root.dataset.medium = 'print';
  for (const details of closed) details.open = true;
  drawAll(true);
});
window.addEventListener('afterprint', () => {
  delete root.dataset.medium;
  for (const details of closed) details.open = false;
  drawAll(true);
});
drawAll(true);
const observer = new ResizeObserver(() => drawAll(false));
for (const { element } of plots) observer.observe(element);
