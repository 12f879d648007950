import type { LoadReport, SubscriberResult, Verdict } from '../../loadtest/load-report.js';
import { headline, loadText, timeText, UNKNOWN, VERDICTS } from '../../loadtest/shown/load-words.js';
import * as text from '../../shared/text.js';
import { type Html, html } from '../html/html.js';
import { foldedAfter } from './folded.js';

const SIGNS: Readonly<Record<Verdict, string>> = { pass: '✓', fail: '✗', inconclusive: '?' };
const SHOWN_REASONS = 8;

/** The verdict with its reasons, and the figures of the whole test. */
export function verdictSection(report: LoadReport): Html {
  const { title, verdict, reasons, startedAt, load } = report;
  const items = reasons.map((reason) => html`<li>${text.name(reason)}</li>`);
  return html`<header>
<p class="muted">${text.name(title ?? 'tcs-replay load test')} · <time datetime="${startedAt}">${text.moment(Date.parse(startedAt) / 1000)} UTC</time> ·
${load.databases.map(text.name).join(', ')}</p>
<div class="verdict ${verdict}">
<h1><span aria-hidden="true">${SIGNS[verdict]}</span> ${VERDICTS[verdict]}</h1>
<p>${headline(report)}</p>
${foldedAfter(SHOWN_REASONS, items, 'reason', (some) => html`<ul>${some}</ul>`)}
</div>
<p>${loadText(report)}</p>
${tiles(report)}
</header>`;
}

function tiles({ load, durationS, subscribers }: LoadReport): Html {
  const others = subscribers.filter(({ kind }) => kind !== 'sentinel');
  const foreign = others.filter(({ kind }) => kind === 'foreign').length;
  const kinds = [
    ...(others.length > foreign ? [`${text.count(others.length - foreign)} started by the test`] : []),
    ...(foreign > 0 ? [`${text.count(foreign)} of yours`] : []),
  ];
  const losing = others.filter(({ lost }) => (lost?.most ?? 0) > 0).length;
  const unproven = others.filter(({ lost }) => lost === null).length;
  const lost = largest(others, (each) => each.lost?.most);
  const behind = largest(others, (each) => each.mostLag);
  const p99 = largest(others, (each) => each.latency?.p99Us);
  const latest = Math.max(...load.stages.map(({ lateP99Us }) => lateP99Us ?? -1));
  return html`<ul class="tiles">
${tile('Sent', text.count(load.sent), `${durationS > 0 ? text.count(load.sent / durationS) : 0} events/s, ${text.bytes(load.bytes)}`)}
${tile('Subscribers', text.count(others.length), kinds.join(', '))}
${tile(
  'Lost, at worst',
  figure(lost, text.count),
  [
    losing === 0 ? 'nobody is known to have lost any' : `${text.count(losing)} lost or may have lost some`,
    ...(unproven > 0 ? [`${text.count(unproven)} unknown`] : []),
  ].join(', '),
)}
${tile('Behind, at worst', figure(behind, text.count), whose(behind))}
${tile('Latency p99, at worst', figure(p99, text.duration), whose(p99))}
${tile('Sent late, p99 at worst', latest < 0 ? UNKNOWN : timeText(latest), 'by the publisher')}
</ul>`;
}

function tile(title: string, value: string, note: string): Html {
  return html`<li><span>${title}</span><b class="value">${value}</b><small>${note}</small></li>`;
}

interface Largest {
  readonly value: number;
  readonly name: string;
}

/** The largest of a figure that is known, and whose it is. */
function largest(
  subscribers: readonly SubscriberResult[],
  of: (each: SubscriberResult) => number | null | undefined,
): Largest | undefined {
  return subscribers
    .flatMap((each) => {
      const value = of(each);
      return value == null ? [] : [{ value, name: each.name }];
    })
    .sort((a, b) => b.value - a.value)[0];
}

function figure(found: Largest | undefined, shown: (value: number) => string): string {
  return found === undefined ? UNKNOWN : shown(found.value);
}

function whose(found: Largest | undefined): string {
  if (found === undefined) return 'not measured';
  return found.value === 0 ? '' : text.name(found.name);
}
