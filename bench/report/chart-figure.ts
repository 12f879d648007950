import { type Html, html } from '../../src/cli/html/html.js';
import type { CaseResult, Chart, ScenarioResult } from '../result.js';
import { barsDrawing } from './bars.js';
import { courseDrawing } from './course.js';
import { curveDrawing } from './curve.js';
import type { Drawing, LegendEntry, PointSymbol } from './drawing.js';
import { spectrumDrawing } from './spectrum.js';

export interface ChartFigure {
  readonly html: Html;
  /** Undefined if there is nothing to draw; the page then says so. */
  readonly drawing: Drawing | undefined;
}

/** A chart of a scenario, with its title, explanation and legend. */
export function chartFigure(scenario: ScenarioResult, chart: Chart, runs: number): ChartFigure {
  const drawing = drawingOf(scenario, chart, runs);
  if (drawing === undefined) {
    const missing = html`<p class="missing">Nothing to draw: no valid trial gave what this chart shows.</p>`;
    return { drawing, html: html`<figure><figcaption><b>${chart.title}</b></figcaption>${missing}</figure>` };
  }
  const { reading, legend } = drawing;
  const label = `${chart.title}. ${reading} The numbers are in the table below.`;
  return {
    drawing,
    html: html`<figure>
<figcaption><b>${chart.title}</b><br><span class="reading">${reading}</span></figcaption>
${legend.length > 1 ? html`<ul class="legend">${legend.map((entry) => html`<li>${swatch(entry)}${entry.name}</li>`)}</ul>` : null}
<div class="plot" role="img" aria-label="${label}"></div>
</figure>`,
  };
}

/** Whether a chart adds anything to its table: a curve needs more than one point. */
export function isTelling(scenario: ScenarioResult, chart: Chart): boolean {
  if (chart.kind !== 'curve') return true;
  return new Set(casesOf(scenario, chart).map(({ parameters }) => parameters[chart.x])).size > 1;
}

function casesOf({ cases }: ScenarioResult, chart: Chart): readonly CaseResult[] {
  return chart.cases === undefined ? cases : cases.filter(({ id }) => chart.cases?.includes(id));
}

function drawingOf(scenario: ScenarioResult, chart: Chart, runs: number): Drawing | undefined {
  const { figures } = scenario;
  const inIt = casesOf(scenario, chart);
  if (chart.kind === 'spectrum') return spectrumDrawing(chart.histogram, inIt);
  if (chart.kind === 'course') return courseDrawing(figures.at(0), inIt);
  const figure = figures.find(({ name }) => name === chart.figure);
  if (figure === undefined) return undefined;
  return chart.kind === 'bars' ? barsDrawing(figure, inIt, runs) : curveDrawing(chart, figure, inIt, runs);
}

const DASH_LENGTHS = { solid: '', dashed: '5 3', dotted: '2 2' };
const SHAPES: Readonly<Record<PointSymbol, string>> = {
  circle: 'M9 6a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  rect: 'M9 2h8v8h-8z',
  triangle: 'M13 2l4 8h-8z',
  diamond: 'M13 1l5 5l-5 5l-5-5z',
};

function swatch({ color, line }: LegendEntry): Html {
  const paint = `var(--${color})`;
  const shape =
    line === undefined
      ? html`<path d="M5 1h16v10h-16z" fill="${paint}"/>`
      : html`<path d="M0 6h26" fill="none" stroke="${paint}" stroke-width="2" stroke-dasharray="${DASH_LENGTHS[line.dash]}"/>${
          line.symbol === null ? null : html`<path d="${SHAPES[line.symbol]}" fill="${paint}"/>`
        }`;
  return html`<svg width="26" height="12" aria-hidden="true">${shape}</svg>`;
}
