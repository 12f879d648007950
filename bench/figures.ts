/** How what was measured is shown to people. */
import type { Spread } from './spread.js';

export const UNKNOWN = '-';

/** Median, and the range where there is one. */
export function shown(spread: Spread | null, format: (value: number) => string): string {
  if (spread === null) return UNKNOWN;
  const { median, min, max } = spread;
  return min === max ? format(median) : `${format(median)} (${format(min)}–${format(max)})`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

export function microseconds(value: number): string {
  return value.toFixed(2);
}

export function times(value: number): string {
  return `${value.toFixed(2)} ×`;
}
