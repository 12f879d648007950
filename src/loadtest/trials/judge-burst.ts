import { counted } from '../../shared/text.js';
import type { BurstResult } from '../search/search-result.js';
import type { TrialFigures } from './trial-figures.js';

/**
 * Judges a burst: it is bad if a subscriber lost some of it. Where the sentinel alone lost some, or it is not known of a subscriber, nothing
 * can be said.
 *
 * @param recoveryS seconds until all had what they did not lose; Infinity: they had not
 */
export function judgeBurst(events: number, all: readonly TrialFigures[], recoveryS: number): BurstResult {
  const subscribers = all.filter(({ kind }) => kind !== 'sentinel');
  const losers = subscribers.filter(({ lost }) => (lost ?? 0) > 0);
  const result = {
    events,
    lost: losers.map(({ name }) => name),
    recoveryS: recoveryS === Number.POSITIVE_INFINITY ? null : recoveryS,
  };
  if (losers.length > 0) {
    const reasons = losers.map(({ name, lost }) => `${name}: lost ${counted(lost ?? 0, 'event')}`);
    return { ...result, outcome: 'bad', reasons, limit: null };
  }
  const sentinel = all.find(({ kind, lost }) => kind === 'sentinel' && (lost ?? 0) > 0);
  if (sentinel !== undefined) {
    const reasons = [
      `The sentinel, which does nothing but receive, lost ${counted(sentinel.lost ?? 0, 'event')}`,
    ];
    return { ...result, outcome: 'invalid', reasons, limit: 'sentinel' };
  }
  const unknown = subscribers.filter(({ lost }) => lost === null);
  const reasons = unknown.map(({ name }) => `${name}: nothing tells what it received`);
  return {
    ...result,
    reasons,
    outcome: unknown.length > 0 ? 'invalid' : 'good',
    limit: unknown.length > 0 ? 'machine' : null,
  };
}
