import type { TimeBins } from '../../database/places/time-bins.js';
import { Refusal } from '../http/refusal.js';

const MOST_BINS = 2000;

/** A query cannot be used. */
export class BadQuery extends Refusal {
  override readonly name = 'BadQuery';

  constructor(message: string) {
    super(400, message);
  }
}

/** The stretch of time in a query: `from` and `to` in Unix seconds, and `bins`. @throws BadQuery */
export function timeBinsOf(query: URLSearchParams): TimeBins {
  const bins = numberOf(query, 'bins');
  const toS = numberOf(query, 'to');
  const fromS = numberOf(query, 'from');
  if (!(Number.isFinite(fromS) && Number.isFinite(toS) && fromS < toS))
    throw new BadQuery('Expected from and to in Unix seconds, from before to');
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= MOST_BINS))
    throw new BadQuery(`Expected bins to be a whole number from 1 to ${MOST_BINS}`);
  return { fromS, toS, bins };
}

/** A text in a query. @throws BadQuery */
export function textOf(query: URLSearchParams, name: string): string {
  const text = query.get(name);
  if (text === null || text === '') throw new BadQuery(`Expected ${name}`);
  return text;
}

function numberOf(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  return text === null || text.trim() === '' ? Number.NaN : Number(text);
}
