import * as text from '../src/shared/text.js';
import { figureText, ratioSpreadText } from './figure-text.js';
import type { BenchResult, FigureInfo, ScenarioResult } from './result.js';
import type { Spread } from './spread.js';

/** What a result says, in a few sentences: how it compares with the model, what was lost, what does not count. */
export function verdict({ level, runs, scenarios }: BenchResult): string[] {
  return [
    ...scenarios.flatMap(ofScenario),
    lossLine(scenarios),
    ...invalidLine(scenarios),
    ...quickLine(level, runs),
  ];
}

/** The first case of ours that is compared with the model, by the main figure. */
function ofScenario({ title, figures: [main], cases }: ScenarioResult): string[] {
  if (main === undefined) return [];
  const isOfModel = (reference: string | null) =>
    cases.some(({ id, subject }) => id === reference && subject === 'peer');
  const ours = cases.find(({ subject, reference }) => subject === 'ours' && isOfModel(reference));
  const spread = ours?.summary.figures[main.name];
  const ratios = ours?.summary.ratios[main.name];
  if (ours === undefined || spread == null || ratios == null) return [];
  const shown = figureText(spread.median, main.unit);
  const figure = main.unit === '1/s' ? `${shown} ${main.title}` : `${main.title} ${shown}`;
  return [
    `${title}, ${ours.id}: ${figure}, ${ratioSpreadText(ratios)} of the model: ${judgement(main, ratios)}`,
  ];
}

function judgement({ better }: FigureInfo, { min, max }: Spread): string {
  if (better === null) return 'neither is better';
  if (min <= 1 && max >= 1) return 'no difference that every round shows';
  return (better === 'higher') === min > 1 ? 'better in every round' : 'worse in every round';
}

function lossLine(scenarios: readonly ScenarioResult[]): string {
  const counts = scenarios.flatMap(({ cases }) => cases.flatMap(({ summary }) => summary.counts ?? []));
  if (counts.length === 0) return 'Nothing was sent to subscribers, so nothing could be lost';
  const sum = (of: (each: (typeof counts)[number]) => number) =>
    counts.reduce((all, each) => all + of(each), 0);
  const [lost, disordered] = [sum((each) => each.lost), sum((each) => each.outOfOrder)];
  const wrong = counts.some(({ isContentRight }) => isContentRight === false)
    ? ', some of wrong content'
    : '';
  return `Lost: ${text.count(lost)} of ${text.counted(
    sum(({ expected }) => expected),
    'event',
  )}; out of order: ${text.count(disordered)}${wrong}`;
}

function invalidLine(scenarios: readonly ScenarioResult[]): string[] {
  const summaries = scenarios.flatMap(({ cases }) => cases.map(({ summary }) => summary));
  const invalid = summaries.reduce((all, summary) => all + summary.invalid, 0);
  const all = summaries.reduce((sum, summary) => sum + summary.valid + summary.invalid, 0);
  return invalid === 0
    ? []
    : [`Invalid: ${text.counted(invalid, 'trial')} of ${text.count(all)}, which count in no figure`];
}

function quickLine(level: BenchResult['level'], runs: number): string[] {
  if (level !== 'quick') return [];
  return [
    `Quick: ${text.counted(runs, 'round')} of few cases and short trials. That tells large differences, not such of some percent; and no p99.9, no drift, no memory over time: for these measure without --quick`,
  ];
}
