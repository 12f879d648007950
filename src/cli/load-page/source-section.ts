import type { LoadReport } from '../../loadtest/load-report.js';
import { type Html, html } from '../html/html.js';
import { sourceRows } from '../text/source-faults.js';
import { UNBROKEN } from '../text/wrapped.js';

/** What was wrong with the databases; null: nothing. */
export function sourceSection({ load }: LoadReport): Html | null {
  const rows = sourceRows(load);
  if (rows.length === 0) return null;
  return html`<section id="source">
<h2>Source</h2>
<p class="warning">What was found of the databases while they were read. Subscribers were sent what could be read.</p>
<ul class="findings">${rows.map(([word, line]) => html`<li>${word === '' ? null : html`<b>${word}</b> `}${line.replaceAll(UNBROKEN, ' ')}</li>`)}</ul>
</section>`;
}
