import type { ComparedFigure, Verdict } from '../compare/comparison.js';
import { type Html, html } from './html.js';
import { change, NOTHING, percent, quantity, range } from './quantities.js';

/** In the order in which they are of interest. Each is told by its sign and its word, not by its colour alone. */
export const VERDICTS: readonly { readonly verdict: Verdict; readonly sign: string }[] = [
  { verdict: 'worse', sign: '✗' },
  { verdict: 'better', sign: '✓' },
  { verdict: 'changed', sign: '≠' },
  { verdict: 'unknown', sign: '?' },
  { verdict: 'no difference', sign: '=' },
];

/** Columns that hold no numbers. */
const TEXTS = ['verdict', 'figure'];

export function changesTable(figures: readonly ComparedFigure[], label: string): Html {
  const heads = ['verdict', 'figure', 'change', 'noise', 'change beside noise', 'before', 'after'];
  const scale = Math.min(
    1,
    Math.max(0.05, ...figures.map(({ change, noise }) => Math.max(Math.abs(change), noise ?? 0))),
  );
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr><th scope="col">case</th>${heads.map((head) => html`<th scope="col" class="${TEXTS.includes(head) ? 'text' : ''}">${head}</th>`)}</tr></thead>
<tbody>${figures.map((each) => row(each, scale))}
</tbody></table></div>`;
}

function row(each: ComparedFigure, scale: number): Html {
  const { scenario, title, unit, before, after, noise, verdict } = each;
  const sign = VERDICTS.find((one) => one.verdict === verdict)?.sign ?? '?';
  return html`
<tr class="${verdict.replace(' ', '-')}"><th scope="row"><small>${scenario}</small>${each.case}</th>
<td class="verdict"><b>${sign} ${verdict}</b></td><td class="text">${title}</td>
<td>${change(each.change)}</td><td>${noise === null ? NOTHING : `± ${percent(noise)}`}</td><td>${picture(each, scale)}</td>
<td>${quantity(before.median, unit)}<small>${range(before, unit)}</small></td>
<td>${quantity(after.median, unit)}<small>${range(after, unit)}</small></td></tr>`;
}

const WIDTH_PX = 140;

/** The change beside what may be noise. @param scale the change at the edges */
function picture({ change, noise }: ComparedFigure, scale: number): Html {
  const at = (share: number) =>
    (WIDTH_PX / 2) * (1 + Math.max(-1, Math.min(1, share / scale)) * ((WIDTH_PX - 10) / WIDTH_PX));
  const band = noise === null ? null : { from: at(-noise), to: at(noise) };
  return html`<svg class="change" width="${WIDTH_PX}" height="18" aria-hidden="true">${
    band === null
      ? null
      : html`<rect x="${band.from.toFixed(1)}" width="${(band.to - band.from).toFixed(1)}" y="3" height="12" fill="var(--band)"/>`
  }<path d="M${WIDTH_PX / 2} 0v18" stroke="var(--faint)"/><circle cx="${at(change).toFixed(1)}" cy="9" r="4.5"/></svg>`;
}
