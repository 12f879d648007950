import { foundText } from '../../loadtest/found-text.js';
import type { LoadConditionResult, LoadReport } from '../../loadtest/load-report.js';
import { UNKNOWN } from '../../loadtest/shown/load-words.js';
import * as text from '../../shared/text.js';
import { type Html, html } from '../html/html.js';
import { foldedAfter } from './folded.js';
import { table } from './table.js';

type Outcome = LoadConditionResult['outcome'];

const SHOWN_ROWS = 12;
const OUTCOMES: readonly (readonly [Outcome, sign: string])[] = [
  ['missed', '✗'],
  ['unknown', '?'],
  ['kept', '✓'],
];
const COLUMNS = [
  { head: 'condition', isText: true },
  { head: 'outcome', isText: true },
  { head: 'subscriber', isText: true },
  { head: 'it was' },
];

/** The conditions, those that were missed first. */
export function conditionSection({ conditions, instrument }: LoadReport): Html {
  const count = (outcome: Outcome) => conditions.filter((each) => each.outcome === outcome).length;
  const counts = OUTCOMES.map(([outcome]) => `${text.count(count(outcome))} ${outcome}`).join(', ');
  const rows = OUTCOMES.flatMap(([outcome, sign]) =>
    conditions.filter((each) => each.outcome === outcome).map((each) => row(each, sign)),
  );
  return html`<section id="conditions">
<h2>Conditions</h2>
${
  conditions.length === 0
    ? html`<p class="muted">None was given: --fail-if names one, such as --fail-if 'lost&gt;0'.</p>`
    : html`<p class="muted">${counts}. A condition is missed where it is true.</p>`
}
${instrument.isValid || conditions.length === 0 ? null : html`<p class="warning">The load was not applied as intended, so none of them decides.</p>`}
${foldedAfter(SHOWN_ROWS, rows, 'condition', (some) => table('Conditions', COLUMNS, some))}
</section>`;
}

function row(each: LoadConditionResult, sign: string): Html {
  const { condition, subscriber, outcome, reason } = each;
  const found = outcome === 'unknown' && each.found === null ? UNKNOWN : foundText(each);
  return html`<tr><th scope="row"><code>${text.name(condition)}</code></th>
<td class="text outcome ${outcome}"><b>${sign} ${outcome}</b></td>
<td class="text name">${text.name(subscriber)}</td>
<td>${found}${reason === null ? null : html`<small>${text.name(reason)}</small>`}</td></tr>`;
}
