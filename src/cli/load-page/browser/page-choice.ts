import type { ChartView } from '../chart-view.js';
import { type Choice, colored, colorsOf } from '../line-choice.js';

/** Which subscribers are in colors, by clicks and by what was typed; the page follows it. */
export class PageChoice implements Choice {
  picked: readonly number[] = [];
  filter = '';
  private readonly _view: ChartView;
  private readonly _listeners: (() => void)[] = [];
  private _colors: ReadonlyMap<number, string> = new Map();

  constructor(view: ChartView) {
    this._view = view;
    this._colors = colorsOf(view, this.colored, this._colors);
  }

  get colored(): readonly number[] {
    return colored(this._view, this);
  }

  /** Names of custom properties of the style sheet, by subscriber; others are grey. */
  get colors(): ReadonlyMap<number, string> {
    return this._colors;
  }

  get isDefault(): boolean {
    return this.picked.length === 0 && this.filter === '';
  }

  onChange(listener: () => void): void {
    this._listeners.push(listener);
  }

  /** Picks a subscriber, or puts it back. */
  toggle(subscriber: number): void {
    const isPicked = this.picked.includes(subscriber);
    this._set(
      isPicked ? this.picked.filter((each) => each !== subscriber) : [...this.picked, subscriber],
      this.filter,
    );
  }

  find(filter: string): void {
    this._set([], filter);
  }

  reset(): void {
    this._set([], '');
  }

  private _set(picked: readonly number[], filter: string): void {
    this.picked = picked;
    this.filter = filter;
    this._colors = colorsOf(this._view, this.colored, this._colors);
    for (const listener of this._listeners) listener();
  }
}
