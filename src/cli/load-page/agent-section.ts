import type { AgentResult, HopResult, LoadReport } from '../../loadtest/load-report.js';
import { AGENT_STATES, HOPS_EXPLAINED, lostText, timeText } from '../../loadtest/shown/load-words.js';
import * as text from '../../shared/text.js';
import { type Html, html } from '../html/html.js';
import { foldedAfter } from './folded.js';
import { cell, table } from './table.js';

const SHOWN_ROWS = 20;
const LATENCY = [{ head: 'p50' }, { head: 'p99' }, { head: 'max' }];
const HOP_COLUMNS = [
  { head: 'proxy', isText: true },
  { head: 'subscribers' },
  { head: 'lost before' },
  { head: 'lost behind' },
  ...LATENCY,
];
const AGENT_COLUMNS = [
  { head: 'agent', isText: true },
  { head: 'subscribers' },
  { head: 'got' },
  ...LATENCY,
  { head: 'reports' },
];

/** The agents, and the proxies before them. Null where there are none. */
export function agentSection({ agents, hops }: LoadReport): Html | null {
  if (agents.length === 0) return null;
  const proxies =
    hops.length === 0
      ? null
      : html`<p class="muted">${HOPS_EXPLAINED}</p>
${foldedAfter(SHOWN_ROWS, hops.map(hopRow), 'hop', (some) => table('Proxies', HOP_COLUMNS, some))}`;
  return html`<section id="agents">
<h2>Agents and proxies</h2>
${proxies}
<p class="muted">Latencies of an agent are those of all its subscribers together.</p>
${foldedAfter(SHOWN_ROWS, agents.map(agentRow), 'agent', (some) => table('Agents', AGENT_COLUMNS, some))}
</section>`;
}

function hopRow({ name, subscribers, agents, lostBefore, lostBehind, latency }: HopResult): Html {
  const lost = (count: HopResult['lostBefore']) =>
    cell(lostText({ lost: count }), '', (count?.about ?? 0) > 0);
  return html`<tr><th scope="row">${name}</th>
${cell(text.count(subscribers), `of ${text.counted(agents.length, 'agent')}`)}${lost(lostBefore)}${lost(lostBehind)}
${[latency?.p50Us, latency?.p99Us, latency?.maxUs].map((us) => cell(timeText(us)))}</tr>`;
}

function agentRow({ name, host, hops, subscribers, received, latency, state }: AgentResult): Html {
  const where = hops.length === 0 ? host : `${host}, behind ${hops.join('/')}`;
  return html`<tr><th scope="row">${name}<small>${where}</small></th>
${cell(text.count(subscribers.length))}${cell(text.count(received))}
${[latency?.p50Us, latency?.p99Us, latency?.maxUs].map((us) => cell(timeText(us)))}
${cell(AGENT_STATES[state], '', state !== 'ended')}</tr>`;
}
