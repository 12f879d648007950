import { type Html, html } from '../../src/cli/html/html.js';
import { figureText, rangeText } from '../figure-text.js';
import type { BenchResult, ScenarioResult } from '../result.js';
import { direction, NOTHING, ratioTo } from './page-text.js';
import { anchorOf } from './scenario-section.js';

/** The main figure of each scenario, for its first case of ours. */
export function headline({ scenarios }: BenchResult): Html {
  return html`<ul class="tiles">${scenarios.map(tile)}
</ul>`;
}

function tile({ name, title, figures, cases }: ScenarioResult): Html | null {
  const main = figures.at(0);
  const ours = cases.find(({ subject }) => subject === 'ours');
  if (main === undefined || ours === undefined) return null;
  const { summary, reference, id } = ours;
  const spread = summary.figures[main.name] ?? null;
  const relative = summary.ratios[main.name] ?? null;
  const spreadText = spread === null ? 'no valid trial' : rangeText(spread, main.unit);
  return html`
<li><a href="#${anchorOf(name)}">${title}</a>
<b class="value">${spread === null ? NOTHING : figureText(spread.median, main.unit)}</b>
<span>${main.title}${spreadText === '' ? null : html` <small class="range">${spreadText}</small>`}</span>
<small>${id}</small>
<small>${direction(main)}</small>
${relative === null || reference === null ? null : html`<span class="ratio">${ratioTo(reference, relative)}</span>`}</li>`;
}
