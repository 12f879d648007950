import type { LoadReport } from '../../loadtest/load-report.js';
import * as text from '../../shared/text.js';
import { type Html, html } from '../html/html.js';
import { cell, table } from './table.js';

const COLUMNS = [{ head: 'fault', isText: true }, { head: 'events' }];

/** What was sent wrong on purpose. @returns null: nothing was */
export function faultSection({ load: { faults } }: LoadReport): Html | null {
  if (faults.length === 0) return null;
  const rows = faults.map(
    ({ fault, events }) => html`<tr><th scope="row">${text.name(fault)}</th>${cell(text.count(events))}</tr>`,
  );
  return html`<section id="faults">
<h2>Faults</h2>
<p class="muted">What was sent wrong on purpose, and how many events it hit.</p>
${table('Faults', COLUMNS, rows)}
</section>`;
}
