import { figureText } from '../figure-text.js';
import type { CaseResult, FigureInfo, Trial } from '../result.js';
import { valueAxis } from './axes.js';
import { axisTitle, color, type Drawing, frame, type Json, tooltip } from './drawing.js';
import { type LinePoint, type LineStyle, legendEntry, line, lineStyles } from './lines.js';

const TOP_PX = 32;
const PANEL_PX = 140;
/** Room between the panels, for the upper one's axis and the lower one's title. */
const GAP_PX = 72;
const BOTTOM_PX = 48;

interface Course {
  readonly style: LineStyle;
  readonly trial: Trial;
}

/** Rate and p99 over the time of a trial. Undefined if no valid trial has a course. */
export function courseDrawing(
  main: FigureInfo | undefined,
  cases: readonly CaseResult[],
): Drawing | undefined {
  const typical = cases.flatMap((each) => {
    const trial = typicalTrial(each, main);
    return trial === undefined ? [] : [{ each, trial }];
  });
  const styles = lineStyles(typical.map(({ each: { id, subject } }) => ({ name: id, subject })));
  const courses = typical.map(({ trial }, i): Course => ({ style: styles[i], trial }));
  const points = courses.flatMap(({ trial }) => trial.course);
  if (points.length === 0) return undefined;
  const rate = valueAxis(
    points.map(({ eventsPerS }) => eventsPerS),
    '1/s',
    false,
  );
  const known = points.flatMap(({ p99Us }) => p99Us ?? []);
  const p99 = valueAxis(known, 'us');
  const hasP99 = known.length > 0;
  const secondTop = TOP_PX + PANEL_PX + GAP_PX;
  const grid = {
    left: Math.max(rate.widthPx, p99.widthPx),
    right: 20,
    height: PANEL_PX,
    outerBoundsMode: 'none',
  };
  const heightPx = hasP99 ? secondTop + PANEL_PX + BOTTOM_PX : TOP_PX + PANEL_PX + BOTTOM_PX;
  return {
    option: {
      ...frame(),
      title: [
        axisTitle(`events/s${rate.unit}`, 0),
        ...(hasP99 ? [axisTitle(`p99${p99.unit}`, secondTop - TOP_PX)] : []),
      ],
      tooltip: tooltip('line'),
      axisPointer: { link: [{ xAxisIndex: 'all' }] },
      grid: [{ ...grid, top: TOP_PX }, ...(hasP99 ? [{ ...grid, top: secondTop }] : [])],
      xAxis: [timeAxis(points, 0, !hasP99), ...(hasP99 ? [timeAxis(points, 1, true)] : [])],
      yAxis: [{ ...rate.option, gridIndex: 0 }, ...(hasP99 ? [{ ...p99.option, gridIndex: 1 }] : [])],
      series: courses.flatMap(({ style, trial }) => {
        const head = (atS: number) => figureText(atS, 's');
        const rates = trial.course.map(
          ({ atS, eventsPerS }): LinePoint => ({
            at: [atS, rate.at(eventsPerS)],
            head: head(atS),
            tip: `${figureText(eventsPerS, '1/s')} events/s`,
          }),
        );
        const p99s = trial.course.flatMap(({ atS, p99Us }): LinePoint[] =>
          p99Us === null
            ? []
            : [{ at: [atS, p99.at(p99Us)], head: head(atS), tip: `p99 ${figureText(p99Us, 'us')}` }],
        );
        return [
          { ...line(style, rates, false), xAxisIndex: 0, yAxisIndex: 0 },
          ...(hasP99 ? [{ ...line(style, p99s, false), xAxisIndex: 1, yAxisIndex: 1 }] : []),
        ];
      }),
    },
    wide: {},
    narrow: {},
    heightPx: { wide: heightPx, narrow: heightPx },
    legend: courses.map(({ style, trial }) => legendEntry(style, trial.course.length === 1)),
    reading: 'The trial of each case that is closest to the median, from its first event on.',
  };
}

function timeAxis(points: readonly { readonly atS: number }[], gridIndex: number, isNamed: boolean): Json {
  const faint = { lineStyle: { color: color('faint') } };
  return {
    ...{
      type: 'value',
      gridIndex,
      min: 0,
      max: Math.max(...points.map(({ atS }) => atS)),
      splitLine: { show: false },
    },
    ...{
      name: isNamed ? 'seconds' : '',
      nameLocation: 'middle',
      nameGap: 28,
      nameTextStyle: { color: color('muted') },
    },
    ...{ axisLine: { show: true, onZero: false, ...faint }, axisTick: { show: true, ...faint } },
    axisLabel: { color: color('muted'), hideOverlap: true, formatter: { $: 'number', of: null } },
  };
}

/** The valid trial with a course whose main figure is closest to the median. */
function typicalTrial({ trials, summary }: CaseResult, main: FigureInfo | undefined): Trial | undefined {
  const distance = ({ figures }: Trial) =>
    main === undefined
      ? 0
      : Math.abs((figures[main.name] ?? Number.MAX_VALUE) - (summary.figures[main.name]?.median ?? 0));
  return trials
    .filter(({ state, course }) => state === 'valid' && course.length > 0)
    .sort((a, b) => distance(a) - distance(b))[0];
}
