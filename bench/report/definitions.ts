import { type Html, html } from '../../src/cli/html/html.js';
import { factName, factText } from '../fact-text.js';
import type { Facts } from '../result.js';

/** A definition list of facts. Null if there are none. */
export function definitions(facts: Facts): Html | null {
  const entries = Object.entries(facts);
  if (entries.length === 0) return null;
  return html`<dl>${entries.map(
    ([name, value]) => html`<div><dt>${factName(name)}</dt><dd>${factText(name, value)}</dd></div>`,
  )}</dl>`;
}
