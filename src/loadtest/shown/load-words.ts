/** The words and figures of a load test's report that all its forms share. */

import * as text from '../../shared/text.js';
import type {
  AgentResult,
  LoadConditionResult,
  LoadReport,
  SubscriberResult,
  Verdict,
} from '../load-report.js';

export const VERDICTS: Readonly<Record<Verdict, string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  inconclusive: 'INCONCLUSIVE',
};

/** Stands for a figure that is not known. */
export const UNKNOWN = '-';

/** What the verdict means, in a sentence. */
export function headline({ verdict, conditions, endedBy, search }: LoadReport): string {
  if (endedBy === 'blocked') return 'ended: a subscriber had no room for longer than --block-timeout';
  const missed = conditions.filter(({ outcome }) => outcome === 'missed').length;
  const ended =
    endedBy === 'signal' ? ', stopped before its end' : endedBy === 'condition' ? ', ended by it' : '';
  if (verdict === 'fail')
    return `${text.count(missed)} of ${text.counted(conditions.length, 'condition')} missed${ended}`;
  if (search !== null && verdict === 'inconclusive') return `the search cannot tell for certain${ended}`;
  if (verdict === 'inconclusive') return `nothing can be said of the subscribers${ended}`;
  if (search !== null && conditions.length === 0) return 'the search has found what was asked for';
  return conditions.length === 0
    ? `the load was applied; no condition was given (--fail-if)${ended}`
    : `${text.counted(conditions.length, 'condition')} kept${ended}`;
}

const ARRIVALS: Readonly<Record<LoadReport['load']['arrival'], string>> = {
  recorded: 'as recorded',
  even: 'evenly',
  poisson: 'by chance',
};

/** `1,000 events in 10.00s, 100/s, 400 kB, arriving evenly` */
export function loadText({ load, durationS }: LoadReport): string {
  const telescopes = load.telescopes === 1 ? '' : ` of ${text.count(load.telescopes)} telescopes`;
  const perS = durationS > 0 ? load.sent / durationS : 0;
  return `${text.counted(load.sent, 'event')}${telescopes} in ${text.anySpan(durationS)}, ${text.count(perS)}/s, ${text.bytes(load.bytes)}, arriving ${ARRIVALS[load.arrival]}`;
}

/** `the sentinel took 12% of a core, 40 looks at connections 55.0ms` */
export function costText({ cost: { sentinelCpuShare, looks, looksMs } }: LoadReport): string {
  const sentinel =
    sentinelCpuShare === null ? '' : `the sentinel took ${text.percent(sentinelCpuShare)} of a core, `;
  return `${sentinel}${text.counted(looks, 'look')} at connections ${text.duration(1000 * looksMs)}`;
}

/** Events received, or what its machine has acknowledged of those that were sent for it. */
export function gotText({ received, wanted, lost }: SubscriberResult): string {
  if (received !== null) return text.count(received);
  if (wanted === null || lost === null) return UNKNOWN;
  return `${isExact(lost) ? '' : '~'}${text.count(wanted - lost.about)}`;
}

export function lostText({ lost }: Pick<SubscriberResult, 'lost'>): string {
  if (lost === null) return 'unknown';
  if (isExact(lost)) return text.count(lost.most);
  return lost.least === 0 ? `up to ${text.count(lost.most)}` : `~${text.count(lost.about)}`;
}

function isExact({ least, most }: NonNullable<SubscriberResult['lost']>): boolean {
  return least === most;
}

/** `caught up 6.25s after stage 2`: of stages after which the load fell, and which it did not keep up with; empty: there is none. */
export function recoveryTexts({ recoveries }: SubscriberResult): string[] {
  return recoveries
    .slice(0, -1)
    .filter(({ tookS }) => tookS !== 0)
    .map(({ stage, tookS }) =>
      tookS === null
        ? `did not catch up after stage ${stage}`
        : `caught up ${text.anySpan(tookS)} after stage ${stage}`,
    );
}

/** Where a proxy stands, and what its figures mean. */
export const HOPS_EXPLAINED =
  'lost before: between the publisher, or the proxy before, and this one: at most what the subscriber behind it lacks that lacks least, the witness; lost behind: what the subscribers that connect to it lack more than that, added.';

/** What a report says of an agent that is not there to the end. */
export const AGENT_STATES: Readonly<Record<AgentResult['state'], string>> = {
  ended: 'complete',
  left: 'left early',
  missing: 'missing',
};

export function timeText(us: number | null | undefined): string {
  return us === null || us === undefined ? UNKNOWN : text.duration(us);
}

/** `gui: lost>0` */
export function conditionText({ condition, subscriber }: LoadConditionResult): string {
  return `${subscriber}: ${condition}`;
}
