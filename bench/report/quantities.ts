/** How quantities are shown on the page: three digits or thousands separators, in the unit that suits them. */
import * as text from '../../src/cli/text.js';
import type { Fact, Unit } from '../result.js';
import type { Spread } from '../spread.js';

export const NOTHING = '–';

/** `152,341`, `13.8`, `4.56`, `0.032` */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return text.count(value);
  if (size >= 10) return value.toFixed(1);
  // What is rounded to 1 is shown as 1 is.
  return size >= 0.995 ? value.toFixed(2) : value.toPrecision(2);
}

/** A value of a figure, with its unit; a rate of things has none, since the figure's title says what they are. */
export function quantity(value: number, unit: Unit): string {
  if (unit === 's') return microseconds(value * 1e6);
  if (unit === 'us') return microseconds(value);
  if (unit === 'ns') return microseconds(value / 1000);
  if (unit === 'B') return text.bytes(value);
  if (unit === 'B/s') return `${text.bytes(value)}/s`;
  if (unit === 'share') return `${number(value * 100)} %`;
  if (unit === 'ppm') return `${number(value)} ppm`;
  return unit === 'count' && Number.isInteger(value) ? text.count(value) : number(value);
}

/** `138–152 MB`; empty where there is no range, as of one trial. */
export function range({ min, max }: Spread, unit: Unit): string {
  if (min === max) return '';
  const [least, most] = [quantity(min, unit), quantity(max, unit)];
  const suffix = (shown: string) => shown.match(/ \S+$/)?.[0];
  const isUnitShared = suffix(least) !== undefined && suffix(least) === suffix(most);
  return `${isUnitShared ? least.slice(0, -suffix(least)!.length) : least}–${most}`;
}

/** `7.45 × model (6.28–7.46)` @param reference of what; empty: that is said elsewhere */
export function ratio({ median, min, max }: Spread, reference = ''): string {
  const times = `${number(median)} × ${reference}`.trim();
  return min === max ? times : `${times} (${number(min)}–${number(max)})`;
}

/** `12.3 %` */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `+12.3 %` */
export function change(share: number): string {
  return `${share > 0 ? '+' : share < 0 ? '−' : ''}${percent(Math.abs(share))}`;
}

/** A fact, by its name: sizes in bytes, and a seed without separators. */
export function fact(name: string, value: Fact): string {
  if (value === null) return NOTHING;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (/seed$/i.test(name)) return String(value);
  return Number.isInteger(value) ? text.count(value) : number(value);
}

/** A name in a document as words: `highWaterMark` is `high water mark`. */
export function words(name: string): string {
  return name
    .replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ')
    .replace(/ [A-Z](?![A-Z])/g, (start) => start.toLowerCase());
}

function microseconds(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 1) return `${number(value * 1000)} ns`;
  if (size < 1000) return `${number(value)} µs`;
  return size < 60e6 ? text.duration(value) : text.anySpan(value / 1e6);
}
