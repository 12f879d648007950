import { amountText } from '../../loadtest/search/amount-text.js';
import type { SearchProgress, SearchTrial } from '../../loadtest/search/search-result.js';
import * as text from '../../shared/text.js';
import { PHASES, whyText } from '../text/search-words.js';
import { fittedParts } from './fitted-parts.js';
import type { Line, Style } from './styled-text.js';

/** Number of lines that `searchLines` gives. */
export const SEARCH_LINES = 3;

const LEAST_BAR = 10;
const MOST_BAR = 60;
const STYLES: Readonly<Record<SearchTrial['outcome'], Style>> = {
  good: 'green',
  bad: 'red',
  invalid: 'yellow',
};
/** Marks of the bar: what is known to hold, and not to hold, what lies between, and the load that is tried now. */
const [HOLDS, FAILS, OPEN, NOW] = ['+', '-', '.', '^'];

/**
 * How a search stands: what is tried now; all loads as a bar, from the lowest to the highest that was tried; and the latest trial.
 *
 * @param columns width of the terminal
 */
export function searchLines(progress: SearchProgress, columns: number): Line[] {
  const { phase, trial, number, unit, elapsedS, leftS, trials } = progress;
  const now = fittedParts(
    [
      { weight: 9, shown: `${amountText(trial.load, unit)} for ${text.anySpan(trial.measuredS)}` },
      { weight: 3, shown: `trial ${text.count(number)}` },
      { weight: 4, shown: PHASES[phase] },
      {
        weight: 8,
        shown:
          leftS === null ? text.span(elapsedS) : `${text.span(elapsedS)}, ${text.span(leftS)} left at most`,
      },
    ],
    columns - 'search  '.length,
  );
  const last = trials.at(-1);
  return [
    [{ text: 'search  ', style: 'bold' }, { text: now }],
    [{ text: bracketText(progress, columns), style: 'cyan' }],
    last === undefined
      ? [{ text: 'no trial has ended yet', style: 'dim' }]
      : [
          { text: `last    ${amountText(last.load, unit)} ` },
          { text: last.outcome, style: STYLES[last.outcome] },
          { text: ` ${whyText(last)}`.trimEnd() },
        ],
  ];
}

/** `9,600/s holds  [++++++^.---]  10,080/s does not` */
function bracketText({ lower, upper, unit, trial, trials }: SearchProgress, columns: number): string {
  const [left, right] = [
    lower === null ? 'none holds yet' : `${amountText(lower, unit)} holds`,
    upper === null ? 'none has failed yet' : `${amountText(upper, unit)} does not`,
  ];
  const width = Math.min(MOST_BAR, columns - left.length - right.length - '  []  '.length - 1);
  if (width < LEAST_BAR)
    return fittedParts(
      [left, right].map((shown) => ({ weight: 1, shown })),
      columns,
    );
  const loads = [...trials.map(({ load }) => load), trial.load];
  const [least, most] = [Math.min(...loads), Math.max(...loads)];
  const placeOf = (load: number) =>
    most === least ? 0 : Math.round(((width - 1) * Math.log(load / least)) / Math.log(most / least));
  const [from, to] = [lower === null ? -1 : placeOf(lower), upper === null ? width : placeOf(upper)];
  const bar = Array.from({ length: width }, (_, i) => (i <= from ? HOLDS : i >= to ? FAILS : OPEN));
  bar[placeOf(trial.load)] = NOW;
  return `${left}  [${bar.join('')}]  ${right}`;
}
