import { SEARCH_FIGURES } from '../search-view.js';
import { TIME_FIGURES } from '../time-figures.js';
import type { Drawing } from './drawing.js';
import { type ECharts, emptyChart, shareCursor } from './echarts.js';
import type { PageChoice } from './page-choice.js';
import type { PageData } from './page-data.js';
import { searchDrawing } from './search-chart.js';
import { spectrumDrawing } from './spectrum-chart.js';
import { timeDrawing } from './time-chart.js';

const HEIGHT_PX = { time: 190, spectrum: 320 };
/** The width between the margins of A4. */
const PRINTED_PX = 680;

interface Plot {
  readonly place: HTMLElement;
  /** What it shows over time, or over the loads of a search; both undefined: the percentiles. */
  readonly figure: (typeof TIME_FIGURES)[number] | undefined;
  readonly searchFigure: (typeof SEARCH_FIGURES)[number] | undefined;
  drawnWidth: number;
  chart?: ECharts;
  subscribers: Drawing['subscribers'];
}

/** All charts of the page. One cursor goes through those over time. */
export class PageCharts {
  private readonly _data: PageData;
  private readonly _choice: PageChoice;
  private readonly _onCursor: (atS: number | undefined) => void;
  private readonly _plots: readonly Plot[];

  /** @param onCursor called with where the cursor is, in seconds; undefined: it has left */
  constructor(data: PageData, choice: PageChoice, onCursor: (atS: number | undefined) => void) {
    this._data = data;
    this._choice = choice;
    this._onCursor = onCursor;
    this._plots = [...document.querySelectorAll<HTMLElement>('.plot')].map((place) => ({
      place,
      figure: TIME_FIGURES.find(({ id }) => id === place.dataset.figure),
      searchFigure: SEARCH_FIGURES.find(({ id }) => id === place.dataset.figure),
      ...{ drawnWidth: 0, subscribers: [] },
    }));
    choice.onChange(() => this._draw(true));
    this._followPage();
    this._draw(true);
  }

  /** Draws again when the widths, the colors of the system or the medium change. */
  private _followPage(): void {
    const root = document.documentElement;
    const observer = new ResizeObserver(() => this._draw(false));
    for (const { place } of this._plots) observer.observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this._draw(true));
    let closed: readonly HTMLDetailsElement[] = [];
    addEventListener('beforeprint', () => {
      closed = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')];
      for (const details of closed) details.open = true;
      // The print style sheet applies later than this event, but colors are read now.
      root.dataset.medium = 'print';
      this._draw(true);
    });
    addEventListener('afterprint', () => {
      delete root.dataset.medium;
      for (const details of closed) details.open = false;
      this._draw(true);
    });
  }

  private _draw(isForced: boolean): void {
    const isPrinted = document.documentElement.dataset.medium === 'print';
    for (const plot of this._plots) {
      const width = isPrinted ? PRINTED_PX : plot.place.clientWidth;
      if (width > 0 && (isForced || width !== plot.drawnWidth)) this._drawPlot(plot, width);
    }
  }

  private _drawPlot(plot: Plot, width: number): void {
    const { place } = plot;
    const isSpectrum = plot.figure === undefined && plot.searchFigure === undefined;
    const height = isSpectrum ? HEIGHT_PX.spectrum : HEIGHT_PX.time;
    place.style.height = `${height}px`;
    plot.drawnWidth = width;
    plot.chart ??= this._chart(plot, width, height);
    const { option, subscribers } = this._drawing(plot, width);
    plot.subscribers = subscribers;
    plot.chart.resize({ width, height });
    plot.chart.setOption(option, { notMerge: true });
  }

  private _drawing({ figure, searchFigure }: Plot, width: number): Drawing {
    const { colors, isDefault } = this._choice;
    const { search } = this._data.view;
    if (searchFigure !== undefined && search !== null) return searchDrawing(searchFigure, search);
    return figure === undefined
      ? spectrumDrawing(this._data, colors)
      : timeDrawing(figure, this._data, colors, width, !isDefault);
  }

  private _chart(plot: Plot, width: number, height: number): ECharts {
    const chart = emptyChart(plot.place, width, height);
    chart.on('click', ({ seriesIndex = -1 }) => {
      const subscriber = plot.subscribers[seriesIndex];
      if (subscriber !== undefined) this._choice.toggle(subscriber);
    });
    if (plot.figure !== undefined) shareCursor(chart, this._onCursor);
    return chart;
  }
}
