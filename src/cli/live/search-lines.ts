import { amountText } from '../../loadtest/search/amount-text.js';
import type { BurstProgress, SearchProgress, SearchTrial } from '../../loadtest/search/search-result.js';
import { PHASES, whyText } from '../../loadtest/shown/search-words.js';
import * as text from '../../shared/text.js';
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
  const { phase, trial, number, unit, lower, upper, elapsedS, leftS, trials } = progress;
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
  const bracket: Bracket = {
    ...{ lower, upper, now: trial.load, tried: trials.map(({ load }) => load) },
    textOf: (load) => amountText(load, unit),
  };
  const last = trials.at(-1);
  const why = last === undefined ? '' : whyText(last);
  return linesOf(now, bracket, columns, lastLine(last && { ...last, why }, bracket));
}

/**
 * How a search for the largest burst stands, in as many lines: what is sent now, all sizes as a bar, and the latest burst.
 *
 * @param columns width of the terminal
 */
export function burstLines(progress: BurstProgress, columns: number): Line[] {
  const { events, number, lower, upper, elapsedS, leftS, bursts } = progress;
  const now = fittedParts(
    [
      { weight: 9, shown: `${text.counted(events, 'event')} back to back` },
      { weight: 3, shown: `burst ${text.count(number)}` },
      { weight: 8, shown: `${text.span(elapsedS)}, ${text.span(leftS)} left at most` },
    ],
    columns - 'search  '.length,
  );
  const bracket: Bracket = {
    ...{ lower, upper, now: events, tried: bursts.map((burst) => burst.events) },
    textOf: (size) => text.counted(size, 'event'),
  };
  const last = bursts.at(-1);
  const latest = last && { load: last.events, outcome: last.outcome, why: last.reasons.join(', ') };
  return linesOf(now, bracket, columns, lastLine(latest, bracket));
}

/** @param tried the latest one; undefined: none has ended */
function lastLine(
  tried:
    | { readonly load: number; readonly outcome: SearchTrial['outcome']; readonly why: string }
    | undefined,
  { textOf }: Bracket,
): Line {
  if (tried === undefined) return [{ text: 'no trial has ended yet', style: 'dim' }];
  const { load, outcome, why } = tried;
  return [
    { text: `last    ${textOf(load)} ` },
    { text: outcome, style: STYLES[outcome] },
    { text: ` ${why}`.trimEnd() },
  ];
}

function linesOf(now: string, bracket: Bracket, columns: number, last: Line): Line[] {
  return [
    [{ text: 'search  ', style: 'bold' }, { text: now }],
    [{ text: bracketText(bracket, columns), style: 'cyan' }],
    last,
  ];
}

interface Bracket {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly now: number;
  readonly tried: readonly number[];
  readonly textOf: (load: number) => string;
}

/** `9,600/s holds  [++++++^.---]  10,080/s does not` */
function bracketText({ lower, upper, now, tried, textOf }: Bracket, columns: number): string {
  const [left, right] = [
    lower === null ? 'none holds yet' : `${textOf(lower)} holds`,
    upper === null ? 'none has failed yet' : `${textOf(upper)} does not`,
  ];
  const width = Math.min(MOST_BAR, columns - left.length - right.length - '  []  '.length - 1);
  if (width < LEAST_BAR)
    return fittedParts(
      [left, right].map((shown) => ({ weight: 1, shown })),
      columns,
    );
  const loads = [...tried, now];
  const [least, most] = [Math.min(...loads), Math.max(...loads)];
  const placeOf = (load: number) =>
    most === least ? 0 : Math.round(((width - 1) * Math.log(load / least)) / Math.log(most / least));
  const [from, to] = [lower === null ? -1 : placeOf(lower), upper === null ? width : placeOf(upper)];
  const bar = Array.from({ length: width }, (_, i) => (i <= from ? HOLDS : i >= to ? FAILS : OPEN));
  bar[placeOf(now)] = NOW;
  return `${left}  [${bar.join('')}]  ${right}`;
}
