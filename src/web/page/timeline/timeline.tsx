import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { plain } from '../../../shared/plain-text.js';
import * as text from '../../../shared/text.js';
import { clock, timeText } from '../model/clock.js';
import { extent, topicList } from '../model/night.js';
import { seek } from '../model/orders.js';
import { positionS } from '../model/standing.js';
import { binsWanted, strip, stripIds } from '../model/strip.js';
import { listedIds, selectedTopic } from '../model/topic-rows.js';
import { cursorS, isZoomed, pan, range, show, shown, zoom } from '../model/window.js';
import { nextFrame } from '../next-frame.js';
import { themeVersion } from '../theme.js';
import { useSize } from '../use-size.js';
import {
  clean,
  drawHead,
  drawOverlay,
  drawRows,
  HEAD_HEIGHT,
  ROW_HEIGHT,
  type StripPlace,
  timeAt,
} from './draw-strip.js';
import { RangeBar } from './range-bar.js';

const MOST_ROWS = 16;
const MOST_BINS = 2000;
/** A pointer that moves less than this clicks. */
const LEAST_DRAG = 4;
const WHEEL_ZOOM = 1.0015;

/** What spoke when: the activity of each topic, silences, damage, and the playhead. */
export function Timeline(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLCanvasElement>(null);
  const rows = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const scrollTop = useSignal(0);
  const hoveredY = useSignal<number | null>(null);
  const left = useComputed(() => (size.value.width < 600 ? 92 : 208));
  const place = useComputed<StripPlace | undefined>(() =>
    shown.value === undefined || size.value.width <= left.value
      ? undefined
      : { width: size.value.width, left: left.value, span: shown.value },
  );
  const rowCount = useComputed(() => Math.min(MOST_ROWS, listedIds.value.length));
  const inSight = useComputed(() => {
    const first = Math.floor(scrollTop.value / ROW_HEIGHT);
    return { first, ids: listedIds.value.slice(first, first + rowCount.value + 1) };
  });

  useSignalEffect(() => {
    if (place.value !== undefined)
      binsWanted.value = Math.min(MOST_BINS, Math.round(place.value.width - place.value.left));
  });
  useSignalEffect(() => {
    stripIds.value = inSight.value.ids;
  });

  const draw = useMemo(
    () =>
      nextFrame(() => {
        const [headCanvas, rowCanvas, at] = [head.current, rows.current, place.peek()];
        if (headCanvas === null || rowCanvas === null || at === undefined) return;
        const over = { range: range.peek(), positionS: positionS.peek(), cursorS: cursorS.peek() };
        const headContext = clean(headCanvas, at.width, HEAD_HEIGHT);
        drawHead(headContext, at, strip.peek(), clock.peek());
        drawOverlay(headContext, at, over, HEAD_HEIGHT, true);
        const height = rowCount.peek() * ROW_HEIGHT;
        const context = clean(rowCanvas, at.width, height);
        const { first, ids } = inSight.peek();
        const { topics } = topicList.peek();
        const named = ids.map((id) => {
          const name = topics[id]?.name ?? '';
          return { id, name, isSelected: name === selectedTopic.peek() };
        });
        drawRows(context, at, strip.peek(), named, first * ROW_HEIGHT - scrollTop.peek());
        drawOverlay(context, at, over, height, false);
      }),
    [place, rowCount, inSight, scrollTop],
  );
  useSignalEffect(() => {
    // What the picture depends on.
    for (const each of [
      place,
      strip,
      range,
      positionS,
      cursorS,
      clock,
      inSight,
      rowCount,
      selectedTopic,
      themeVersion,
      topicList,
    ])
      each.value;
    draw();
  });

  const idAt = (y: number) => listedIds.peek()[Math.floor((y + scrollTop.peek()) / ROW_HEIGHT)];
  const nameAt = (y: number | null) => {
    const id = y === null ? undefined : idAt(y);
    return id === undefined ? undefined : topicList.peek().topics[id]?.name;
  };

  usePointer(box, {
    place: () => place.peek(),
    onHover: (x, target, y) => {
      const at = place.peek();
      cursorS.value = at === undefined || x < at.left ? null : timeAt(x, at);
      hoveredY.value = target === rows.current ? y : null;
    },
    onLeave: () => {
      cursorS.value = null;
      hoveredY.value = null;
    },
    onClick: (x, target, y) => {
      const at = place.peek();
      if (at === undefined) return;
      const name = target === rows.current ? nameAt(y) : undefined;
      if (x >= at.left) void seek(timeAt(x, at));
      else if (name !== undefined) selectedTopic.value = name;
    },
  });

  const readout = useComputed(() => {
    const at = cursorS.value;
    if (at === null) return `${spanText()}${doneText()}`;
    const name = nameAt(hoveredY.value);
    return `${timeText(at, digitsOf())}${countText(at, name)}`;
  });

  const isEmpty = shown.value === undefined;
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <header>
        <h2 id="timeline-title">Timeline</h2>
        <output class="readout muted">{readout}</output>
        <div class="tools" role="toolbar" aria-label="Timeline">
          <button
            type="button"
            title="Earlier"
            aria-label="Earlier"
            disabled={!isZoomed.value}
            onClick={() => pan(-0.5)}
          >
            ‹
          </button>
          <button
            type="button"
            title="Wider (Z)"
            aria-label="Wider"
            disabled={!isZoomed.value}
            onClick={() => zoom(2)}
          >
            −
          </button>
          <button
            type="button"
            title="Closer (z)"
            aria-label="Closer"
            disabled={isEmpty}
            onClick={() => zoom(0.5)}
          >
            +
          </button>
          <button
            type="button"
            title="Later"
            aria-label="Later"
            disabled={!isZoomed.value}
            onClick={() => pan(0.5)}
          >
            ›
          </button>
          <button type="button" title="All (0)" disabled={!isZoomed.value} onClick={() => show(undefined)}>
            All
          </button>
        </div>
      </header>
      <div class="strip" ref={box} hidden={isEmpty}>
        <Playhead />
        <canvas ref={head} class="head" role="img" aria-label="Events of all topics over time" />
        <div
          class="rows"
          style={{ height: `${rowCount.value * ROW_HEIGHT}px` }}
          tabIndex={-1}
          onScroll={({ currentTarget }) => {
            scrollTop.value = currentTarget.scrollTop;
          }}
        >
          <canvas ref={rows} class="sticky" role="img" aria-label="Events of each topic over time" />
          <div style={{ height: `${Math.max(0, listedIds.value.length - rowCount.value) * ROW_HEIGHT}px` }} />
        </div>
      </div>
      {isEmpty ? (
        <p class="muted">
          {extent.value === undefined ? 'The times of the recordings are not known yet.' : ''}
        </p>
      ) : null}
      <RangeBar />
      <Damage />
    </section>
  );
}

