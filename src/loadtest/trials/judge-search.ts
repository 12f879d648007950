import { testCondition } from '../../measure/condition.js';
import type { ReplayOutcome } from '../../measure/outcome.js';
import { foundClause } from '../found-text.js';
import { instrumentFaults } from '../instrument-faults.js';
import { isOnSearch, type LoadCondition } from '../load-condition.js';
import type { LoadConditionResult, LoadReport } from '../load-report.js';
import type { SearchReport } from '../search-report.js';
import type { Judged } from '../verdict.js';

/** Whom a condition on the load found is about. */
const ALL = 'all subscribers';

interface End extends Pick<ReplayOutcome, 'sent' | 'filtered'> {
  readonly endedBy: LoadReport['endedBy'];
  /** What was not as intended besides, in sentences. Default: nothing. */
  readonly failures?: readonly string[];
}

/**
 * Judges what a search has found. It passes if it has found what it was to find, and the load found is as high as conditions want it.
 * A load that holds where higher ones could not be tried is enough for these conditions, and nothing else.
 */
export function judgeSearch(
  { highest, burst, sweep }: SearchReport,
  conditions: readonly LoadCondition[],
  end: End,
): Judged {
  const faults = instrumentFaults(end.endedBy, end, end.failures ?? []);
  const verdict = (highest ?? burst)?.verdict ?? (sweep === null ? 'inconclusive' : 'found');
  const results = conditions
    .filter(isOnSearch)
    .map((condition) => testLoad(condition, highest?.median ?? null, verdict));
  const missed = results.filter(({ outcome }) => outcome === 'missed');
  const unknown = results.filter(({ outcome }) => outcome === 'unknown');
  const isEnough = verdict === 'at-least' && results.length > 0 && unknown.length === 0;
  const open = verdict === 'found' || isEnough ? [] : reasonsOf({ highest, burst });
  const own = faults.length > 0 ? faults : open;
  return {
    verdict: own.length > 0 ? 'inconclusive' : missed.length > 0 ? 'fail' : 'pass',
    reasons: [
      ...own,
      ...missed.map((each) => `${each.condition}: ${foundClause(each)}`),
      ...unknown.map(({ condition, reason }) => `${condition}: ${reason}`),
    ],
    conditions: results,
    instrument: { isValid: own.length === 0, faults: own },
  };
}

function reasonsOf({ highest, burst }: Pick<SearchReport, 'highest' | 'burst'>): string[] {
  const reasons = [
    ...new Set(
      [...(highest?.runs ?? []), ...(burst === null ? [] : [burst])].flatMap((each) => each.reasons),
    ),
  ];
  return reasons.length > 0 ? reasons : ['The search has found nothing'];
}

function testLoad(
  condition: LoadCondition,
  lower: number | null,
  verdict: 'found' | 'at-least' | 'inconclusive',
): LoadConditionResult {
  const base = { condition: condition.condition, subscriber: ALL, unit: condition.unit };
  if (lower === null || verdict === 'inconclusive')
    return { ...base, found: null, outcome: 'unknown', reason: 'the search is inconclusive' };
  const { holds, tested } = testCondition(condition, lower);
  if (holds && verdict === 'at-least')
    return { ...base, found: lower, outcome: 'unknown', reason: 'higher loads could not be tried' };
  return { ...base, found: tested.found, outcome: holds ? 'missed' : 'kept', reason: null };
}
