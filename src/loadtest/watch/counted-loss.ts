import { count, counted } from '../../shared/text.js';
import type { ConnectionReport } from '../kernel-report.js';
import type { EventCount } from '../lost-events.js';
import type { Standing } from '../reception-track.js';
import type { WatchedPoint } from './watched.js';

/**
 * What a subscriber that counts has lost. Events after the last one received may still be queued in the subscriber, which drops
 * nothing: how many its machine was not delivered is known from its connection.
 *
 * @returns null: it was behind by more events than are remembered
 */
export function countedLoss(
  { lost, lag, isExact }: Standing,
  connection: ConnectionReport | undefined,
): EventCount | null {
  if (!isExact) return null;
  if (connection?.delivered === 'all') return exactly(lost);
  const missing = lost + lag;
  if (connection?.delivered !== 'some' || connection.lost === null)
    return { least: lost, most: missing, about: missing };
  const { least, most, about } = connection.lost.events;
  const within = (events: number) => Math.min(missing, Math.max(lost, events));
  return { least: within(least), most: within(most), about: within(about) };
}

/** How a subscriber that counts stands. */
export function countedPoint({ lost, isExact, ...standing }: Standing): Omit<WatchedPoint, 'atUs'> {
  return { ...standing, missing: isExact ? standing.wanted - standing.received : null };
}

/** A number of events that is known exactly. */
export function exactly(events: number): EventCount {
  return { least: events, most: events, about: events };
}

/** What counting proves, in a sentence. */
export function countedProof({ wanted, received }: Standing, lost: EventCount | null): string {
  if (lost === null) return 'it was behind by more events than are remembered: what it lost is not known';
  if (received >= wanted)
    return `it counted every one of the ${counted(wanted, 'event')} that were sent for it`;
  const counts = `it counted ${count(received)} of the ${counted(wanted, 'event')} that were sent for it`;
  if (lost.least === lost.most && lost.most === wanted - received) return counts;
  return `${counts}; the others may still be queued in it`;
}