/** The playhead for those who do not see the picture. */
function Playhead(): JSX.Element | null {
  if (extent.value === undefined) return null;
  const { firstS, lastS } = extent.value;
  return (
    <div
      class="playhead"
      role="slider"
      tabIndex={0}
      aria-label="Playhead: arrow keys go 10 seconds or a minute"
      aria-valuemin={firstS}
      aria-valuemax={lastS}
      aria-valuenow={positionS.value ?? firstS}
      aria-valuetext={timeText(positionS.value)}
    />
  );
}

function Damage(): JSX.Element | null {
  const damage = strip.value?.damage ?? [];
  const fault = strip.value?.fault;
  if (damage.length === 0 && fault === undefined) return null;
  return (
    <>
      {fault === undefined ? null : <p class="error">The activity could not be read: {plain(fault)}</p>}
      {damage.length === 0 ? null : (
        <details class="damage">
          <summary>{text.counted(damage.length, 'damaged place')}</summary>
          <ul>
            {damage.slice(0, MOST_DAMAGE).map(({ fromS, toS, text: what }, i) => (
              <li key={i}>
                {fromS === null && toS === null ? 'at an unknown time' : timeText(fromS ?? toS)}:{' '}
                {plain(what)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

const MOST_DAMAGE = 100;

function digitsOf(): number {
  const span = shown.value;
  return span !== undefined && span.toS - span.fromS < 600 ? 3 : 0;
}

function spanText(): string {
  const span = shown.value;
  return span === undefined
    ? ''
    : `${timeText(span.fromS)} – ${timeText(span.toS)}, ${text.span(span.toS - span.fromS)}`;
}

function doneText(): string {
  const done = strip.value?.done ?? 0;
  if (strip.value === undefined) return shown.value === undefined ? '' : ' · reading';
  return done < 1 && strip.value.fault === undefined ? ` · ${text.percent(done)} read` : '';
}

function countText(timeS: number, name: string | undefined): string {
  const known = strip.value;
  if (known === undefined || timeS < known.fromS || timeS >= known.toS) return '';
  const binS = (known.toS - known.fromS) / known.bins;
  const bin = Math.floor((timeS - known.fromS) / binS);
  const id = topicList.value.topics.findIndex((topic) => topic.name === name);
  const counts = name === undefined ? known.total : known.counts.get(id);
  const what = name === undefined ? '' : ` ${plain(name)}`;
  return counts === undefined
    ? what
    : `${what}: ${text.counted(counts[bin] ?? 0, 'event')} in ${text.anySpan(binS)}`;
}

interface PointerActions {
  place(): StripPlace | undefined;
  onHover(x: number, target: EventTarget | null, y: number): void;
  onLeave(): void;
  onClick(x: number, target: EventTarget | null, y: number): void;
}

/** A click, a drag that marks a range, and the wheel. */
function usePointer(box: { readonly current: HTMLElement | null }, actions: PointerActions): void {
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let down: { x: number; timeS: number; isDrag: boolean } | undefined;
    const xOf = (event: MouseEvent) => event.clientX - element.getBoundingClientRect().left;
    const yOf = (event: MouseEvent) => event.clientY - (event.target as Element).getBoundingClientRect().top;
    const onDown = (event: PointerEvent) => {
      const place = actions.place();
      if (event.button !== 0 || place === undefined) return;
      const x = xOf(event);
      down = { x, timeS: timeAt(x, place), isDrag: false };
    };
    const onMove = (event: PointerEvent) => {
      const x = xOf(event);
      const place = actions.place();
      actions.onHover(x, event.target, yOf(event));
      if (down === undefined || place === undefined || down.x < place.left) return;
      if (!down.isDrag && Math.abs(x - down.x) < LEAST_DRAG) return;
      if (!down.isDrag) element.setPointerCapture(event.pointerId);
      down.isDrag = true;
      const timeS = timeAt(Math.min(Math.max(x, place.left), place.width), place);
      range.value = { fromS: Math.min(down.timeS, timeS), toS: Math.max(down.timeS, timeS) };
    };
    const onUp = (event: PointerEvent) => {
      if (down !== undefined && !down.isDrag) actions.onClick(xOf(event), event.target, yOf(event));
      down = undefined;
    };
    const onCancel = () => {
      down = undefined;
    };
    const onWheel = (event: WheelEvent) => {
      const place = actions.place();
      if (place === undefined || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
      event.preventDefault();
      const delta = event.deltaY || event.deltaX;
      if (event.shiftKey) pan(delta / 1000);
      else zoom(WHEEL_ZOOM ** delta, timeAt(xOf(event), place));
    };
    element.addEventListener('pointerdown', onDown);
    element.addEventListener('pointermove', onMove);
    element.addEventListener('pointerup', onUp);
    element.addEventListener('pointercancel', onCancel);
    element.addEventListener('pointerleave', actions.onLeave);
    // Passive listeners cannot keep the page from zooming.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      element.removeEventListener('pointerdown', onDown);
      element.removeEventListener('pointermove', onMove);
      element.removeEventListener('pointerup', onUp);
      element.removeEventListener('pointercancel', onCancel);
      element.removeEventListener('pointerleave', actions.onLeave);
      element.removeEventListener('wheel', onWheel);
    };
  }, []);
}
