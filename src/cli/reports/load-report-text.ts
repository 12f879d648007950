import type { LoadReport, SubscriberResult, Verdict } from '../../loadtest/load-report.js';
import { stageText } from '../../loadtest/verdict.js';
import * as text from '../../shared/text.js';
import { columns, shortened } from '../text/columns.js';
import { hanging, REPORT_COLUMNS } from '../text/wrapped.js';

const VERDICTS: Record<Verdict, string> = { pass: 'PASS', fail: 'FAIL', inconclusive: 'INCONCLUSIVE' };
const NAME_WIDTH = 22;
/** Most subscribers shown; `--json` has all. Those that failed come first. */
const SHOWN_SUBSCRIBERS = 20;
const SHOWN_REASONS = 8;
const UNKNOWN = '-';

const EXPLANATION = [
  'got: events received, or acknowledged by its machine; behind: most events that it lacked at a moment;',
  'latency: from when an event was due until it was received, of which "late" is what the publisher took.',
].join(' ');

/** The result of a load test for people: the verdict first. */
export function loadReportText(report: LoadReport): string {
  const { verdict, reasons, conditions, load, subscribers } = report;
  const kept = conditions.filter(({ outcome }) => outcome === 'kept');
  const shownReasons = reasons.slice(0, SHOWN_REASONS).map((reason) => hanging('  ', reason, REPORT_COLUMNS));
  const moreReasons = reasons.length - SHOWN_REASONS;
  return [
    hanging(`${VERDICTS[verdict]}  `, headline(report), REPORT_COLUMNS),
    ...shownReasons,
    ...(moreReasons > 0 ? [`  ${text.count(moreReasons)} more: see --json`] : []),
    '',
    hanging('', loadLine(report), REPORT_COLUMNS),
    stageTable(report),
    '',
    subscriberTable(subscribers),
    ...(load.sent === 0 ? [] : [hanging('', EXPLANATION, REPORT_COLUMNS)]),
    ...details(subscribers),
    ...(kept.length === 0 ? [] : ['', 'Kept']),
    ...kept.map(({ condition, subscriber, found, unit }) =>
      hanging('  ', `${named(condition, subscriber)}: it was ${numberText(found)}${unit}`, REPORT_COLUMNS),
    ),
  ].join('\n');
}

function headline({ verdict, conditions, endedBy }: LoadReport): string {
  const missed = conditions.filter(({ outcome }) => outcome === 'missed').length;
  const ended =
    endedBy === 'signal' ? ', stopped before its end' : endedBy === 'condition' ? ', ended by it' : '';
  if (verdict === 'fail')
    return `${text.count(missed)} of ${text.counted(conditions.length, 'condition')} missed${ended}`;
  if (verdict === 'inconclusive') return `nothing can be said of the subscribers${ended}`;
  return conditions.length === 0
    ? `the load was applied; no condition was given (--fail-if)${ended}`
    : `${text.counted(conditions.length, 'condition')} kept${ended}`;
}

function loadLine({ load, durationS }: LoadReport): string {
  const telescopes = load.telescopes === 1 ? '' : ` of ${text.count(load.telescopes)} telescopes`;
  const perS = durationS > 0 ? load.sent / durationS : 0;
  return `Load: ${text.counted(load.sent, 'event')}${telescopes} in ${text.anySpan(durationS)}, ${text.count(perS)}/s, ${text.bytes(load.bytes)}, arriving ${load.arrival === 'poisson' ? 'by chance' : load.arrival === 'even' ? 'evenly' : 'as recorded'}`;
}

function stageTable({ load }: LoadReport): string {
  const heads = ['stage', 'time', 'intended', 'offered', 'late p50', 'p99', 'max'];
  return columns(
    heads.map((head) => ({ head, align: head === 'stage' ? 'left' : 'right' })),
    load.stages.map((stage) => [
      stageText(stage, load.unit),
      text.anySpan(stage.playedS),
      text.count(stage.intended),
      text.count(stage.offered),
      ...[stage.lateP50Us, stage.lateP99Us, stage.lateMaxUs].map(timeText),
    ]),
  );
}

function subscriberTable(subscribers: readonly SubscriberResult[]): string {
  const heads = ['subscriber', 'got', 'lost', 'behind', 'backed up', 'latency p50', 'p99', 'max'];
  const shown = inOrder(subscribers).slice(0, SHOWN_SUBSCRIBERS);
  const table = columns(
    heads.map((head) => ({ head, align: head === 'subscriber' ? 'left' : 'right' })),
    shown.map((each) => [
      shortened(text.name(each.name), NAME_WIDTH),
      gotText(each),
      lostText(each),
      each.mostLag === null ? UNKNOWN : text.count(each.mostLag),
      each.backedUpShare === null ? UNKNOWN : text.percent(each.backedUpShare),
      ...[each.latency?.p50Us, each.latency?.p99Us, each.latency?.maxUs].map(timeText),
    ]),
  );
  const more = subscribers.length - shown.length;
  return more > 0 ? `${table}\n  ${text.count(more)} more: see --json` : table;
}

/** The sentinel first, then those that lost or were behind most. */
function inOrder(subscribers: readonly SubscriberResult[]): SubscriberResult[] {
  const rank = ({ kind, lost, mostLag }: SubscriberResult) =>
    kind === 'sentinel' ? Number.POSITIVE_INFINITY : 1e12 * (lost?.most ?? 0) + (mostLag ?? 0);
  return [...subscribers].sort((a, b) => rank(b) - rank(a) || 0);
}

function gotText({ received, wanted, lost }: SubscriberResult): string {
  if (received !== null) return text.count(received);
  if (wanted === null || lost === null) return UNKNOWN;
  return `${isExact(lost) ? '' : '~'}${text.count(wanted - lost.about)}`;
}

function lostText({ lost }: SubscriberResult): string {
  if (lost === null) return 'unknown';
  if (isExact(lost)) return text.count(lost.most);
  return lost.least === 0 ? `up to ${text.count(lost.most)}` : `~${text.count(lost.about)}`;
}

function isExact({ least, most }: NonNullable<SubscriberResult['lost']>): boolean {
  return least === most;
}

/** What each subscriber's figures prove, once for those of which the same holds; and what held those up that were behind. */
function details(subscribers: readonly SubscriberResult[]): string[] {
  const rows: [string, string][] = [];
  for (const { name, gaveWay } of subscribers)
    if (gaveWay !== null) rows.push([name, `${gaveWay.verdict}: ${gaveWay.evidence}`]);
  for (const { name, kind, lost, endLag, proves } of subscribers)
    if (kind === 'foreign' || lost === null || lost.most > 0 || (endLag ?? 0) > 0) rows.push([name, proves]);
  if (rows.length === 0) return [];
  const shown = rows.slice(0, 2 * SHOWN_SUBSCRIBERS);
  return [
    '',
    'What is known',
    ...shown.map(([name, told]) => hanging('  ', `${text.name(name)}: ${told}`, REPORT_COLUMNS)),
  ];
}

function timeText(us: number | null | undefined): string {
  return us === null || us === undefined ? UNKNOWN : text.duration(us);
}

function numberText(found: number | null): string {
  return found === null ? 'not measured' : String(Number(found.toPrecision(6)));
}

function named(condition: string, subscriber: string): string {
  return condition.includes(':') ? condition : `${subscriber}: ${condition}`;
}
