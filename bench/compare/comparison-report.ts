/** The text report of a comparison, for the terminal. */

import * as text from '../../src/shared/text.js';
import { changeText, spreadText, UNKNOWN } from '../figure-text.js';
import { type Column, rangesBelow, tableText, tableWidth, WIDTH } from '../terminal/table.js';
import { wrapped } from '../terminal/wrapped.js';
import type { ComparedFigure, Comparison, Side, Verdict } from './comparison.js';
import { BETWEEN_RUNS } from './machine-change.js';

/** Most interesting first. */
const VERDICTS: readonly Verdict[] = ['worse', 'better', 'changed', 'no difference', 'unknown'];

/** Lines, each with a line end, of at most 120 columns unless names are longer. */
export function comparisonReport(comparison: Comparison): string {
  const { before, after, warnings, figures } = comparison;
  const scenarios = [...new Set(figures.map(({ scenario }) => scenario))];
  const parts = [
    `before: ${sideText(before)}\nafter:  ${sideText(after)}`,
    ...(warnings.length === 0 ? [] : [warnings.flatMap((line) => wrapped(`Mind: ${line}`)).join('\n')]),
    ...scenarios.map((name) =>
      section(
        name,
        figures.filter(({ scenario }) => scenario === name),
      ),
    ),
    [...wrapped(verdictsText(figures)), ...explanation(comparison).flatMap(wrapped)].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function sideText({ date, commit, runs }: Side): string {
  return `${date}, ${commit === null ? 'no commit' : `commit ${commit}`}, ${text.counted(runs, 'round')}`;
}

function section(name: string, figures: readonly ComparedFigure[]): string {
  const columns = columnsOf(figures);
  const isTooWide = tableWidth(columns) > WIDTH;
  return `${name}\n${tableText(isTooWide ? columns.map(rangesBelow) : columns)}`;
}

function columnsOf(figures: readonly ComparedFigure[]): Column[] {
  const column = (head: string, isName: boolean, cell: (each: ComparedFigure) => string): Column => ({
    ...{ head, isName, cells: figures.map(cell) },
  });
  return [
    column('case', true, (each) => each.case),
    column('figure', true, ({ title }) => title),
    column('before', false, ({ before, unit }) => spreadText(before, unit)),
    column('after', false, ({ after, unit }) => spreadText(after, unit)),
    column('change', false, ({ change }) => (change === null ? UNKNOWN : changeText(change))),
    ...(figures.some(({ reference }) => reference !== null)
      ? [column('of ratio to', true, ({ reference }) => reference ?? '')]
      : []),
    column('noise', false, ({ noise }) => (noise === null ? UNKNOWN : changeText(noise).replace('+', '± '))),
    column('verdict', true, ({ verdict }) => verdict),
  ];
}

function verdictsText(figures: readonly ComparedFigure[]): string {
  const numbers = VERDICTS.map((verdict) => ({
    verdict,
    number: figures.filter((each) => each.verdict === verdict).length,
  }));
  const said = numbers
    .filter(({ number }) => number > 0)
    .map(({ verdict, number }) => `${text.count(number)} ${verdict}`);
  return said.length === 0
    ? 'There is nothing to compare: no figure of ours is in both'
    : `${said.join(', ')}, of ${text.counted(figures.length, 'figure')}`;
}

function explanation({ confidence, figures }: Comparison): string[] {
  if (figures.length === 0) return [];
  return [
    'before, after: median and range as measured. change: of the geometric mean' +
      (figures.some(({ reference }) => reference !== null)
        ? '; where a case of peer or limit is named, of the ratio to it, round by round, so that a faster machine does not count'
        : ''),
    'noise: a change that is not larger is no difference. It allows for the scatter of the trials, so that with nothing ' +
      `changed, ${Number((100 * (1 - confidence)).toPrecision(2))} of 100 comparisons take any figure for changed, and adds what ` +
      `the machine did between the two results, ${(100 * BETWEEN_RUNS).toFixed(0)} % at least`,
  ];
}
