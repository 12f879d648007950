import type { LoadReport } from '../../loadtest/load-report.js';
import { stageText } from '../../loadtest/verdict.js';
import * as text from '../../shared/text.js';
import { subscriberOrder } from '../text/subscriber-order.js';
import { type SearchView, searchView } from './search-view.js';

/** What the page's script needs besides the report. */
export interface ChartView {
  readonly subscribers: readonly ViewSubscriber[];
  /** Indexes into the subscribers: the sentinel first, then the worst. */
  readonly order: readonly number[];
  /** Those that were played. */
  readonly stages: readonly ViewStage[];
  /** Null: nothing was searched for. */
  readonly search: SearchView | null;
}

export interface ViewSubscriber {
  /** As it is shown. */
  readonly name: string;
  readonly isSentinel: boolean;
}

export interface ViewStage {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  readonly startS: number;
  readonly endS: number;
}

export function chartView(report: LoadReport): ChartView {
  const { subscribers, load } = report;
  let startS = 0;
  const stages = load.stages.map((stage, i): ViewStage => {
    const begins = startS;
    startS += stage.durationS;
    return { number: i + 1, text: stageText(stage, load.unit), startS: begins, endS: begins + stage.playedS };
  });
  return {
    subscribers: subscribers.map(({ name, kind }) => ({
      name: text.name(name),
      isSentinel: kind === 'sentinel',
    })),
    order: subscriberOrder(report),
    stages: stages.filter((stage) => stage.endS > stage.startS),
    search: searchView(report.search),
  };
}
