import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { timeMarks } from '../../../selection/time-axis.js';
import { plain } from '../../../shared/plain-text.js';
import * as text from '../../../shared/text.js';
import { Icon } from '../icons.js';
import { clock, timeText } from '../model/clock.js';
import { later } from '../model/later.js';
import type { PlotSeries } from '../model/plot-series.js';
import { type Attribute, removePlot } from '../model/plots.js';
import { positionS } from '../model/standing.js';
import { cursorS, range, shown } from '../model/window.js';
import { nextFrame } from '../next-frame.js';
import { themeVersion } from '../theme.js';
import { useSize } from '../use-size.js';
import { AXIS_WIDTH, numberText, setCursor } from './chart.js';
import { makeNumberChart, numberData } from './number-chart.js';
import { makeStateChart, stateData } from './state-chart.js';

const NUMBER_HEIGHT = 128;
const STATE_HEIGHT = 58;
const MOST_BINS = 2000;
const PAUSE_MS = 150;
/** About the width of a character of a mark. */
const CHARACTER = 6.5;

/** The history of an attribute over the time that the timeline shows. */
export function Plot({ of, series }: { readonly of: Attribute; readonly series: PlotSeries }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const playhead = useRef<HTMLDivElement>(null);
  const chart = useRef<{ readonly of: uPlot; readonly kind: PlotSeries['kind'] } | undefined>(undefined);
  const size = useSize(box);
  const kind = useSignal(series.kind);

  useEffect(() => {
    const read = later(() => {
      const [span, { width }] = [shown.peek(), size.peek()];
      const bins = Math.min(MOST_BINS, Math.round(width - AXIS_WIDTH));
      if (span !== undefined && bins > 0) void series.read(span, bins);
    }, PAUSE_MS);
    const stop = [shown.subscribe(read), size.subscribe(read)];
    return () => {
      for (const each of stop) each();
      series.stop();
    };
  }, [series, size]);

  useEffect(() => {
    const draw = nextFrame(() => drawNow());
    const drawNow = () => {
      const place = box.current;
      if (place === null || series.kind === undefined || place.clientWidth === 0) return;
      kind.value = series.kind;
      if (chart.current?.kind !== series.kind) {
        chart.current?.of.destroy();
        chart.current = { of: make(place, series), kind: series.kind };
        if (playhead.current !== null) chart.current.of.over.append(playhead.current);
      }
      const made = chart.current.of;
      const width = place.clientWidth;
      if (made.width !== width) made.setSize({ width, height: made.height });
      made.setData(series.kind === 'number' ? numberData(series) : stateData());
      move();
    };
    const move = () => {
      const at = positionS.peek();
      if (chart.current === undefined || playhead.current === null) return;
      const x = at === null ? -1 : chart.current.of.valToPos(at, 'x');
      playhead.current.hidden = !(x >= 0 && x <= chart.current.of.over.clientWidth);
      playhead.current.style.left = `${x}px`;
    };
    const follow = [
      ...[series.version, shown, size, clock, themeVersion].map((each) => each.subscribe(draw)),
      positionS.subscribe(move),
      cursorS.subscribe((at) => chart.current && setCursor(chart.current.of, at)),
    ];
    return () => {
      for (const stop of follow) stop();
      chart.current?.of.destroy();
      chart.current = undefined;
    };
  }, [series, size, kind]);

  return (
    <figure class="plot" aria-label={`Plot of ${plain(of.attribute)} of ${plain(of.topic)}`}>
      <figcaption>
        <span class="name" title={`${plain(of.topic)} ${plain(of.attribute)}`}>
          <b>{plain(of.attribute)}</b> <span class="muted">{plain(of.topic)}</span>
        </span>
        <Readout series={series} />
        <button
          type="button"
          class="small"
          aria-label={`Remove the plot of ${plain(of.attribute)}`}
          title="Remove"
          onClick={() => removePlot(of)}
        >
          <Icon name="close" />
        </button>
      </figcaption>
      <div
        class="canvas"
        ref={box}
        style={{ minHeight: `${kind.value === 'state' ? STATE_HEIGHT : NUMBER_HEIGHT}px` }}
      />
      <div class="parked">
        <div class="head" ref={playhead} hidden />
      </div>
    </figure>
  );
}

function make(place: HTMLElement, series: PlotSeries): uPlot {
  const common = {
    spanOf: () => {
      const { fromS, toS } = shown.peek() ?? series.span ?? { fromS: 0, toS: 1 };
      return [fromS, toS] as const;
    },
    marksOf: (fromS: number, toS: number, width: number) =>
      timeMarks(fromS, toS, Math.floor(width / CHARACTER), clock.peek()).map(({ timeS, label }) => ({
        at: timeS,
        label,
      })),
    onCursor: (at: number | null) => {
      cursorS.value = at;
    },
    onSelect: (fromS: number, toS: number) => {
      range.value = { fromS, toS };
    },
  };
  return series.kind === 'number'
    ? makeNumberChart(place, series, { ...common, height: NUMBER_HEIGHT })
    : makeStateChart(place, series, { ...common, height: STATE_HEIGHT });
}

/** The value at the pointer, else at the playhead. */
function Readout({ series }: { readonly series: PlotSeries }): JSX.Element {
  const told = useSignal('');
  useSignalEffect(() => {
    series.version.value;
    const at = cursorS.value ?? positionS.value;
    if (series.fault !== undefined) told.value = plain(series.fault);
    else if (shown.value === undefined) told.value = 'no recorded time';
    else if (series.kind === undefined) told.value = 'reading';
    else told.value = `${at === null ? '' : valueText(series, at)}${doneText(series)}`;
  });
  return (
    // Read aloud when asked for, and not with each event.
    <output class="readout" aria-live="off" title={cursorS.value === null ? '' : timeText(cursorS.value, 3)}>
      {told}
    </output>
  );
}

function valueText(series: PlotSeries, atS: number): string {
  if (series.kind === 'state') {
    const state = series.stateAt(atS);
    return state === undefined ? '' : state === null ? 'null' : plain(state.slice(0, 100));
  }
  const found = series.rangeAt(atS);
  if (found === undefined) return '';
  const [min, max] = found;
  return min === max ? numberText(min) : `${numberText(min)} … ${numberText(max)}`;
}

function doneText({ done, isThinned }: PlotSeries): string {
  return `${done < 1 ? ` · ${text.percent(done)} read` : ''}${isThinned ? ' · more changes than shown' : ''}`;
}
