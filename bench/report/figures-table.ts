import { type Html, html } from '../../src/cli/html/html.js';
import * as text from '../../src/shared/text.js';
import { figureText, rangeText, ratioSpreadText } from '../figure-text.js';
import type { CaseResult, Counts, FigureInfo, ScenarioResult } from '../result.js';
import { NOTHING, ratioTo } from './page-text.js';
import { SUBJECTS } from './subjects.js';

/** A table of the shown figures, one row per case, and below it a collapsed table of the others. */
export function figuresTables(scenario: ScenarioResult): Html {
  const { figures, title } = scenario;
  const shown = figures.filter(({ isShown }, i) => isShown || i === 0);
  const others = figures.filter((figure) => !shown.includes(figure));
  return html`${table(scenario, shown, `Figures: ${title}`, true)}
${
  others.length === 0
    ? null
    : html`<details><summary>${text.counted(others.length, 'further figure')}</summary>
${table(scenario, others, `Further figures: ${title}`, false)}</details>`
}`;
}

function table(
  { cases, figures: [mainFigure] }: ScenarioResult,
  figures: readonly FigureInfo[],
  label: string,
  hasTrials: boolean,
): Html {
  const hasCounts = hasTrials && cases.some(({ summary }) => summary.counts !== null);
  const heads = [
    ...(hasCounts ? ['lost', 'received'] : []),
    ...figures.map(({ title }) => title),
    ...(hasTrials ? ['valid trials'] : []),
  ];
  // A region that scrolls must be reachable by keyboard.
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr><th scope="col">case</th>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${cases.map(
    (each) => html`
<tr><th scope="row">${each.id}${tag(each)}</th>${hasCounts ? countCells(each.summary.counts) : null}${figures.map((figure) => cell(each, figure, figure === mainFigure))}${
      hasTrials ? trialsCell(each) : null
    }</tr>`,
  )}
</tbody></table></div>`;
}

function tag({ subject }: CaseResult): Html | null {
  const { tag } = SUBJECTS[subject];
  return tag === '' ? null : html` <span class="tag ${subject}">${tag}</span>`;
}

/** @param isMain whether a ratio names the case of reference: once per row is enough */
function cell({ summary, reference }: CaseResult, { name, unit }: FigureInfo, isMain: boolean): Html {
  const spread = summary.figures[name] ?? null;
  if (spread === null) return html`<td>${NOTHING}</td>`;
  const relative = summary.ratios[name] ?? null;
  return html`<td>${figureText(spread.median, unit)}${small(rangeText(spread, unit))}${
    relative === null || reference === null
      ? null
      : small(isMain ? ratioTo(reference, relative) : ratioSpreadText(relative))
  }</td>`;
}

function small(shown: string): Html | null {
  return shown === '' ? null : html`<small>${shown}</small>`;
}

function trialsCell({ summary: { valid, invalid } }: CaseResult): Html {
  const shown = `${valid} of ${valid + invalid}`;
  return invalid === 0
    ? html`<td>${shown}</td>`
    : html`<td class="bad">${shown}<small>${invalid} invalid</small></td>`;
}

function countCells(counts: Counts | null): Html {
  if (counts === null) return html`<td>${NOTHING}</td><td>${NOTHING}</td>`;
  const { expected, received, lost, outOfOrder, isContentRight } = counts;
  const odd = [
    ...(outOfOrder === 0 ? [] : [`${text.count(outOfOrder)} out of order`]),
    ...(isContentRight === false ? ['wrong content'] : []),
  ];
  return html`${
    lost === 0 && odd.length === 0
      ? html`<td>0</td>`
      : html`<td class="bad">${text.count(lost)}${odd.map(small)}</td>`
  }<td>${text.count(received)}${received === expected ? null : small(`of ${text.count(expected)}`)}</td>`;
}
