/** Formats numbers, times and names for people to read. */
import prettyBytes from 'pretty-bytes';
import { DAY_S } from './calendar.js';
import { plain } from './plain-text.js';

/** A thousand years: a longer span is not a real one, and is written as a plain number. */
const LONGEST_SHOWN_S = 1000 * 365 * DAY_S;
/** Made at its first use: that takes 20 ms. */
let whole: Intl.NumberFormat | undefined;

/** `1,234,567` */
export function count(value: number): string {
  whole ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return whole.format(value);
}

/** `1 event`, `2 events` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `98.6 MB` */
export function bytes(value: number): string {
  return prettyBytes(value);
}

/** A share of 0 to 1 in whole percent, rounded down: `99%`. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)}%`;
}

/** A short time in the unit that fits it, as it can be typed: `12µs`, `3.40ms`, `1.20s`. */
export function duration(microseconds: number): string {
  if (microseconds < 1000) return `${Math.round(microseconds)}µs`;
  // From here on three digits of a millisecond would be a thousand of them.
  if (microseconds < 999_500) return `${(microseconds / 1000).toPrecision(3)}ms`;
  return `${(microseconds / 1e6).toFixed(2)}s`;
}

/** A time span in whole seconds, as it can be typed: `12s`, `10m`, `4m5s`, `1h2m3s`, `3d1h`. */
export function span(seconds: number): string {
  const total = Math.round(seconds);
  const parts = [
    Math.floor(total / DAY_S),
    Math.floor(total / 3600) % 24,
    Math.floor(total / 60) % 60,
    total % 60,
  ];
  const shown = parts.map((part, i) => (part === 0 ? '' : `${part}${'dhms'[i]}`)).join('');
  return shown === '' ? '0s' : shown;
}

/** A time span that a user gave, without the digits of a measurement: `200ms`, `2s`, `2.5s`, `10m`. */
export function givenSpan(seconds: number): string {
  if (seconds > 0 && seconds < 1) return `${Number((1000 * seconds).toPrecision(6))}ms`;
  return Number.isInteger(seconds) && seconds <= LONGEST_SHOWN_S ? span(seconds) : `${seconds}s`;
}

/** A time span without its smaller units: `12s`, `4m`, `3d`. */
export function roughSpan(seconds: number): string {
  return /^\d+[dhms]/.exec(span(seconds))?.[0] ?? '';
}

/** A time span of any length: `12.0ms`, `1.20s`, `4m5s`, `3d1h2m3s`. */
export function anySpan(seconds: number): string {
  if (seconds < 60) return duration(seconds * 1e6);
  return seconds > LONGEST_SHOWN_S ? `${seconds.toExponential(1)}s` : span(seconds);
}

/** A recorded time in UTC: `2018-03-24 01:15:00`. Empty if it is not a time, or outside the range of dates. */
export function moment(unixS: number): string {
  const date = new Date(unixS * 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 19).replace('T', ' ');
}

/** A topic, a key, a path or any other text from outside, within a line for people. */
export function name(value: string): string {
  return value === '' ? '""' : plain(value);
}
