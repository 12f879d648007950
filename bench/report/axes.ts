import * as text from '../../src/shared/text.js';
import { figureText } from '../figure-text.js';
import type { Unit } from '../result.js';
import { color, type Json, LETTER_PX } from './drawing.js';
import { shortNumber } from './page-text.js';

/** If values differ by a larger factor, a linear axis hides the small ones. */
const MOST_FACTOR_ON_LINEAR = 100;
/** Room for labels of up to six characters. */
const LINEAR_PX = 56;
/** Between labels and axis. */
const GAP_PX = 12;

export interface ValueAxis {
  readonly option: { readonly [name: string]: Json };
  /** Coordinate of a value on the axis. */
  readonly at: (value: number) => number;
  /** Follows the title of what the axis shows: ` (ms)`, ` (ms, logarithmic)`, or empty. */
  readonly unit: string;
  readonly isLogarithmic: boolean;
  /** Width of the labels of a vertical axis. */
  readonly widthPx: number;
}

/** @param isLogarithmic undefined: decided by the values */
export function valueAxis(values: readonly number[], unit: Unit, isLogarithmic?: boolean): ValueAxis {
  const positive = values.filter((value) => value > 0);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  const isApart = positive.length === values.length && most / least > MOST_FACTOR_ON_LINEAR;
  if (positive.length > 0 && (isLogarithmic ?? isApart)) return logarithmic(least, most, unit);
  return linear(Math.max(...values.map(Math.abs), 0), unit);
}

/** An axis whose ticks are only at the given coordinates. */
export function tickAxis(ticks: readonly (readonly [at: number, text: string])[], name: string): Json {
  const at = ticks.map(([position]) => position);
  return {
    ...{ ...axisStyle, type: 'value', name, nameLocation: 'middle', nameGap: 30 },
    ...{ nameTextStyle: { color: color('muted') }, splitLine: { show: false } },
    axisLine: { show: true, onZero: false, lineStyle: { color: color('faint') } },
    axisTick: { show: true, customValues: at, lineStyle: { color: color('faint') } },
    axisLabel: {
      ...{ color: color('muted'), customValues: at, hideOverlap: true },
      formatter: {
        $: 'ticks',
        of: Object.fromEntries(ticks.map(([position, text]) => [tickKey(position), text])),
      },
    },
  };
}

/**
 * The key by which the page's script finds a tick's text; rounded, since coordinates have rounding errors.
 */
export function tickKey(position: number): string {
  return String(Number(position.toPrecision(6)));
}

const axisStyle = {
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: color('line') } },
} as const;

function linear(most: number, unit: Unit): ValueAxis {
  const { factor, name } = scaleOf(most, unit);
  const axisLabel = { color: color('muted'), hideOverlap: true, formatter: { $: 'number', of: null } };
  return {
    option: { ...axisStyle, type: 'value', splitNumber: 4, axisLabel },
    at: (value) => value * factor,
    unit: name === '' ? '' : ` (${name})`,
    isLogarithmic: false,
    widthPx: LINEAR_PX,
  };
}

function logarithmic(least: number, most: number, unit: Unit): ValueAxis {
  const lowest = Math.floor(Math.log10(least));
  const highest = Math.max(Math.ceil(Math.log10(most)), lowest + 1);
  const decades = Array.from({ length: highest - lowest + 1 }, (_, i) => 10 ** (lowest + i));
  const texts = decades.map((value) => tickText(value, unit));
  const formatter = {
    $: 'ticks',
    of: Object.fromEntries(decades.map((value, i) => [tickKey(value), texts[i]])),
  };
  return {
    option: {
      ...{ ...axisStyle, type: 'log', min: decades[0], max: decades[decades.length - 1] },
      axisLabel: { color: color('muted'), hideOverlap: true, formatter },
    },
    at: (value) => Math.max(value, decades[0]),
    unit: ' (logarithmic)',
    isLogarithmic: true,
    widthPx: Math.max(LINEAR_PX, GAP_PX + LETTER_PX * Math.max(...texts.map((text) => text.length))),
  };
}

function tickText(value: number, unit: Unit): string {
  if (unit === 'B/s') return `${text.bytes(value)}/s`;
  const isPlain = unit === '1/s' || unit === 'count';
  return isPlain ? shortNumber(value) : figureText(value, unit);
}

const SCALES: Readonly<Record<string, readonly (readonly [from: number, name: string])[]>> = {
  time: [
    [1, 's'],
    [1e-3, 'ms'],
    [1e-6, 'µs'],
    [0, 'ns'],
  ],
  bytes: [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
    [0, 'B'],
  ],
};
const SECONDS: Partial<Readonly<Record<Unit, number>>> = { s: 1, us: 1e-6, ns: 1e-9 };

/** The unit that suits the largest value, and the factor that converts values into it. */
function scaleOf(most: number, unit: Unit): { readonly factor: number; readonly name: string } {
  if (unit === 'share') return { factor: 100, name: '%' };
  if (unit === 'ppm') return { factor: 1, name: 'ppm' };
  const base = unit === 'B' || unit === 'B/s' ? 1 : SECONDS[unit];
  if (base === undefined) return { factor: 1, name: '' };
  const steps = unit.startsWith('B') ? SCALES.bytes : SCALES.time;
  const [from, name] = steps.find(([from]) => most * base >= from)!;
  const one = from > 0 ? from : unit.startsWith('B') ? 1 : 1e-9;
  return { factor: base / one, name: unit === 'B/s' ? `${name}/s` : name };
}
