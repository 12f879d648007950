import { figureText, rangeText } from '../figure-text.js';
import type { CaseResult, FigureInfo, Subject } from '../result.js';
import type { Spread } from '../spread.js';
import { type ValueAxis, valueAxis } from './axes.js';
import { color, type Drawing, frame, type Json, LETTER_PX, tooltip } from './drawing.js';
import { direction, ratioTo } from './page-text.js';
import { SUBJECTS } from './subjects.js';

const ROW_PX = { wide: 30, narrow: 44 };
const AXIS_PX = 40;
const MOST_LABEL_PX = 250;

interface Row {
  readonly each: CaseResult;
  readonly spread: Spread;
}

/** A figure of each case, with its range. Undefined if no case has it. */
export function barsDrawing(
  figure: FigureInfo,
  cases: readonly CaseResult[],
  runs: number,
): Drawing | undefined {
  const rows = cases.flatMap((each): Row[] => {
    const spread = each.summary.figures[figure.name];
    return spread == null ? [] : [{ each, spread }];
  });
  if (rows.length === 0) return undefined;
  const axis = valueAxis(
    rows.flatMap(({ spread: { min, median, max } }) => [min, median, max]),
    figure.unit,
  );
  const subjects = (['ours', 'peer', 'limit'] as const).filter((subject) =>
    rows.some(({ each }) => each.subject === subject),
  );
  const labels = rows.map(({ each: { id, subject } }) =>
    id.startsWith(SUBJECTS[subject].tag) ? id : `${id} · ${SUBJECTS[subject].tag}`,
  );
  const valuePx =
    LETTER_PX * Math.max(...rows.map(({ spread }) => figureText(spread.median, figure.unit).length));
  const labelPx = Math.min(MOST_LABEL_PX, LETTER_PX * Math.max(...labels.map((label) => label.length)) + 8);
  const right = Math.round(valuePx + 16);
  return {
    option: {
      ...frame(),
      tooltip: tooltip('shadow'),
      xAxis: axis.option,
      yAxis: {
        ...{ type: 'category', inverse: true, data: labels },
        ...{ axisTick: { show: false }, axisLine: { lineStyle: { color: color('faint') } } },
      },
      series: [...subjects.map((subject) => marks(rows, subject, figure, axis)), ranges(rows, figure, axis)],
    },
    wide: {
      grid: { left: Math.round(labelPx + 12), right, top: 4, bottom: 28, outerBoundsMode: 'none' },
      yAxis: { axisLabel: { ...labelStyle, inside: false, margin: 10, width: labelPx, overflow: 'break' } },
    },
    narrow: {
      grid: { left: 6, right, top: 4, bottom: 28, outerBoundsMode: 'none' },
      yAxis: { axisLabel: { ...labelStyle, ...labelAbove } },
      xAxis: { axisLabel: { alignMinLabel: 'left' } },
    },
    heightPx: {
      wide: rows.length * ROW_PX.wide + AXIS_PX,
      narrow: rows.length * ROW_PX.narrow + AXIS_PX,
    },
    legend: subjects.map((subject) => ({ name: SUBJECTS[subject].name, color: SUBJECTS[subject].color })),
    reading:
      `${figure.title}${axis.unit}: ${axis.isLogarithmic ? 'points' : 'bars'} are medians` +
      `${runs > 1 ? ', lines span the range of all valid trials' : ''}. ${direction(figure)}`,
  };
}

const labelStyle = { color: color('ink'), lineHeight: 14, interval: 0 } as const;
const labelAbove = {
  ...{ inside: true, margin: 2, width: 300, overflow: 'truncate' },
  ...{ verticalAlign: 'bottom', padding: [0, 0, 8, 0] },
} as const;

/** Points replace bars on a logarithmic axis, which has no 0 for bars to begin at. */
function marks(
  rows: readonly Row[],
  subject: Subject,
  { name, unit, title }: FigureInfo,
  { at, isLogarithmic }: ValueAxis,
): Json {
  const of = SUBJECTS[subject];
  const data = rows.flatMap(({ each, spread }, row) => {
    if (each.subject !== subject) return [];
    const shown = [figureText(spread.median, unit), rangeText(spread, unit)]
      .filter((text) => text !== '')
      .join(' · ');
    const tip = [`${title}: ${shown}`, ...tipOfRatio(each, name)];
    return [{ value: [at(spread.median), row], head: each.id, tip }];
  });
  const itemStyle = { color: color(of.color) };
  return isLogarithmic
    ? { type: 'scatter', z: 4, name: of.name, data, itemStyle: { ...itemStyle, opacity: 1 }, symbolSize: 11 }
    : { type: 'bar', name: of.name, data, itemStyle, barWidth: 13, barGap: '-100%' };
}

function tipOfRatio({ reference, summary }: CaseResult, figure: string): string[] {
  const spread = summary.ratios[figure];
  return reference === null || spread == null ? [] : [ratioTo(reference, spread)];
}

function ranges(rows: readonly Row[], { unit }: FigureInfo, { at }: ValueAxis): Json {
  return {
    type: 'custom',
    z: 3,
    itemStyle: { color: color('ink') },
    renderItem: { $: 'rowRange', of: rows.map(({ spread }) => figureText(spread.median, unit)) },
    encode: { x: [0, 1, 2], y: 3 },
    data: rows.map(({ spread: { min, median, max } }, row) => [at(min), at(median), at(max), row]),
  };
}
