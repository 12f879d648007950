import { foundClause } from '../../loadtest/found-text.js';
import type { LoadReport, SubscriberResult } from '../../loadtest/load-report.js';
import {
  AGENT_STATES,
  conditionText,
  costText,
  gotText,
  HOPS_EXPLAINED,
  headline,
  loadText,
  lostText,
  recoveryTexts,
  timeText,
  UNKNOWN,
  VERDICTS,
} from '../../loadtest/shown/load-words.js';
import { stageText } from '../../loadtest/verdict.js';
import * as text from '../../shared/text.js';
import { columns, fittedColumns } from '../text/columns.js';
import { sourceRows } from '../text/source-faults.js';
import { subscriberOrder } from '../text/subscriber-order.js';
import { hanging, REPORT_COLUMNS } from '../text/wrapped.js';
import { searchText } from './search-text.js';

/** Most subscribers shown; `--json` has all. Those that failed come first. */
const SHOWN_SUBSCRIBERS = 20;
const SHOWN_REASONS = 8;

const EXPLANATION = [
  'got: events received, or acknowledged by its machine; lost: not so by the end of the time to drain; behind: most events that it lacked at a moment;',
  'p50, p99, max: latency, from when an event was due until it was received, of which "late" is what the publisher took.',
].join(' ');

/** The result of a load test for people: the verdict first. */
export function loadReportText(report: LoadReport): string {
  const { title, verdict, reasons, conditions, load, subscribers, search } = report;
  const kept = conditions.filter(({ outcome }) => outcome === 'kept');
  const shownReasons = reasons.slice(0, SHOWN_REASONS).map((reason) => hanging('  ', reason, REPORT_COLUMNS));
  const moreReasons = reasons.length - SHOWN_REASONS;
  return [
    ...(title === null ? [] : [hanging('', title, REPORT_COLUMNS)]),
    hanging(`${VERDICTS[verdict]}  `, headline(report), REPORT_COLUMNS),
    ...shownReasons,
    ...(moreReasons > 0 ? [`  ${text.count(moreReasons)} more: see --json`] : []),
    '',
    ...(search === null ? [] : [searchText(search), '']),
    hanging('', `Load: ${loadText(report)}`, REPORT_COLUMNS),
    ...(search === null ? [stageTable(report)] : []),
    ...faultTable(report),
    '',
    subscriberTable(report),
    ...(load.sent === 0 ? [] : [hanging('', EXPLANATION, REPORT_COLUMNS)]),
    ...hopTable(report),
    ...agentTable(report),
    ...details(subscribers),
    ...sourceLines(report),
    '',
    hanging('', `Instrument: ${costText(report)}`, REPORT_COLUMNS),
    ...(kept.length === 0 ? [] : ['', 'Kept']),
    ...kept.map((each) => hanging('  ', `${conditionText(each)}: ${foundClause(each)}`, REPORT_COLUMNS)),
  ].join('\n');
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

function faultTable({ load: { faults } }: LoadReport): string[] {
  if (faults.length === 0) return [];
  const rows = faults.map(({ fault, events }) => [text.name(fault), text.count(events)]);
  return [
    '',
    fittedColumns(
      [
        { head: 'fault', align: 'left' },
        { head: 'events', align: 'right' },
      ],
      rows,
      REPORT_COLUMNS,
    ),
  ];
}

function subscriberTable(report: LoadReport): string {
  const heads = ['subscriber', 'got', 'lost', 'behind', 'backed up', 'p50', 'p99', 'max'];
  const { subscribers } = report;
  const shown = subscriberOrder(report)
    .slice(0, SHOWN_SUBSCRIBERS)
    .map((i) => subscribers[i]);
  const table = fittedColumns(
    heads.map((head) => ({ head, align: head === 'subscriber' ? 'left' : 'right' })),
    shown.map((each) => [
      text.name(each.name),
      gotText(each),
      lostText(each),
      each.mostLag === null ? UNKNOWN : text.count(each.mostLag),
      each.backedUpShare === null ? UNKNOWN : text.percent(each.backedUpShare),
      ...[each.latency?.p50Us, each.latency?.p99Us, each.latency?.maxUs].map(timeText),
    ]),
    REPORT_COLUMNS,
  );
  const more = subscribers.length - shown.length;
  return more > 0 ? `${table}\n  ${text.count(more)} more: see --json` : table;
}

/** What was wrong with the databases. */
function sourceLines({ load }: LoadReport): string[] {
  const rows = sourceRows(load).map(([word, line]) => hanging(`  ${word.padEnd(11)} `, line, REPORT_COLUMNS));
  return rows.length === 0 ? [] : ['', 'Source', ...rows];
}

function hopTable({ hops }: LoadReport): string[] {
  if (hops.length === 0) return [];
  const heads = ['proxy', 'subscribers', 'lost before', 'lost behind', 'p50', 'p99', 'max'];
  const table = fittedColumns(
    heads.map((head) => ({ head, align: head === 'proxy' ? 'left' : 'right' })),
    hops.map(({ name, subscribers, lostBefore, lostBehind, latency }) => [
      text.name(name),
      text.count(subscribers),
      lostText({ lost: lostBefore }),
      lostText({ lost: lostBehind }),
      ...[latency?.p50Us, latency?.p99Us, latency?.maxUs].map(timeText),
    ]),
    REPORT_COLUMNS,
  );
  return ['', table, hanging('', HOPS_EXPLAINED, REPORT_COLUMNS)];
}

function agentTable({ agents }: LoadReport): string[] {
  if (agents.length === 0) return [];
  const heads = ['agent', 'host', 'subscribers', 'got', 'p50', 'p99', 'max', ''];
  const table = fittedColumns(
    heads.map((head, i) => ({ head, align: i < 2 ? 'left' : 'right' })),
    agents.map(({ name, host, subscribers, received, latency, state }) => [
      text.name(name),
      text.name(host),
      text.count(subscribers.length),
      text.count(received),
      ...[latency?.p50Us, latency?.p99Us, latency?.maxUs].map(timeText),
      AGENT_STATES[state],
    ]),
    REPORT_COLUMNS,
  );
  return ['', table];
}

/** What each subscriber's figures prove, once for those of which the same holds; and what held those up that were behind. */
function details(subscribers: readonly SubscriberResult[]): string[] {
  const rows: [string, string][] = [];
  for (const { name, gaveWay } of subscribers)
    if (gaveWay !== null) rows.push([name, `${gaveWay.verdict}: ${gaveWay.evidence}`]);
  for (const each of subscribers) for (const told of recoveryTexts(each)) rows.push([each.name, told]);
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
