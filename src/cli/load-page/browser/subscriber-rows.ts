import * as text from '../../../shared/text.js';
import { matching } from '../line-choice.js';
import { button, element, swatch } from './elements.js';
import type { PageChoice } from './page-choice.js';
import type { PageData } from './page-data.js';

/** Rows of the table that are there at first, if there are many. */
const SHORT_ROWS = 12;

/** Makes the table of the subscribers one in which they can be found and picked. */
export class SubscriberRows {
  private readonly _data: PageData;
  private readonly _choice: PageChoice;
  private readonly _rows: readonly { subscriber: number; row: HTMLElement; pick: HTMLButtonElement }[];
  private readonly _more: HTMLButtonElement;
  private _isWhole: boolean;

  constructor(section: HTMLElement, data: PageData, choice: PageChoice) {
    this._data = data;
    this._choice = choice;
    this._isWhole = data.view.order.length <= SHORT_ROWS + 1;
    this._rows = [...section.querySelectorAll<HTMLElement>('[data-subscriber]')].map((row) => {
      const subscriber = Number(row.dataset.subscriber);
      return { subscriber, row, pick: this._makePick(row, subscriber) };
    });
    this._more = button(`Show all ${text.count(this._rows.length)}`, () => {
      this._isWhole = true;
      this._fill();
    });
    section.append(this._more);
    choice.onChange(() => this._fill());
    this._fill();
  }

  private _makePick(row: HTMLElement, subscriber: number): HTMLButtonElement {
    const name = row.querySelector('.name');
    const pick = button('', () => this._choice.toggle(subscriber), 'pick');
    name?.replaceWith(pick);
    pick.append(swatch(), ...(name === null ? [] : [name]));
    return pick;
  }

  private _fill(): void {
    const { colors, picked, filter } = this._choice;
    const found = new Set(matching(this._data.view, filter));
    const isShort = !this._isWhole && filter === '';
    for (const [i, { subscriber, row, pick }] of this._rows.entries()) {
      row.hidden = !found.has(subscriber) || (isShort && i >= SHORT_ROWS && !picked.includes(subscriber));
      pick.ariaPressed = String(picked.includes(subscriber));
      pick.querySelector('.swatch')?.replaceWith(swatch(colors.get(subscriber)));
    }
    this._more.hidden = !isShort;
  }
}

/** A field in which a part of a name can be typed; all such fields have the same text. */
export function filterField(choice: PageChoice): HTMLElement {
  const input = element('input', { type: 'search', placeholder: 'part of a name', autocomplete: 'off' });
  input.oninput = () => choice.find(input.value);
  choice.onChange(() => {
    if (input.value !== choice.filter) input.value = choice.filter;
  });
  return element('label', { className: 'filter' }, ['Find a subscriber ', input]);
}
