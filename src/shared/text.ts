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

/** A short time in the unit that fits it: `12 µs`, `3.40 ms`, `1.20 s`. */
export function duration(microseconds: number): string {
  if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
  if (microseconds < 1e6) return `${(microseconds / 1000).toPrecision(3)} ms`;
  return `${(microseconds / 1e6).toFixed(2)} s`;
}

/** A time span in whole seconds: `12 s`, `4:05`, `1:02:03`. */
export function span(seconds: number): string {
  const total = Math.round(seconds);
  if (total < 60) return `${total} s`;
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A time span of any length: `12.0 ms`, `1.20 s`, `4:05`, `3 days 01:02:03`. */
export function anySpan(seconds: number): string {
  if (seconds < 60) return duration(seconds * 1e6);
  if (seconds > LONGEST_SHOWN_S) return `${seconds.toExponential(1)} s`;
  const whole = Math.round(seconds);
  if (whole < DAY_S) return span(whole);
  const ofDay = new Date((whole % DAY_S) * 1000).toISOString().slice(11, 19);
  return `${counted(Math.floor(whole / DAY_S), 'day')} ${ofDay}`;
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
