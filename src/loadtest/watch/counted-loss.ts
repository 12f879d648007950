import { count, counted } from '../../shared/text.js';
import type { ConnectionReport } from '../kernel-report.js';
import type { EventRange } from '../lost-events.js';
import type { Standing } from '../reception-track.js';

/**
 * What a subscriber that counts has lost. Events after the last one received may still be queued in the subscriber, which drops
 * nothing: how many its machine was not delivered is known from its connection.
 *
 * @returns null: it was behind by more events than are remembered
 */
export function countedLoss(
  { lost, lag, isExact }: Standing,
  connection: ConnectionReport | undefined,
): EventRange | null {
  if (!isExact) return null;
  if (connection?.delivered === 'all') return { least: lost, most: lost };
  const missing = lost + lag;
  if (connection?.delivered !== 'some' || connection.lost === null) return { least: lost, most: missing };
  const { least, most } = connection.lost.events;
  return { least: Math.min(missing, Math.max(lost, least)), most: Math.min(missing, Math.max(lost, most)) };
}

/** What counting proves, in a sentence. */
export function countedProof({ wanted, received }: Standing, lost: EventRange | null): string {
  if (lost === null) return 'it was behind by more events than are remembered: what it lost is not known';
  if (received >= wanted)
    return `it counted every one of the ${counted(wanted, 'event')} that were sent for it`;
  const counts = `it counted ${count(received)} of the ${counted(wanted, 'event')} that were sent for it`;
  if (lost.least === lost.most && lost.most === wanted - received) return counts;
  return `${counts}; the others may still be queued in it`;
}
