/** The words of a search's result that all its forms share. */

import * as text from '../../shared/text.js';
import { amountText } from '../search/amount-text.js';
import type { BurstSearchResult, SearchPhase, SearchResult, SearchRuns } from '../search/search-result.js';
import type { TrialResult, TrialSubscriber } from '../search/trial.js';
import type { SearchReport } from '../search-report.js';
import { UNKNOWN } from './load-words.js';

/** What a trial is for, in a word. */
export const PHASES: Readonly<Record<SearchPhase, string>> = {
  outward: 'bounds',
  narrow: 'narrow',
  confirm: 'confirm',
  hold: 'hold',
  sweep: 'sweep',
};

/** `Max sustainable: 9,600/s (held 30s; 10,080/s did not hold: gui lag +4.1%/s in 3 of 3 trials)` */
export function searchSentence(result: SearchResult): string {
  const { verdict, lower, upper, heldS, unit } = result;
  const isFound = verdict !== 'inconclusive' && lower !== null;
  const held = heldS > 0 ? `held ${text.givenSpan(heldS)}` : 'not held';
  const details = [
    ...(isFound ? [held] : lower !== null && heldS > 0 ? [`${amountText(lower, unit)} ${held}`] : []),
    ...(upper === null ? [] : [`${amountText(upper, unit)} did not hold${upperClause(result)}`]),
  ];
  const figure = isFound
    ? `${verdict === 'at-least' ? 'at least ' : ''}${amountText(lower, unit)}`
    : 'not found';
  return `Max sustainable: ${figure}${details.length === 0 ? '' : ` (${details.join('; ')})`}`;
}

function upperClause({ gaveWay }: SearchResult): string {
  if (gaveWay === null) return '';
  const { subscriber, missed, bad, trials } = gaveWay;
  return `: ${text.name(subscriber)} ${text.name(missed)} in ${text.count(bad)} of ${text.counted(trials, 'trial')}`;
}

/** `gui is cpu-bound: its busiest thread ran 99% of the time`; null: not known. */
export function gaveWayText({ gaveWay }: SearchResult): string | null {
  const found = gaveWay?.gaveWay;
  if (gaveWay === null || found === null || found === undefined) return null;
  return `${text.name(gaveWay.subscriber)} is ${found.verdict}: ${found.evidence}`;
}

/** `Median of 3 searches: 9,600/s (9,400/s to 9,800/s)` */
export function runsSentence({ runs, median, least, most, verdict }: SearchRuns): string {
  const [{ unit }] = runs;
  const head = runs.length === 1 ? 'of 1 search' : `of ${text.count(runs.length)} searches`;
  if (median === null || least === null || most === null) return `Nothing was found in any ${head}`;
  const counted = runs.filter((run) => run.verdict !== 'inconclusive').length;
  const some = counted < runs.length ? `, found in ${text.count(counted)} of them` : '';
  const atLeast = verdict === 'found' ? '' : 'at least ';
  return `Median ${head}: ${atLeast}${amountText(median, unit)} (${amountText(least, unit)} to ${amountText(most, unit)}${some})`;
}

/** `Largest burst: 12,000 events (12,600 were not borne: gui lost some)` */
export function burstSentence({ verdict, lower, upper, lost }: BurstSearchResult): string {
  const figure =
    lower === null
      ? 'not found'
      : `${verdict === 'at-least' ? 'at least ' : ''}${text.counted(lower, 'event')}`;
  const who = lost.length === 0 ? '' : `: ${lost.slice(0, 3).map(text.name).join(', ')} lost some`;
  return `Largest burst: ${figure}${upper === null ? '' : ` (${text.count(upper)} were not borne${who})`}`;
}

/** `After 10s at 110% of that load, subscribers took 1.20s to catch up` */
export function recoverySentence(recoveryS: number): string {
  const how =
    recoveryS === Number.POSITIVE_INFINITY
      ? 'did not catch up in the time to drain'
      : `took ${text.anySpan(recoveryS)} to catch up`;
  return `After 10s at 110% of that load, subscribers ${how}`;
}

/** What a search has found, in sentences. */
export function searchFindings({ highest, burst, recoveryS }: SearchReport): string[] {
  const runs = highest?.runs ?? [];
  return [
    ...runs.flatMap((run) => [searchSentence(run), gaveWayText(run) ?? []].flat()),
    ...(highest !== null && runs.length > 1 ? [runsSentence(highest)] : []),
    ...(recoveryS === null ? [] : [recoverySentence(recoveryS)]),
    ...(burst === null ? [] : [burstSentence(burst)]),
  ];
}

/** The subscriber that a trial is told by: one that missed something, else the one whose lag grew most. Undefined: the sentinel was alone. */
export function worstOf({ subscribers }: TrialResult): TrialSubscriber | undefined {
  const growth = ({ lagSlope }: TrialSubscriber) => lagSlope?.perS ?? Number.NEGATIVE_INFINITY;
  return subscribers
    .filter(({ kind }) => kind !== 'sentinel')
    .reduce<TrialSubscriber | undefined>((worst, each) => {
      if (worst === undefined) return each;
      if (each.missed.length > 0 !== worst.missed.length > 0) return each.missed.length > 0 ? each : worst;
      return growth(each) > growth(worst) ? each : worst;
    }, undefined);
}

/** How lag grew, in percent of what was sent: `+4.1%/s` */
export function lagText({ offeredPerS }: TrialResult, subscriber: TrialSubscriber | undefined): string {
  if (subscriber === undefined || subscriber.lagSlope === null || offeredPerS === 0) return UNKNOWN;
  const share = (100 * subscriber.lagSlope.perS) / offeredPerS;
  return `${share >= 0 ? '+' : ''}${share.toFixed(1)}%/s`;
}

/** Why a trial was not good, in a clause; empty: it was. */
export function whyText(trial: TrialResult): string {
  if (trial.outcome === 'good') return '';
  const worst = worstOf(trial);
  if (trial.outcome === 'bad' && worst !== undefined && worst.missed.length > 0)
    return `${worst.name}: ${worst.missed.join(', ')}`;
  return trial.reasons[0] ?? '';
}
