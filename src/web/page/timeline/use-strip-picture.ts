import { useSignalEffect } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { clock } from '../model/clock.js';
import { topicList } from '../model/night.js';
import { positionS } from '../model/standing.js';
import { strip } from '../model/strip.js';
import { selectedTopic } from '../model/topic-rows.js';
import { cursorS, range } from '../model/window.js';
import { nextFrame } from '../next-frame.js';
import { themeVersion } from '../theme.js';
import { clean, drawHead, drawOverlay, drawRows, HEAD_HEIGHT, ROW_HEIGHT } from './draw-strip.js';
import type { StripLayout } from './use-strip-layout.js';

type CanvasRef = { readonly current: HTMLCanvasElement | null };

/** Draws the activity of all topics together, and of those in sight, whenever something of it changes. */
export function useStripPicture(head: CanvasRef, rows: CanvasRef, layout: StripLayout): void {
  const { place, rowCount, inSight, scrollTop } = layout;
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
    [head, rows, place, rowCount, inSight, scrollTop],
  );
  useSignalEffect(() => {
    for (const each of [place, rowCount, inSight, scrollTop, ...DRAWN]) each.value;
    draw();
  });
}

/** What the picture depends on besides the layout. */
const DRAWN = [strip, range, positionS, cursorS, clock, selectedTopic, themeVersion, topicList];
