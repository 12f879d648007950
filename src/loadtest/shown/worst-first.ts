import type { LoadProgress } from '../load-progress.js';

type SubscriberNow = LoadProgress['subscribers'][number];

const BACKED_UP_SHARE = 0.2;

/**
 * The order in which subscribers are shown while the load is applied, as indexes: the sentinel first, then those that lost most, those that
 * are backed up, and the others. Within these, they keep their places.
 */
export function worstFirst(subscribers: readonly SubscriberNow[]): number[] {
  const ranks = subscribers.map(({ kind, lost, backedUpShare }) => {
    if (kind === 'sentinel') return Number.POSITIVE_INFINITY;
    if ((lost ?? 0) > 0) return 1 + (lost ?? 0);
    return isBackedUp(backedUpShare) ? 1 : 0;
  });
  return subscribers.map((_, i) => i).sort((a, b) => (ranks[b] ?? 0) - (ranks[a] ?? 0) || 0);
}

/** Whether a connection had no room for so much of the last moments that its subscriber reads slower than events come. */
export function isBackedUp(share: number | null): boolean {
  return (share ?? 0) > BACKED_UP_SHARE;
}
