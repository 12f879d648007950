import type { Rate } from '../pacing/even-pace.js';
import { badOption, bytesOf, numberOf } from '../shared/expect.js';

/** Lowest and highest rate, a second. At the lowest, an event is sent every 12 days. */
const [LOWEST, HIGHEST] = [1e-6, 1e12];

/**
 * Reads a rate: events a second, `5000`, or, with a unit, bytes a second, `10MB`, `64KiB/s`. From 0.000001 to 10^12.
 *
 * @throws TcsReplayError `BAD_OPTION`
 */
export function rate(name: string, value: number | string): Rate {
  const text = String(value).trim().replace(/\/s$/i, '');
  if (/b$/i.test(text)) {
    const perS = bytesOf(text);
    if (perS !== undefined && perS <= HIGHEST) return { perS, unit: 'bytes' };
  } else {
    const perS = numberOf(text);
    if (perS >= LOWEST && perS <= HIGHEST) return { perS, unit: 'events' };
  }
  const expected = 'events a second such as 5000, or bytes a second such as 10MB, from 0.000001 to 1e12';
  throw badOption(name, expected, value);
}
