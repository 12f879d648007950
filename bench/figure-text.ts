/** Figures as people read them, on the terminal and on the page. */
import * as text from '../src/shared/text.js';
import type { Unit } from './result.js';
import type { Spread } from './spread.js';

/** What is shown where there is no figure. */
export const UNKNOWN = '-';

const NS_A_US = 1000;
const US_A_S = 1e6;
const TIMES: readonly (readonly [unit: string, us: number])[] = [
  ['ns', 1 / NS_A_US],
  ['µs', 1],
  ['ms', 1000],
  ['s', US_A_S],
];
/** From so many times on a percentage is hard to read. */
const LARGEST_PERCENTAGE = 10;

const threeDigits = new Intl.NumberFormat('en-US', {
  minimumSignificantDigits: 3,
  maximumSignificantDigits: 3,
});

/** `181,234`, `70.9 MB/s`, `208 MB`, `3.40 ms`, `12.3 %`. A rate, `1/s`, is without its unit: that is in its title. */
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
      return time(value / NS_A_US);
    case 'share':
      return `${digits(100 * value)} %`;
    case 'ratio':
      return `${threeDigits.format(value)} ×`;
    case 'ppm':
      return `${value.toFixed(3)} ppm`;
  }
}

/** `200–226 MB`: a unit that both ends have is said once. Empty where all values are the same. */
export function rangeText({ min, max }: Spread, unit: Unit): string {
  if (min === max) return '';
  const [from, to] = [figureText(min, unit), figureText(max, unit)];
  const suffix = / \S+$/.exec(to)?.[0] ?? '';
  return `${from.endsWith(suffix) ? from.slice(0, from.length - suffix.length) : from}–${to}`;
}

/** `208 MB (200–226 MB)`: the median, and the range where there is one. */
export function spreadText(spread: Spread | null, unit: Unit): string {
  if (spread === null) return UNKNOWN;
  const [median, range] = [figureText(spread.median, unit), rangeText(spread, unit)];
  return range === '' ? median : `${median} (${range})`;
}

/** `7.45 ×` */
export function ratioText(ratio: number): string {
  return `${threeDigits.format(ratio)} ×`;
}

/** `7.45 × (6.28–7.46)`: of ratios, as `spreadText`. */
export function ratioSpreadText(ratios: Spread | null): string {
  if (ratios === null) return UNKNOWN;
  const { median, min, max } = ratios;
  return min === max
    ? ratioText(median)
    : `${ratioText(median)} (${threeDigits.format(min)}–${threeDigits.format(max)})`;
}

/** A change as a part of what was before: `+12.0 %`, `-3.1 %`, `×25.0`. */
export function changeText(change: number): string {
  if (change > LARGEST_PERCENTAGE) return `×${digits(1 + change)}`;
  const percent = (100 * change).toFixed(1);
  return change > 0 ? `+${percent} %` : `${percent} %`;
}

/** Whole from a thousand on, else with three digits that count: `1,234`, `12.3`, `0.0123`; whole numbers as they are. */
function digits(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? text.count(value) : threeDigits.format(value);
}

/** A time in the unit in which it has up to three digits: `155 ns`, `13.8 µs`, `3.40 ms`, `1.20 s`, from a minute on `4:05`. */
function time(us: number): string {
  if (Math.abs(us) >= 60 * US_A_S) return text.anySpan(us / US_A_S);
  const isFitting = (a: number) => Number(Math.abs(us / a).toPrecision(3)) < 1000;
  const [unit, a] = (us === 0 ? TIMES[1] : TIMES.find(([, each]) => isFitting(each))) ?? TIMES[3];
  return `${digits(us / a)} ${unit}`;
}
