import * as text from '../../../shared/text.js';
import type { FigureUnit } from '../time-figures.js';

/** Place of a chart's axes within it; the same for all, so that one cursor goes through all of them. */
export const GRID = { left: 60, right: 14, top: 16, bottom: 30, outerBoundsMode: 'none' } as const;

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** A color of the style sheet as it is now: it follows the system, and the medium. */
export function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** `12.3k`, `1.2M` */
export function shortCount(value: number): string {
  return compact.format(value).replace('K', 'k');
}

/** `100µs`, `1ms`, `2.5s` */
export function shortTime(us: number): string {
  return text.duration(us).replace(/\.0+(?=[mµs])|(?<=\.\d*[1-9])0+(?=[mµs])/, '');
}

export function shortFigure(value: number | null | undefined, unit: FigureUnit): string {
  if (value === null || value === undefined) return '–';
  if (unit === 'us') return text.duration(value);
  return unit === 'share' ? text.percent(value) : shortCount(value);
}

/** What all charts have in common. */
export function frame(): object {
  return {
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif', fontSize: 12, color: color('ink') },
  };
}

/** A horizontal axis of numbers. */
export function numberAxis(name: string, max: number): object {
  const faint = { lineStyle: { color: color('faint') } };
  return {
    ...{ type: 'value', min: 0, max, splitLine: { show: false } },
    ...{ axisLine: { show: true, onZero: false, ...faint }, axisTick: { show: true, ...faint } },
    ...{ name, nameLocation: 'middle', nameGap: 26, nameTextStyle: { color: color('muted') } },
    // The last moment is no round number.
    axisLabel: { color: color('muted'), hideOverlap: true, showMaxLabel: false },
  };
}

/** A vertical axis for figures of a unit. @param values that are to be seen */
export function valueAxis(unit: FigureUnit, values: readonly number[]): object {
  const style = {
    ...{ axisLine: { show: false }, axisTick: { show: false } },
    splitLine: { lineStyle: { color: color('line') } },
  };
  const labels = { color: color('muted'), hideOverlap: true };
  if (unit === 'us') {
    const [least, most] = decades(values);
    return { ...style, type: 'log', min: least, max: most, axisLabel: { ...labels, formatter: shortTime } };
  }
  const max = unit === 'share' ? 1 : roundAbove(values.reduce((most, value) => Math.max(most, value), 0));
  const formatter = unit === 'share' ? (value: number) => text.percent(value) : shortCount;
  return { ...style, type: 'value', min: 0, max, interval: max / STEPS, axisLabel: { ...labels, formatter } };
}

const STEPS = 4;
/** A quarter of each has few digits. */
const ROUND = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10];

/** The least round number that is not less, and not less than the number of steps. */
function roundAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, STEPS)));
  return Math.max(STEPS, power * (ROUND.find((each) => each * power >= value) ?? 10));
}

/** Powers of ten around values that are above 0. */
function decades(values: readonly number[]): [least: number, most: number] {
  const logs = values.map((value) => Math.log10(Math.max(value, LEAST_US)));
  const least = Math.floor(logs.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY));
  const most = Math.ceil(logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
  return [10 ** least, 10 ** Math.max(most, least + 1)];
}

/** A logarithmic axis has no 0, and no clock resolves less. */
export const LEAST_US = 1;
