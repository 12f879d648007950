import * as text from '../../src/cli/text.js';
import type { ComparedFigure, Comparison, Side, Verdict } from '../compare/comparison.js';
import { type Html, html } from './html.js';
import { change, NOTHING, number, quantity, range } from './quantities.js';

/** In the order in which they are of interest. Each is told by its sign and its word, not by its colour alone. */
const VERDICTS: readonly { readonly verdict: Verdict; readonly sign: string }[] = [
  { verdict: 'worse', sign: '✗' },
  { verdict: 'better', sign: '✓' },
  { verdict: 'changed', sign: '≠' },
  { verdict: 'unknown', sign: '?' },
  { verdict: 'no difference', sign: '=' },
];

/** What is different from another result, and how much of it may be noise. */
export function changesSection({ before, after, confidence, figures, warnings }: Comparison): Html {
  const sorted = VERDICTS.flatMap(({ verdict }) => figures.filter((each) => each.verdict === verdict));
  const isPlain = ({ verdict }: ComparedFigure) => verdict === 'no difference' || verdict === 'unknown';
  const [plain, told] = [sorted.filter(isPlain), sorted.filter((each) => !isPlain(each))];
  const counts = VERDICTS.map(({ verdict, sign }) => ({
    shown: `${sign} ${verdict}`,
    many: figures.filter((each) => each.verdict === verdict).length,
  })).filter(({ many }) => many > 0);
  return html`<section id="changes">
<h2>Changes</h2>
<p class="question">Before: ${sideText(before)}. After: ${sideText(after)}.</p>
${warnings.map((warning) => html`<p class="warning"><b>Beware:</b> ${warning}</p>`)}
<p>${counts.map(({ shown, many }, i) => html`${i === 0 ? '' : ', '}<b>${text.count(many)}</b> ${shown}`)}. Where nothing has
changed, all verdicts together are right with a probability of ${number(confidence * 100)} %. In the pictures, the
grey band is noise, and the point is the change; at the edge of a picture it lies beyond.</p>
${
  told.length === 0
    ? html`<p class="missing">There is no difference that can be told from noise.</p>`
    : changesTable(told, 'Changes')
}
${
  plain.length === 0
    ? null
    : html`<details><summary>${text.counted(plain.length, 'figure')} without a difference that can be told from noise</summary>
${changesTable(plain, 'No changes')}</details>`
}
</section>`;
}

function sideText({ date, commit, runs }: Side): string {
  return `${date}, commit ${commit?.replace(/^([0-9a-f]{12})[0-9a-f]+/, '$1') ?? 'unknown'}, ${text.counted(runs, 'round')}`;
}

function changesTable(figures: readonly ComparedFigure[], label: string): Html {
  const heads = ['figure', 'before', 'after', 'change', 'noise', '', 'verdict'];
  const scale = Math.min(
    1,
    Math.max(0.05, ...figures.map(({ change, noise }) => Math.max(Math.abs(change), noise ?? 0))),
  );
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table>
<thead><tr><th scope="col">case</th>${heads.map((head) =>
    head === '' ? html`<td></td>` : html`<th scope="col">${head}</th>`,
  )}</tr></thead>
<tbody>${figures.map((each) => row(each, scale))}
</tbody></table></div>`;
}

function row(each: ComparedFigure, scale: number): Html {
  const { scenario, title, unit, before, after, noise, verdict } = each;
  const sign = VERDICTS.find((one) => one.verdict === verdict)?.sign ?? '?';
  return html`
<tr class="${verdict.replace(' ', '-')}"><th scope="row"><small>${scenario}</small>${each.case}</th><td>${title}</td>
<td>${quantity(before.median, unit)}<small>${range(before, unit)}</small></td>
<td>${quantity(after.median, unit)}<small>${range(after, unit)}</small></td>
<td>${change(each.change)}</td><td>${noise === null ? NOTHING : `± ${number(noise * 100)} %`}</td>
<td>${picture(each, scale)}</td><td class="verdict"><b>${sign} ${verdict}</b></td></tr>`;
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
