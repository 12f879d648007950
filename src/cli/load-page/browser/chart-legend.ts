import type { SeriesPoint, SubscriberResult } from '../../../loadtest/load-report.js';
import type { EventCount } from '../../../loadtest/lost-events.js';
import * as text from '../../../shared/text.js';
import { MOST_COLORED } from '../line-choice.js';
import { TIME_FIGURES } from '../time-figures.js';
import { shortFigure } from './chart-style.js';
import { button, element, swatch } from './elements.js';
import type { PageChoice } from './page-choice.js';
import type { PageData } from './page-data.js';

/** The subscribers in colors with their figures: of the whole test, or of the moment at which the cursor is. */
export class ChartLegend {
  private readonly _data: PageData;
  private readonly _choice: PageChoice;
  private readonly _moment = element('p', { className: 'moment' });
  private readonly _load = element('p', { className: 'load' });
  private readonly _rows = element('tbody');
  private readonly _others = element('p', { className: 'others' });
  private _point: SeriesPoint | undefined;

  constructor(place: HTMLElement, data: PageData, choice: PageChoice) {
    this._data = data;
    this._choice = choice;
    const heads = ['subscriber', ...TIME_FIGURES.map(({ head }) => head)];
    const head = element(
      'tr',
      {},
      heads.map((each) => element('th', { scope: 'col' }, [each])),
    );
    const table = element('table', {}, [element('thead', {}, [head]), this._rows]);
    place.append(this._moment, this._load, table, this._others);
    choice.onChange(() => this._fill());
    this._fill();
  }

  /** @param atS where the cursor is, in seconds; undefined: nowhere */
  show(atS: number | undefined): void {
    const point = atS === undefined ? undefined : nearest(this._data.report.series, atS);
    if (point === this._point) return;
    this._point = point;
    this._fill();
  }

  private _fill(): void {
    const { view, report } = this._data;
    const { colors, colored } = this._choice;
    this._moment.textContent = momentText(this._point, view);
    this._load.textContent = loadLine(this._point, report);
    this._rows.replaceChildren(
      ...colored.map((i) => {
        const { name } = view.subscribers[i];
        const pick = button('', () => this._choice.toggle(i), 'pick');
        pick.append(swatch(colors.get(i)), element('span', { className: 'name', title: name }, [name]));
        pick.ariaPressed = String(this._choice.picked.includes(i));
        const figures = this._figures(i).map((figure) => element('td', {}, [figure]));
        return element('tr', {}, [element('th', { scope: 'row' }, [pick]), ...figures]);
      }),
    );
    this._others.replaceChildren(...this._othersLine(view.order.length - colored.length));
  }

  private _figures(subscriber: number): string[] {
    const { series, subscribers } = this._data.report;
    if (this._point === undefined) return series.length === 0 ? [] : wholeFigures(subscribers[subscriber]);
    const point = this._point.subscribers[subscriber];
    return TIME_FIGURES.map(({ of, unit }) => shortFigure(point === undefined ? null : of(point), unit));
  }

  private _othersLine(others: number): (Node | string)[] {
    const hint = 'A click on a name, or on a line, picks it out.';
    const grey = others > 0 ? `${text.counted(others, 'other')} in grey. ` : '';
    const most = this._choice.picked.length > MOST_COLORED ? `At most ${MOST_COLORED} have colors. ` : '';
    const reset = this._choice.isDefault
      ? []
      : [' ', button('Show the worst again', () => this._choice.reset())];
    return [`${grey}${most}${this._data.view.order.length > 1 ? hint : ''}`, ...reset];
  }
}

function momentText(point: SeriesPoint | undefined, { stages }: PageData['view']): string {
  if (point === undefined) return 'The whole test';
  const stage = stages.find(({ startS, endS }) => point.atS > startS && point.atS <= endS);
  return `At ${point.atS.toFixed(1)} s, ${stage === undefined ? 'after the load' : `stage ${stage.number}: ${stage.text}`}`;
}

function loadLine(point: SeriesPoint | undefined, { load, durationS }: PageData['report']): string {
  if (point === undefined)
    return `Offered ${shortFigure(durationS > 0 ? load.sent / durationS : 0, 'perS')}/s. Rates are means; behind: at most.`;
  return TIME_FIGURES.flatMap(({ ofLoad, unit }) =>
    ofLoad.map(({ name, of }) => `${name} ${shortFigure(of(point), unit)}${unit === 'perS' ? '/s' : ''}`),
  ).join(', ');
}

/** In the order of the figures over time. */
function wholeFigures(result: SubscriberResult): string[] {
  return [
    shortFigure(result.receivedPerS, 'perS'),
    shortFigure(result.mostLag, 'events'),
    rangeText(result.lost),
    shortFigure(result.latency?.p99Us, 'us'),
    shortFigure(result.backedUpShare, 'share'),
  ];
}

function rangeText(range: EventCount | null): string {
  const [least, most] = [shortFigure(range?.least, 'events'), shortFigure(range?.most, 'events')];
  return least === most ? most : `≤${most}`;
}

/** The point whose time is closest. */
function nearest(series: readonly SeriesPoint[], atS: number): SeriesPoint | undefined {
  let [low, high] = [0, series.length - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (series[middle].atS < atS) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [series[low - 1], series[low]];
  return before !== undefined && atS - before.atS < after.atS - atS ? before : after;
}
