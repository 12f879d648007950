import * as text from '../../src/cli/text.js';
import type { CaseResult, InvalidTrial } from '../result.js';
import { type Html, html } from './html.js';

/** The trials that count for nothing, and why. Null where there are none. */
export function invalidTrials(cases: readonly CaseResult[]): Html | null {
  const invalid = cases.flatMap(({ id, trials }) =>
    trials.flatMap((trial) =>
      trial.state === 'invalid' ? [{ id, ...(trial as InvalidTrial & { run: number }) }] : [],
    ),
  );
  if (invalid.length === 0) return null;
  return html`<div class="invalid"><p><b>${text.counted(invalid.length, 'invalid trial')}</b>, counted in no figure:</p>
<ul>${invalid.map(
    ({ id, run, reasons }) => html`
<li><b>${id}</b>, round ${run}: ${reasons.join('; ')}</li>`,
  )}
</ul></div>`;
}
