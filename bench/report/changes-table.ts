import { type Html, html } from '../../src/cli/html/html.js';
import type { ComparedFigure, Verdict } from '../compare/comparison.js';
import { changeText, figureText, rangeText } from '../figure-text.js';
import { NOTHING } from './page-text.js';

/** Most interesting first. Each has a sign and a word, and does not rely on its colour. */
export const VERDICTS: readonly { readonly verdict: Verdict; readonly sign: string }[] = [
  { verdict: 'worse', sign: '✗' },
  { verdict: 'better', sign: '✓' },
  { verdict: 'changed', sign: '≠' },
  { verdict: 'unknown', sign: '?' },
  { verdict: 'no difference', sign: '=' },
];

/** Columns of texts, which are left-aligned. */
const TEXTS = ['verdict', 'figure'];

export function changesTable(figures: readonly ComparedFigure[], label: string): Html {
  const heads = ['verdict', 'figure', 'change', 'noise', 'change beside noise', 'before', 'after'];
  const edge = Math.min(
    MOST_EDGE,
    Math.max(LEAST_EDGE, ...figures.flatMap(({ change, noise }) => [change ?? 0, noise ?? 0].map(distance))),
  );
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr><th scope="col">case</th>${heads.map((head) => html`<th scope="col" class="${TEXTS.includes(head) ? 'text' : ''}">${head}</th>`)}</tr></thead>
<tbody>${figures.map((each) => row(each, edge))}
</tbody></table></div>`;
}

function row(each: ComparedFigure, edge: number): Html {
  const { scenario, title, unit, before, after, reference, noise, verdict } = each;
  const sign = VERDICTS.find((one) => one.verdict === verdict)?.sign ?? '?';
  return html`
<tr class="${verdict.replace(' ', '-')}"><th scope="row"><small>${scenario}</small>${each.case}</th>
<td class="verdict"><b>${sign} ${verdict}</b></td><td class="text">${title}</td>
<td>${each.change === null ? NOTHING : changeText(each.change)}${
    reference === null ? null : html`<small>of the ratio to ${reference}</small>`
  }</td><td>${noise === null ? NOTHING : changeText(noise).replace('+', '± ')}</td><td>${picture(each, edge)}</td>
<td>${figureText(before.median, unit)}<small>${rangeText(before, unit)}</small></td>
<td>${figureText(after.median, unit)}<small>${rangeText(after, unit)}</small></td></tr>`;
}

const WIDTH_PX = 140;
/** Room for the point at the edge of a picture. */
const MARGIN_PX = 5;
/**
 * Smallest and largest range of a picture, as natural logarithms of after to before: a twentieth, and twice.
 */
const LEAST_EDGE = Math.log(1.05);
const MOST_EDGE = Math.log(2);

/** Distance of a change from no change, in either direction: twice as much is as far as half as much. */
function distance(change: number): number {
  return Math.abs(Math.log1p(change));
}

/** Draws the change beside the noise. @param edge distance that the edges of the picture stand for */
function picture({ change, noise }: ComparedFigure, edge: number): Html {
  const middle = WIDTH_PX / 2;
  const at = (distance: number) => middle + (middle - MARGIN_PX) * Math.max(-1, Math.min(1, distance / edge));
  const point = change === null ? null : at(Math.log1p(change)).toFixed(1);
  const band = noise === null ? null : { from: at(-distance(noise)), to: at(distance(noise)) };
  return html`<svg class="change" width="${WIDTH_PX}" height="18" aria-hidden="true">${
    band === null
      ? null
      : html`<rect x="${band.from.toFixed(1)}" width="${(band.to - band.from).toFixed(1)}" y="3" height="12" fill="var(--band)"/>`
  }<path d="M${middle} 0v18" stroke="var(--faint)"/>${
    point === null ? null : html`<circle cx="${point}" cy="9" r="4.5"/>`
  }</svg>`;
}
