import type { LoadReport, Proof, SubscriberResult } from '../../loadtest/load-report.js';
import { gotText, lostText, recoveryTexts, timeText, UNKNOWN } from '../../loadtest/shown/load-words.js';
import type { SubscriberKind } from '../../loadtest/subscriber-kind.js';
import * as text from '../../shared/text.js';
import { type Html, html } from '../html/html.js';
import { subscriberOrder } from '../text/subscriber-order.js';
import { foldedAfter } from './folded.js';
import { cell, table } from './table.js';

const KINDS: Readonly<Record<SubscriberKind, string>> = {
  sentinel: 'sentinel',
  own: 'own',
  foreign: 'yours',
};
const PROOFS: Readonly<Record<Proof, string>> = {
  count: 'its own count',
  'check-in': 'its own reports',
  endpoint: 'its endpoint',
  kernel: 'its connection',
  unknown: 'nothing',
};
const SHOWN_PROOFS = 12;

const COLUMNS = [
  { head: 'subscriber', isText: true },
  { head: 'got' },
  { head: 'lost' },
  { head: 'behind, at most' },
  { head: 'backed up' },
  { head: 'latency p50' },
  { head: 'p99' },
  { head: 'p99.9' },
  { head: 'max' },
  { head: 'caught up' },
  { head: 'proven by', isText: true },
];

/** What each subscriber got, the worst first. The page's script makes names buttons that pick lines of the charts. */
export function subscriberSection(report: LoadReport): Html {
  const order = subscriberOrder(report);
  return html`<section id="subscribers">
<h2>Subscribers</h2>
<p class="muted">The sentinel does nothing but receive: it shows what publisher and machine can do. Then the worst first. Behind: events
that it had not received yet. Backed up: share of the time in which its connection had no room. Latency: from when an event was due
until it was received. Caught up: how long after the end of the load it had all.</p>
${
  order.length === 0
    ? html`<p class="missing">No subscriber was there.</p>`
    : table(
        'Subscribers',
        COLUMNS,
        order.map((i) => row(report.subscribers[i], i)),
      )
}
</section>
${gaveWay(order.map((i) => report.subscribers[i]))}`;
}

function row(each: SubscriberResult, index: number): Html {
  const { lost, wanted, latency, mostLag, mostLagS, endLag } = each;
  const isLossKnown = lost !== null && lost.least > 0;
  return html`<tr data-subscriber="${index}"><th scope="row"><span class="name">${text.name(each.name)}</span>
<small>${[KINDS[each.kind], each.pid === null ? '' : `process ${each.pid}`, each.hasGone ? 'went away' : ''].filter((part) => part !== '').join(', ')}</small>${
    each.command === null ? null : html`<small class="name">${text.name(each.command)}</small>`
  }</th>
${cell(gotText(each), gotNote(each))}
${cell(lostText(each), isLossKnown && wanted ? `${shareText((100 * lost.most) / wanted)}%` : '', isLossKnown)}
${cell(
  mostLag === null ? UNKNOWN : text.count(mostLag),
  [
    ...(mostLagS === null || mostLag === 0 ? [] : [text.duration(1e6 * mostLagS)]),
    ...(endLag === null || endLag === 0 ? [] : [`${text.count(endLag)} at the end`]),
  ].join(', '),
)}
${cell(each.backedUpShare === null ? UNKNOWN : text.percent(each.backedUpShare))}
${[latency?.p50Us, latency?.p99Us, latency?.p999Us, latency?.maxUs].map((us) => cell(timeText(us)))}
${cell(recoveryText(each.recoveryS), recoveryTexts(each).join(', '))}
<td class="text">${PROOFS[each.proof]}</td></tr>`;
}

function gotNote(result: SubscriberResult): string {
  const { wanted, duplicated, reordered } = result;
  return [
    ...(wanted === null || gotText(result) === text.count(wanted) ? [] : [`of ${text.count(wanted)}`]),
    ...(duplicated ? [`${text.count(duplicated)} twice`] : []),
    ...(reordered ? [`${text.count(reordered)} out of order`] : []),
  ].join(', ');
}

function recoveryText(recoveryS: number | null): string {
  if (recoveryS === null) return UNKNOWN;
  if (recoveryS === 0) return 'at once';
  return Number.isFinite(recoveryS) ? text.anySpan(recoveryS) : 'not in time';
}

function shareText(percent: number): string {
  return percent >= 0.1 ? percent.toFixed(1) : percent.toPrecision(1);
}

/** What held subscribers up, and what the figures of each prove. */
function gaveWay(subscribers: readonly SubscriberResult[]): Html {
  const held = subscribers.flatMap(({ name, gaveWay }) => (gaveWay === null ? [] : [{ name, ...gaveWay }]));
  const proofs = new Map<string, string[]>();
  for (const { name, proves } of subscribers) proofs.set(proves, [...(proofs.get(proves) ?? []), name]);
  return html`<section id="gave-way">
<h2>What gave way</h2>
${
  held.length === 0
    ? html`<p>Nothing that was seen held a subscriber up.</p>`
    : html`<ul class="findings">${held.map(({ name, verdict, evidence }) => html`<li><b class="name">${text.name(name)}</b>: <b>${text.name(verdict)}</b>: ${text.name(evidence)}</li>`)}</ul>`
}
${proofs.size === 0 ? null : html`<h3>What the figures prove</h3>`}
${foldedAfter(
  SHOWN_PROOFS,
  [...proofs].map(
    ([proves, names]) => html`<li><b class="name">${namesText(names)}</b>: ${text.name(proves)}</li>`,
  ),
  'sentence',
  (some) => html`<ul class="findings">${some}</ul>`,
)}
${lostNumbers(subscribers)}
</section>`;
}

const SHOWN_RANGES = 5;

/** Which events were lost, where their numbers are known. */
function lostNumbers(subscribers: readonly SubscriberResult[]): Html | null {
  const known = subscribers.flatMap(({ name, lostNumbers: ranges }) =>
    ranges === null || ranges.length === 0 ? [] : [{ name, ranges }],
  );
  if (known.length === 0) return null;
  return html`<h3>Which events were lost, as counted from 1</h3>
<ul class="findings">${known.map(({ name, ranges }) => html`<li><b class="name">${text.name(name)}</b>: ${rangesText(ranges)}</li>`)}</ul>`;
}

function rangesText(ranges: readonly (readonly [first: number, last: number])[]): string {
  const shown = ranges
    .slice(0, SHOWN_RANGES)
    .map(([first, last]) =>
      first === last ? text.count(first) : `${text.count(first)} to ${text.count(last)}`,
    );
  const more = ranges.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? `; ${text.counted(more, 'more range')} in the JSON` : ''}`;
}

const SHOWN_NAMES = 5;

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).map(text.name).join(', ');
  return names.length > SHOWN_NAMES ? `${shown} and ${text.count(names.length - SHOWN_NAMES)} more` : shown;
}
