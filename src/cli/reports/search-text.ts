import { amountText } from '../../loadtest/search/amount-text.js';
import type {
  BurstResult,
  BurstSearchResult,
  SearchResult,
  SearchTrial,
} from '../../loadtest/search/search-result.js';
import type { SearchReport } from '../../loadtest/search-report.js';
import { timeText, UNKNOWN } from '../../loadtest/shown/load-words.js';
import {
  burstSentence,
  gaveWayText,
  lagText,
  PHASES,
  recoverySentence,
  runsSentence,
  searchSentence,
  whyText,
  worstOf,
} from '../../loadtest/shown/search-words.js';
import type { StageUnit } from '../../loadtest/stage-spec.js';
import * as text from '../../shared/text.js';
import { columns, shortened } from '../text/columns.js';
import { textWidth } from '../text/text-width.js';
import { hanging, REPORT_COLUMNS } from '../text/wrapped.js';

/** Room for why a trial was not good, at least. */
const LEAST_WHY = 12;

/** What a load test that searches has found, for people: the sentence, why, and all trials. */
export function searchText({ highest, burst, sweep, recoveryS }: SearchReport): string {
  const parts = [
    ...(highest === null
      ? []
      : [
          ...highest.runs.map((run, i) => highestText(run, highest.runs.length > 1 ? i + 1 : undefined)),
          ...(highest.runs.length > 1 ? [hanging('', runsSentence(highest), REPORT_COLUMNS)] : []),
        ]),
    ...(recoveryS === null ? [] : [recoverySentence(recoveryS)]),
    ...(burst === null ? [] : [burstText(burst)]),
    ...(sweep === null ? [] : [trialTable(sweep.trials, sweep.unit)]),
  ];
  return parts.join('\n\n');
}

function highestText(result: SearchResult, number: number | undefined): string {
  const gaveWay = gaveWayText(result);
  const head = number === undefined ? '' : `${number}: `;
  return [
    hanging(head, searchSentence(result), REPORT_COLUMNS),
    ...(gaveWay === null ? [] : [hanging('  ', gaveWay, REPORT_COLUMNS)]),
    ...result.reasons.map((reason) => hanging('  ', reason, REPORT_COLUMNS)),
    '',
    `  ${text.counted(result.trials.length, 'trial')} in ${text.anySpan(result.tookS)}`,
    trialTable(result.trials, result.unit),
  ].join('\n');
}

function trialTable(trials: readonly SearchTrial[], unit: StageUnit): string {
  const heads = ['load', 'for', 'time', 'outcome', 'lag', 'lost', 'p99'];
  const rows = trials.map((trial) => {
    const worst = worstOf(trial);
    return [
      amountText(trial.load, unit),
      PHASES[trial.phase],
      text.anySpan(trial.measuredS),
      trial.outcome,
      lagText(trial, worst),
      worst?.lost === null || worst === undefined ? UNKNOWN : text.count(worst.lost),
      timeText(worst?.p99Us),
    ];
  });
  return withWhy(heads, rows, trials.map(whyText));
}

/** A table with a last column that takes what room there is. */
function withWhy(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  why: readonly string[],
): string {
  const isLeft = (head: string) => ['for', 'outcome'].includes(head);
  const table = columns(
    heads.map((head) => ({ head, align: isLeft(head) ? 'left' : 'right' })),
    rows,
  ).split('\n');
  const width = Math.max(...table.map(textWidth));
  const room = Math.max(LEAST_WHY, REPORT_COLUMNS - width - 2);
  return table
    .map((line, i) => {
      const told = i === 0 ? '' : shortened(text.name(why[i - 1] || ' ').trim(), room);
      return `${line}${' '.repeat(width - textWidth(line))}  ${told}`.trimEnd();
    })
    .join('\n');
}

function burstText(result: BurstSearchResult): string {
  const heads = ['events', 'outcome', 'recovery'];
  return [
    hanging('', burstSentence(result), REPORT_COLUMNS),
    ...result.reasons.map((reason) => hanging('  ', reason, REPORT_COLUMNS)),
    '',
    withWhy(
      heads,
      result.bursts.map(({ events, outcome, recoveryS }) => [
        text.count(events),
        outcome,
        recoveryS === null ? UNKNOWN : text.anySpan(recoveryS),
      ]),
      result.bursts.map(burstWhy),
    ),
  ].join('\n');
}

function burstWhy({ outcome, lost, reasons }: BurstResult): string {
  if (outcome === 'good') return '';
  return outcome === 'bad' && lost.length > 0 ? `lost by ${lost.join(', ')}` : (reasons[0] ?? '');
}
