import type { ReplayOutcome } from '../measure/outcome.js';
import { counted } from '../shared/text.js';
import type { LoadReport } from './load-report.js';

/**
 * What keeps a load test from saying anything, whatever was measured.
 *
 * @param outcome undefined: the load is still applied
 * @param others why something else could not be done as intended, in sentences
 */
export function instrumentFaults(
  endedBy: LoadReport['endedBy'],
  outcome: Pick<ReplayOutcome, 'sent' | 'filtered'> | undefined,
  others: readonly string[],
): string[] {
  if (endedBy === 'signal') return ['It was stopped before the end of the load'];
  if (outcome?.sent !== 0) return [...others];
  const { filtered } = outcome;
  const lookedAt =
    filtered === 0
      ? ''
      : `; ${counted(filtered, 'event')} looked at, all of other topics than those asked for`;
  return [...others, `Nothing to play: there is no event of those asked for${lookedAt}`];
}
