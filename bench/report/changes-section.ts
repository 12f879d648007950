import { type Html, html } from '../../src/cli/html/html.js';
import * as text from '../../src/shared/text.js';
import type { ComparedFigure, Comparison, Side } from '../compare/comparison.js';
import { changesTable, VERDICTS } from './changes-table.js';
import { momentOf } from './page-text.js';

/** The differences from another result, and how much of them may be noise. */
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
<p>${
    figures.length === 0
      ? 'There is nothing to compare: no figure of ours is in both.'
      : html`${counts.map(({ shown, many }, i) => html`${i === 0 ? '' : ', '}<span class="count"><b>${text.count(many)}</b> ${shown}</span>`)}, of
${text.counted(figures.length, 'figure')}.`
  }</p>
<p class="note">Before and after are as measured. The change is the change of the geometric mean, or, if a case is named below it, of the
ratio to that case, round by round, so that a faster machine cancels out. A change that is not larger than the noise is no
difference. If nothing has changed, the probability that no verdict at all is a mistake is ${Number((confidence * 100).toFixed(2))} %.
In the pictures, the grey band is noise and the point is the change; a point at the edge lies beyond it.</p>
${
  told.length === 0
    ? figures.length === 0
      ? null
      : html`<p class="missing">No difference exceeds the noise.</p>`
    : changesTable(told, 'Changes')
}
${
  plain.length === 0
    ? null
    : html`<details><summary>${text.counted(plain.length, 'figure')} without a difference that exceeds the noise</summary>
${changesTable(plain, 'No changes')}</details>`
}
</section>`;
}

function sideText({ date, commit, runs }: Side): string {
  return `${momentOf(date)}, commit ${commit?.replace(/^([0-9a-f]{12})[0-9a-f]+/, '$1') ?? 'unknown'}, ${text.counted(runs, 'round')}`;
}
