import * as text from '../../src/shared/text.js';
import { ratioSpreadText, spreadText, UNKNOWN } from '../figure-text.js';
import type { CaseResult, FigureInfo, ScenarioResult } from '../result.js';
import { type Column, leastTableWidth, rangesBelow, tableText, tableWidth, WIDTH } from './table.js';

/**
 * A scenario's cases as tables, one row each: valid trials, losses, figures as median and range, and the main
 * figure's ratio to the case of reference. If a table is too wide, ranges move below the medians; if that
 * is not enough, further tables continue it.
 */
export function caseTables(scenario: ScenarioResult): string[] {
  const [main] = scenario.figures;
  const { cases } = scenario;
  if (cases.length === 0 || main === undefined) return [];
  const id: Column = { head: 'case', isName: true, cells: cases.map((each) => each.id) };
  const valid = column(
    'valid',
    cases,
    ({ summary }) => `${summary.valid} of ${summary.valid + summary.invalid}`,
  );
  const shown = scenario.figures.filter(({ isShown }) => isShown);
  const columns = [
    valid,
    ...lostColumns(cases),
    ...shown.filter((figure) => figure === main).map((figure) => figureColumn(figure, cases)),
    ...ratioColumns(main, cases),
    ...shown.filter((figure) => figure !== main).map((figure) => figureColumn(figure, cases)),
  ];
  if (tableWidth([id, ...columns]) <= WIDTH) return [tableText([id, ...columns])];
  return tables(id, columns.map(rangesBelow)).map(tableText);
}

/** Puts as many columns into each table as fit. */
function tables(id: Column, columns: readonly Column[]): Column[][] {
  const all: Column[][] = [[id]];
  for (const each of columns) {
    const last = all[all.length - 1];
    if (last.length > 1 && leastTableWidth([...last, each]) > WIDTH) all.push([id, each]);
    else last.push(each);
  }
  return all;
}

function figureColumn({ name, title, unit }: FigureInfo, cases: readonly CaseResult[]): Column {
  return column(title, cases, ({ summary }) => spreadText(summary.figures[name] ?? null, unit));
}

function ratioColumns({ name, title }: FigureInfo, cases: readonly CaseResult[]): Column[] {
  const references = cases.flatMap(({ reference }) => reference ?? []);
  if (references.length === 0) return [];
  const subjects = new Set(cases.filter(({ id }) => references.includes(id)).map(({ subject }) => subject));
  const [subject] = subjects;
  const of = subjects.size === 1 && subject !== 'ours' ? subject : 'reference';
  return [
    column(`${title} to ${of}`, cases, ({ reference, summary }) =>
      reference === null ? '' : ratioSpreadText(summary.ratios[name] ?? null),
    ),
  ];
}

function lostColumns(cases: readonly CaseResult[]): Column[] {
  if (cases.every(({ summary }) => summary.counts === null)) return [];
  return [
    column('lost', cases, ({ summary: { counts } }) => (counts === null ? UNKNOWN : text.count(counts.lost))),
  ];
}

function column(head: string, cases: readonly CaseResult[], cell: (each: CaseResult) => string): Column {
  return { head, isName: false, cells: cases.map(cell) };
}
