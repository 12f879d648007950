import { type Html, html } from '../../src/cli/html/html.js';
import * as text from '../../src/shared/text.js';
import type { CaseResult } from '../result.js';

/** The invalid trials and their reasons. Null if there are none. */
export function invalidTrials(cases: readonly CaseResult[]): Html | null {
  // Rounds of a case that failed for the same reason share a line.
  const groups = new Map<string, { id: string; reason: string; rounds: number[] }>();
  for (const { id, trials } of cases) {
    for (const trial of trials) {
      if (trial.state === 'valid') continue;
      const reason = trial.reasons.join('; ');
      const key = JSON.stringify([id, reason]);
      const group = groups.get(key) ?? { id, reason, rounds: [] };
      groups.set(key, group);
      group.rounds.push(trial.run);
    }
  }
  if (groups.size === 0) return null;
  const invalid = cases.reduce((sum, { summary }) => sum + summary.invalid, 0);
  return html`<div class="warning invalid"><p><b>${text.counted(invalid, 'invalid trial')}</b>, counted in no figure:</p>
<ul>${[...groups.values()].map(
    ({ id, reason, rounds }) => html`
<li><b>${id}</b>, round${rounds.length === 1 ? '' : 's'} ${rounds.join(', ')}: ${reason}</li>`,
  )}
</ul></div>`;
}
