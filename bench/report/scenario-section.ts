import { type Html, html } from '../../src/cli/html/html.js';
import type { Facts, ScenarioResult } from '../result.js';
import type { ChartFigure } from './chart-figure.js';
import { definitions } from './definitions.js';
import { figuresTables } from './figures-table.js';
import { invalidTrials } from './invalid-trials.js';

/** The section of a scenario: conditions, notes, charts and tables. */
export function scenarioSection(scenario: ScenarioResult, charts: readonly ChartFigure[]): Html {
  const { name, title, question, conditions, notes, cases } = scenario;
  return html`<section id="${anchorOf(name)}">
<h2>${title}</h2>
<p class="question">${question}</p>
${facts(conditions)}
${notes.map((note) => html`<p class="note">${note}</p>`)}
${invalidTrials(cases)}
${cases.length === 0 ? html`<p class="missing">No case of it was measured.</p>` : null}
${charts.map((chart) => chart.html)}
${cases.length === 0 ? null : figuresTables(scenario)}
</section>`;
}

function facts(conditions: Facts): Html | null {
  const list = definitions(conditions);
  return (
    list &&
    html`<details class="conditions"><summary>Conditions</summary>
${list}</details>`
  );
}

export function anchorOf(scenario: string): string {
  return `scenario-${scenario}`;
}
