import { readFileSync } from 'node:fs';
import type { LoadReport } from '../../loadtest/load-report.js';
import { VERDICTS } from '../../loadtest/shown/load-words.js';
import { bundledFile } from '../../shared/bundled-file.js';
import * as text from '../../shared/text.js';
import { html } from '../html/html.js';
import { htmlPage } from '../html/html-page.js';
import { agentSection } from '../load-page/agent-section.js';
import { chartSection } from '../load-page/chart-section.js';
import { chartView } from '../load-page/chart-view.js';
import { closingSections } from '../load-page/closing-sections.js';
import { conditionSection } from '../load-page/condition-section.js';
import { faultSection } from '../load-page/fault-section.js';
import { searchSection } from '../load-page/search-section.js';
import { sourceSection } from '../load-page/source-section.js';
import { stageSection } from '../load-page/stage-section.js';
import { subscriberSection } from '../load-page/subscriber-section.js';
import { verdictSection } from '../load-page/verdict-section.js';

const LINKS: Readonly<Record<string, string>> = {
  conditions: 'Conditions',
  search: 'Search',
  stages: 'Stages',
  subscribers: 'Subscribers',
  agents: 'Agents and proxies',
  'gave-way': 'What gave way',
  'over-time': 'Over time',
  percentiles: 'Latency by percentile',
  machine: 'Machine',
  json: 'JSON',
};

/** The report of a load test as one self-contained HTML document, with its charts and what draws them. */
export function loadPage(report: LoadReport): string {
  const body = html`${verdictSection(report)}
<nav aria-label="Contents">${Object.entries(LINKS)
    .filter(([id]) => id !== 'agents' || report.agents.length > 0)
    .filter(([id]) => id !== (report.search === null ? 'search' : 'stages'))
    .map(([id, title]) => html`<a href="#${id}">${title}</a> `)}</nav>
<main>
<noscript><p class="warning">The charts need JavaScript. All that was found is in the tables.</p></noscript>
${conditionSection(report)}
${report.search === null ? stageSection(report) : searchSection(report)}
${sourceSection(report)}
${faultSection(report)}
${subscriberSection(report)}
${agentSection(report)}
${chartSection(report)}
${closingSections(report)}
</main>
<footer>Charts by Apache ECharts, Copyright 2017-2026 The Apache Software Foundation, under the Apache License 2.0; it is part of this
file.</footer>`;
  return htmlPage({
    title: `${VERDICTS[report.verdict]}: ${report.title ?? 'tcs-replay load test'}, ${text.moment(Date.parse(report.startedAt) / 1000)}`,
    styles: [bundled('load-page.css')],
    body,
    data: { report, view: chartView(report) },
    scripts: [bundled('load-page.js')],
  });
}

/** A file that the build has made for browsers. */
function bundled(name: string): string {
  return readFileSync(bundledFile(name), 'utf8');
}
