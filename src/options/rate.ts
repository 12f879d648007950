import type { Rate } from '../pacing/even-pace.js';
import { badOption, bytesOf, numberOf } from '../shared/expect.js';

/**
 * Reads a rate: events a second, `5000`, or, with a unit, bytes a second, `10MB`, `64KiB/s`. Above 0.
 *
 * @throws TcsReplayError `BAD_OPTION`
 */
export function rate(name: string, value: number | string): Rate {
  const text = String(value).trim().replace(/\/s$/i, '');
  if (/b$/i.test(text)) {
    const perS = bytesOf(text);
    if (perS !== undefined) return { perS, unit: 'bytes' };
  } else {
    const perS = numberOf(text);
    if (perS > 0 && perS < Number.POSITIVE_INFINITY) return { perS, unit: 'events' };
  }
  throw badOption(name, 'events a second such as 5000, or bytes a second such as 10MB', value);
}
