import * as text from '../../src/shared/text.js';
import { figureText, ratioSpreadText } from '../figure-text.js';
import type { FigureInfo } from '../result.js';
import type { Spread } from '../spread.js';

/** Stands for a missing figure. */
export const NOTHING = '–';

/** `7.45 × (6.28–7.46) of model` */
export function ratioTo(reference: string, ratios: Spread): string {
  return `${ratioSpreadText(ratios)} of ${reference}`;
}

/** Text of an axis tick: `64`, `65,536`, `100k`, `1M`. */
export function shortNumber(value: number): string {
  if (value >= 1e6 && value % 1e6 === 0) return `${figureText(value / 1e6, 'count')}M`;
  if (value >= 1e4 && value % 1e3 === 0) return `${figureText(value / 1e3, 'count')}k`;
  return figureText(value, 'count');
}

/** Which direction is an improvement, as a sentence; empty if neither is. */
export function direction({ better }: FigureInfo): string {
  if (better === null) return '';
  return better === 'higher' ? 'More is better.' : 'Less is better.';
}

/** A document's date as text; an invalid date as it is. */
export function momentOf(date: string): string {
  return Number.isNaN(Date.parse(date)) ? date : `${text.moment(Date.parse(date) / 1000)} UTC`;
}
