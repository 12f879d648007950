import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { topicList } from '../model/night.js';
import { seek } from '../model/orders.js';
import { listedIds, selectedTopic } from '../model/topic-rows.js';
import { cursorS, shown } from '../model/window.js';
import { ROW_HEIGHT, timeAt } from './draw-strip.js';
import { Playhead } from './playhead.js';
import { useStripLayout } from './use-strip-layout.js';
import { useStripPicture } from './use-strip-picture.js';
import { useStripPointer } from './use-strip-pointer.js';

/** When there were events, of all topics together and of each topic; silences, damage and the playhead. @param hoveredTopic is set */
export function ActivityStrip({
  hoveredTopic,
}: {
  readonly hoveredTopic: Signal<string | undefined>;
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLCanvasElement>(null);
  const rows = useRef<HTMLCanvasElement>(null);
  const layout = useStripLayout(box);
  const { place, rowCount, scrollTop } = layout;
  const hoveredY = useSignal<number | null>(null);
  const topicAt = (y: number | null) => {
    const id = y === null ? undefined : listedIds.value[Math.floor((y + scrollTop.value) / ROW_HEIGHT)];
    return id === undefined ? undefined : topicList.value.topics[id]?.name;
  };
  // The rows may move below a pointer that stands still.
  useSignalEffect(() => {
    hoveredTopic.value = topicAt(hoveredY.value);
  });
  useStripPicture(head, rows, layout);
  useStripPointer(box, {
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
      const name = target === rows.current ? topicAt(y) : undefined;
      if (x >= at.left) void seek(timeAt(x, at));
      else if (name !== undefined) selectedTopic.value = name;
    },
  });
  return (
    <div class="strip" ref={box} hidden={shown.value === undefined}>
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
  );
}
