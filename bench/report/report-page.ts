import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { html } from '../../src/cli/html/html.js';
import { htmlPage } from '../../src/cli/html/html-page.js';
import type { Comparison } from '../compare/comparison.js';
import type { BenchResult } from '../result.js';
import { verdict } from '../verdict.js';
import { changesSection } from './changes-section.js';
import { chartFigure, isTelling } from './chart-figure.js';
import { headline } from './headline.js';
import { machine, runLine } from './machine.js';
import { anchorOf, scenarioSection } from './scenario-section.js';

/**
 * A result as one self-contained HTML document, which includes the chart library.
 *
 * @param comparison with another result; undefined: the page shows none
 * @throws Error if echarts is not installed
 */
export function reportPage(result: BenchResult, comparison?: Comparison): string {
  const sections = result.scenarios.map((scenario) => {
    const charts = scenario.charts
      .filter((chart) => isTelling(scenario, chart))
      .map((chart) => chartFigure(scenario, chart, result.runs));
    return { charts, section: scenarioSection(scenario, charts) };
  });
  const drawings = sections.flatMap(({ charts }) => charts.flatMap(({ drawing }) => drawing ?? []));
  const links = [
    ...(comparison === undefined ? [] : [{ id: 'changes', title: 'Changes' }]),
    ...result.scenarios.map(({ name, title }) => ({ id: anchorOf(name), title })),
  ];
  const body = html`<header>
<h1>tcs-replay benchmark</h1>
${runLine(result)}
${machine(result)}
<nav aria-label="Contents">${links.map(({ id, title }) => html`<a href="#${id}">${title}</a> `)}</nav>
</header>
<main>
<noscript><p class="warning">The charts need JavaScript. All their numbers are in the tables.</p></noscript>
<p class="legend-of-figures">Figures are medians of valid trials, with their range.</p>
<ul class="verdict">${verdict(result).map((line) => html`<li>${line}</li>`)}</ul>
${headline(result)}
${comparison === undefined ? null : changesSection(comparison)}
${sections.map(({ section }) => section)}
</main>
<footer>Charts by Apache ECharts ${echartsVersion()}, Copyright 2017-2026 The Apache Software Foundation, under the Apache
License 2.0; it is part of this file.</footer>`;
  return htmlPage({
    title: `tcs-replay benchmark, ${result.environment.date}`,
    styles: [
      styleSheet('../../../src/cli/html/page.css'),
      styleSheet('../../../bench/report/bench-page.css'),
    ],
    body,
    data: { drawings },
    scripts: [echartsSource(), browserSource()],
  });
}

function styleSheet(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

function echartsSource(): string {
  return readFileSync(createRequire(import.meta.url).resolve('echarts/dist/echarts.min.js'), 'utf8');
}

function echartsVersion(): string {
  return createRequire(import.meta.url)('echarts/package.json').version;
}

/** Without the reference to its source map, which the browser would try to load. */
function browserSource(): string {
  const source = readFileSync(new URL('./browser.js', import.meta.url), 'utf8');
  return source.replace(/^\/\/# sourceMappingURL=.*$/m, '').replace(/^export \{\};$/m, '');
}
