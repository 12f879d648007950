import * as text from '../../../shared/text.js';

/** Stands for what is not known. */
export const UNKNOWN = '–';

export function timeText(us: number | null): string {
  return us === null ? UNKNOWN : text.duration(us);
}

export function countText(value: number | null): string {
  return value === null ? UNKNOWN : text.count(value);
}
