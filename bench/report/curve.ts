import { factName, factText } from '../fact-text.js';
import { figureText, rangeText } from '../figure-text.js';
import type { CaseResult, Chart, Fact, FigureInfo } from '../result.js';
import type { Spread } from '../spread.js';
import { tickAxis, type ValueAxis, valueAxis } from './axes.js';
import { axisTitle, color, type Drawing, frame, type Json, tooltip } from './drawing.js';
import { type LineStyle, legendEntry, line, lineStyles } from './lines.js';
import { direction, shortNumber } from './page-text.js';
import { SUBJECTS } from './subjects.js';

interface Point {
  readonly x: number;
  readonly spread: Spread;
}

interface Curve {
  readonly style: LineStyle;
  readonly points: readonly Point[];
}

/**
 * A figure over a numeric parameter, with a line for each value of another parameter. Undefined if no case
 * has both.
 */
export function curveDrawing(
  { x: xName, series }: Extract<Chart, { kind: 'curve' }>,
  figure: FigureInfo,
  cases: readonly CaseResult[],
  runs: number,
): Drawing | undefined {
  const curves = curvesOf(cases, figure.name, xName, series);
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) return undefined;
  const y = valueAxis(
    points.flatMap(({ spread: { min, median, max } }) => [min, median, max]),
    figure.unit,
  );
  const positions = positionsOf(points.map(({ x }) => x));
  const ticks = [...positions].map(([x, position]) => [position, tickLabel(xName, x)] as const);
  const edge = (ticks[ticks.length - 1][0] - ticks[0][0]) * 0.04 || 0.5;
  const xAxis = {
    ...(tickAxis(ticks, axisName(xName)) as { [name: string]: Json }),
    ...{ min: ticks[0][0] - edge, max: ticks[ticks.length - 1][0] + edge },
  };
  const grid = { left: y.widthPx, right: 24, top: 32, bottom: 52, outerBoundsMode: 'none' };
  return {
    option: {
      ...frame(),
      grid,
      title: axisTitle(`${figure.title}${y.unit}`, 0),
      tooltip: tooltip('line'),
      xAxis,
      yAxis: y.option,
      series: curves.flatMap((curve) => seriesOf(curve, positions, xName, figure, y)),
    },
    wide: {},
    narrow: {},
    heightPx: { wide: 340, narrow: 300 },
    legend: curves.map(({ style }) => legendEntry(style, true)),
    reading:
      `${figure.title}, by ${axisName(xName)}: points are medians` +
      `${runs > 1 ? ', vertical lines span the range of all valid trials' : ''}. ${direction(figure)}`,
  };
}

function curvesOf(
  cases: readonly CaseResult[],
  figure: string,
  xName: string,
  series: string | undefined,
): readonly Curve[] {
  const curves = new Map<string, { first: CaseResult; points: Point[] }>();
  for (const each of cases) {
    const x = each.parameters[xName];
    const spread = each.summary.figures[figure];
    if (typeof x !== 'number' || spread == null) continue;
    const name = nameOf(each, series);
    const curve = curves.get(name) ?? { first: each, points: [] };
    curves.set(name, curve);
    curve.points.push({ x, spread });
  }
  const styles = lineStyles([...curves].map(([name, { first }]) => ({ name, subject: first.subject })));
  return [...curves.values()].map(({ points }, i) => ({
    style: styles[i],
    points: points.sort((a, b) => a.x - b.x),
  }));
}

function nameOf({ subject, parameters }: CaseResult, series: string | undefined): string {
  const { name, tag } = SUBJECTS[subject];
  const value: Fact | undefined = series === undefined ? undefined : parameters[series];
  if (series === undefined || value === undefined) return name;
  const shown = typeof value === 'string' ? value : `${factName(series)} ${factText(series, value)}`;
  return shown.startsWith(tag) ? shown : `${shown} · ${tag}`;
}

/**
 * Coordinates of numbers on the axis. Powers of two are equally spaced, with 0 one step before the first.
 * Other numbers are placed by their logarithm if they are far apart, else linearly.
 */
function positionsOf(numbers: readonly number[]): Map<number, number> {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const positive = sorted.filter((x) => x > 0);
  const isPowers = positive.length > 1 && positive.every((x) => Number.isInteger(Math.log2(x)));
  const isApart = positive.length === sorted.length && sorted[sorted.length - 1] / sorted[0] > 30;
  const hasOnlyZeroBesides = sorted.length - positive.length === (sorted[0] === 0 ? 1 : 0);
  return new Map(
    sorted.map((x) => {
      if (isPowers && hasOnlyZeroBesides) return [x, x === 0 ? Math.log2(positive[0]) - 1 : Math.log2(x)];
      return [x, isApart ? Math.log10(x) : x];
    }),
  );
}

function seriesOf(
  { style, points }: Curve,
  positions: ReadonlyMap<number, number>,
  xName: string,
  { unit }: FigureInfo,
  { at }: ValueAxis,
): Json[] {
  const shown = points.map(({ x, spread }) => ({
    at: [positions.get(x)!, at(spread.median)] as const,
    head: `${axisName(xName)}: ${tickLabel(xName, x)}`,
    tip: [figureText(spread.median, unit), rangeText(spread, unit)].filter((text) => text !== '').join(' · '),
  }));
  const ranges = points.map(({ x, spread }) => [positions.get(x)!, at(spread.min), at(spread.max)]);
  return [
    line(style, shown, true),
    {
      ...{ type: 'custom', z: 1, itemStyle: { color: color(style.color) }, encode: { x: 0, y: [1, 2] } },
      ...{ renderItem: { $: 'columnRange', of: null }, data: ranges },
    },
  ];
}

/** Sizes are shown in bytes: they are powers of two, which look odd as kilobytes. */
function isSize(name: string): boolean {
  return name.endsWith('Bytes');
}

function axisName(name: string): string {
  return isSize(name) ? `${factName(name)} (bytes)` : factName(name);
}

function tickLabel(name: string, x: number): string {
  const shown = factText(name, x);
  const isPlain = isSize(name) || shown === figureText(x, 'count');
  return isPlain ? shortNumber(x) : shown;
}
