import { count } from '../shared/text.js';
import type { LoadConditionResult } from './load-report.js';

/** Of figures that are no whole numbers. */
const DIGITS = 6;

type Found = Pick<LoadConditionResult, 'found' | 'unit'>;

/** The figure that a condition was about, with its unit: `1,234`, `55ms`, `0.0125%`. */
export function foundText({ found, unit }: Found): string {
  if (found === null) return 'not measured';
  if (found === Number.POSITIVE_INFINITY) return 'never';
  if (Number.isInteger(found)) return `${count(found)}${unit}`;
  return `${found.toLocaleString('en-US', { maximumSignificantDigits: DIGITS })}${unit}`;
}

/** The same as a clause: `it was 55ms`. Infinity is a time that had not come when the time to drain was over. */
export function foundClause(result: Found): string {
  return result.found === Number.POSITIVE_INFINITY
    ? 'it had not received all when the time to drain was over'
    : `it was ${foundText(result)}`;
}
