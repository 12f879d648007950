import { amountText } from '../../loadtest/search/amount-text.js';
import type { SearchReport } from '../../loadtest/search-report.js';
import { type TrialPoint, trialPoint } from '../../loadtest/shown/trial-point.js';

/** What the page's script draws of a search. */
export interface SearchView {
  /** One a trial. */
  readonly points: readonly TrialPoint[];
  /** The bracket: loads, as a text. */
  readonly lower: SearchMark | null;
  readonly upper: SearchMark | null;
  /** Lowest and highest load that was tried. */
  readonly least: SearchMark;
  readonly most: SearchMark;
}

export interface SearchMark {
  readonly load: number;
  readonly text: string;
}

/** What a chart shows over the loads of a search. */
export interface SearchFigure {
  readonly id: string;
  readonly title: string;
  /** How to read it, in a sentence. */
  readonly reading: string;
  readonly of: (point: TrialPoint) => number | null;
}

export const SEARCH_FIGURES: readonly SearchFigure[] = [
  {
    ...{ id: 'search-lag', title: 'Growth of the lag' },
    reading:
      'Each point is a trial. Above 0, a subscriber receives less than is sent for it, and never catches up.',
    of: ({ lagShare }) => lagShare,
  },
  {
    ...{ id: 'search-latency', title: 'Latency p99' },
    reading: 'Of the worst subscriber in each trial.',
    of: ({ p99Us }) => p99Us,
  },
];

/** Null: nothing was searched for that has loads. */
export function searchView(search: SearchReport | null): SearchView | null {
  if (search === null) return null;
  const { highest, sweep } = search;
  const trials = highest === null ? (sweep?.trials ?? []) : highest.runs.flatMap((run) => run.trials);
  if (trials.length === 0) return null;
  const unit = highest?.runs[0].unit ?? sweep?.unit ?? 'rate';
  const shown = highest?.runs.find(({ lower }) => lower === highest.median) ?? highest?.runs[0];
  const mark = (load: number): SearchMark => ({ load, text: amountText(load, unit) });
  const markOf = (load: number | null | undefined) =>
    load === null || load === undefined ? null : mark(load);
  const loads = trials.map(({ load }) => load);
  return {
    points: trials.map(trialPoint),
    ...{ lower: markOf(shown?.lower), upper: markOf(shown?.upper) },
    ...{ least: mark(Math.min(...loads)), most: mark(Math.max(...loads)) },
  };
}
