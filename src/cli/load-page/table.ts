import { type Html, html, type Part } from '../html/html.js';

export interface TableColumn {
  readonly head: string;
  /** Texts stand left, figures right. */
  readonly isText?: boolean;
}

/** A table that scrolls within itself where the page is narrow. @param rows what `row` gives */
export function table(name: string, columns: readonly TableColumn[], rows: readonly Part[]): Html {
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${columns.map(({ head, isText }) => (isText ? html`<th scope="col" class="text">${head}</th>` : html`<th scope="col">${head}</th>`))}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}

/** Cells of figures, below each a smaller note; empty: none. */
export function cell(figure: string, note = '', isBad = false): Html {
  return html`<td${isBad ? html` class="bad"` : null}>${figure}${note === '' ? null : html`<small>${note}</small>`}</td>`;
}
