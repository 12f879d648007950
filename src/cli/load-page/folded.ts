import * as text from '../../shared/text.js';
import { type Html, html, type Part } from '../html/html.js';

/**
 * The first of many items, and the others folded away below them.
 *
 * @param noun of an item, such as `condition`
 * @param wrap puts items into a list or a table
 */
export function foldedAfter(
  most: number,
  items: readonly Html[],
  noun: string,
  wrap: (some: readonly Html[]) => Html,
): Part {
  if (items.length === 0) return null;
  // A single one takes no more room than the line that tells of it.
  if (items.length <= most + 1) return wrap(items);
  const rest = items.slice(most);
  return [
    ...(most > 0 ? [wrap(items.slice(0, most))] : []),
    folded(`${text.counted(rest.length, most > 0 ? `more ${noun}` : noun)}`, wrap(rest)),
  ];
}

/** What is shown by a click on its summary, and in print. */
export function folded(summary: string, content: Part): Html {
  return html`<details><summary>${summary}</summary>${content}</details>`;
}
