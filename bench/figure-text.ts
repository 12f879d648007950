/** Figures as text, for the terminal and the page. */
import * as text from '../src/shared/text.js';
import type { Unit } from './result.js';
import type { Spread } from './spread.js';

/** Stands for a missing figure. */
export const UNKNOWN = '-';

const NS_A_US = 1000;
const US_A_S = 1e6;
/** Longer times in nanoseconds are shown in another unit. */
const LONGEST_NS = 1e6;
const TIMES: readonly (readonly [unit: string, us: number])[] = [
  ['ns', 1 / NS_A_US],
  ['µs', 1],
  ['ms', 1000],
  ['s', US_A_S],
];
/** Larger changes are shown as a factor: such a percentage is hard to read. */
const LARGEST_PERCENTAGE = 10;

const threeDigits = new Intl.NumberFormat('en-US', {
  minimumSignificantDigits: 3,
  maximumSignificantDigits: 3,
});

/**
 * `181,234`, `70.9 MB/s`, `208 MB`, `3.40 ms`, `12.3 %`. A rate (`1/s`) has no unit here, since its title has
 * it.
 */
export function figureText(value: number, unit: Unit): string {
  switch (unit) {
    case '1/s':
    case 'count':
      return digits(value);
    case 'B/s':
      return `${digits(value / 1e6)} MB/s`;
    case 'B':
      return text.bytes(value);
    case 's':
      return time(value * US_A_S);
    case 'us':
      return time(value);
    case 'ns':
      // Costs are compared with each other: the unit is the same for all of them.
      return Math.abs(value) < LONGEST_NS ? `${digits(value)} ns` : time(value / NS_A_US);
    case 'share':
      return `${digits(100 * value)} %`;
    case 'ratio':
      return `${threeDigits.format(value)} ×`;
    case 'ppm':
      return `${value.toFixed(3)} ppm`;
  }
}

/** `200–226 MB`: a unit that both ends share stands once. Empty if all values are equal. */
export function rangeText({ min, max }: Spread, unit: Unit): string {
  if (min === max) return '';
  const [from, to] = [figureText(min, unit), figureText(max, unit)];
  const suffix = / \S+$/.exec(to)?.[0] ?? '';
  return `${from.endsWith(suffix) ? from.slice(0, from.length - suffix.length) : from}–${to}`;
}

/** `208 MB (200–226 MB)`: the median, and the range if values differ. */
export function spreadText(spread: Spread | null, unit: Unit): string {
  if (spread === null) return UNKNOWN;
  const [median, range] = [figureText(spread.median, unit), rangeText(spread, unit)];
  return range === '' ? median : `${median} (${range})`;
}

/** `7.45 ×` */
export function ratioText(ratio: number): string {
  return `${threeDigits.format(ratio)} ×`;
}

/** `7.45 × (6.28–7.46)`: like `spreadText`, for ratios. */
export function ratioSpreadText(ratios: Spread | null): string {
  if (ratios === null) return UNKNOWN;
  const { median, min, max } = ratios;
  return min === max
    ? ratioText(median)
    : `${ratioText(median)} (${threeDigits.format(min)}–${threeDigits.format(max)})`;
}

/** A relative change: `+12.0 %`, `-3.1 %`, `×25.0`. */
export function changeText(change: number): string {
  if (change > LARGEST_PERCENTAGE) return `×${digits(1 + change)}`;
  const percent = (100 * change).toFixed(1);
  return change > 0 ? `+${percent} %` : `${percent} %`;
}

/**
 * Integers as they are; from 1000 on, rounded to integers; else with three significant digits: `1,234`,
 * `12.3`, `0.0123`.
 */
function digits(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? text.count(value) : threeDigits.format(value);
}

/**
 * A time in the unit that gives it one to three digits before the point: `155 ns`, `13.8 µs`, `3.40 ms`,
 * `1.20 s`; from a minute on `4m5s`.
 */
function time(us: number): string {
  if (Math.abs(us) >= 60 * US_A_S) return text.anySpan(us / US_A_S);
  const isFitting = (a: number) => Number(Math.abs(us / a).toPrecision(3)) < 1000;
  const [unit, a] = (us === 0 ? TIMES[1] : TIMES.find(([, each]) => isFitting(each))) ?? TIMES[3];
  return `${digits(us / a)} ${unit}`;
}
