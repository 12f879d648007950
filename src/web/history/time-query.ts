import type { TimeBins } from '../../database/places/time-bins.js';
import { Refusal } from '../http/refusal.js';

const MOST_BINS = 2000;
/** The least and the largest value of each bin. */
const POINTS_A_BIN = 2;

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

/** Which points of an attribute are asked for. */
export interface PointQuery {
  readonly topic: string;
  readonly attribute: string;
  readonly bins: TimeBins;
  readonly strategy: 'minmax' | 'latest';
}

/** The query of Open MCT: `start` and `end` in milliseconds since 1970, `size` and `strategy`. @throws BadQuery */
export function pointQueryOf(query: URLSearchParams): PointQuery {
  const [fromS, toS] = [numberOf(query, 'start') / 1000, numberOf(query, 'end') / 1000];
  if (!(Number.isFinite(fromS) && Number.isFinite(toS) && fromS < toS))
    throw new BadQuery('Expected start and end in milliseconds since 1970, start before end');
  const most = POINTS_A_BIN * MOST_BINS;
  const size = query.has('size') ? numberOf(query, 'size') : most;
  if (!(size >= 1)) throw new BadQuery('Expected size to be a number of points, 1 or more');
  const strategy = query.get('strategy') ?? 'minmax';
  if (strategy !== 'minmax' && strategy !== 'latest')
    throw new BadQuery('Expected strategy to be minmax or latest');
  const bins = Math.max(1, Math.floor(Math.min(size, most) / POINTS_A_BIN));
  const [topic, attribute] = [textOf(query, 'topic'), textOf(query, 'attribute')];
  return { topic, attribute, bins: { fromS, toS, bins }, strategy };
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
