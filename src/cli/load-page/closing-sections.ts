import type { LoadReport } from '../../loadtest/load-report.js';
import * as text from '../../shared/text.js';
import { type Html, html } from '../html/html.js';

/** Notices, the machine, and the report itself. */
export function closingSections({ notices, machine, load, schema }: LoadReport): Html {
  const facts: Readonly<Record<string, string>> = {
    processor: `${machine.cpu}, ${text.counted(machine.cores, 'core')}`,
    system: machine.platform,
    'Node.js': machine.node,
    seed: String(load.seed),
  };
  return html`${
    notices.length === 0
      ? null
      : html`<section id="notices"><h2>Notices</h2><ul class="findings">${notices.map((notice) => html`<li>${text.name(notice)}</li>`)}</ul></section>`
  }
<section id="machine">
<h2>Machine</h2>
<dl>${Object.entries(facts).map(([name, value]) => html`<div><dt>${name}</dt><dd>${text.name(value)}</dd></div>`)}</dl>
</section>
<section id="json">
<h2>The report as JSON</h2>
<p class="muted">All that stands on this page, and all points of the curves: what <code>--json</code> prints (<code>${schema}</code>).</p>
<p class="buttons"><button type="button" data-do="save">Save as a file</button> <button type="button" data-do="copy">Copy</button>
<span role="status" class="muted"></span></p>
<textarea readonly rows="12" aria-label="The report as JSON" hidden></textarea>
</section>`;
}
