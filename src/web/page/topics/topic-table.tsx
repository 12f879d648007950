import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { plain } from '../../../shared/plain-text.js';
import * as text from '../../../shared/text.js';
import { hourText, timeText } from '../model/clock.js';
import { topicList } from '../model/night.js';
import { positionS } from '../model/standing.js';
import {
  filter,
  listedIds,
  MOST_BY_RATE,
  rowOf,
  selectedTopic,
  type TopicOrder,
  topicOrder,
  visibleIds,
} from '../model/topic-rows.js';
import { useSize } from '../use-size.js';

const ROW_HEIGHT = 26;
/** Rows beyond the edges that are there already. */
const MARGIN_ROWS = 4;

/** All topics: how often they speak, and when they last did. Only the rows in sight exist. */
export function TopicTable(): JSX.Element {
  const { topics, isWhole } = topicList.value;
  const shownCount = listedIds.value.length;
  return (
    <section class="topics" aria-labelledby="topics-title">
      <header>
        <h2 id="topics-title">Topics</h2>
        <span class="muted" role="status">
          {shownCount === topics.length
            ? text.count(topics.length)
            : `${text.count(shownCount)} of ${text.count(topics.length)}`}
          {isWhole || topics.length === 0 ? '' : ' so far'}
        </span>
        <input
          id="filter"
          type="search"
          placeholder="Filter ( / )"
          aria-label="Filter topics by parts of their names"
          autocomplete="off"
          spellcheck={false}
          value={filter.value}
          onInput={({ currentTarget: { value } }) => {
            filter.value = value;
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            filter.value = '';
            event.currentTarget.blur();
          }}
        />
        <select
          aria-label="Order of topics"
          value={topicOrder.value}
          onChange={({ currentTarget: { value } }) => {
            topicOrder.value = value as TopicOrder;
          }}
        >
          <option value="name">by name</option>
          <option value="events">by events</option>
          <option value="rate" disabled={topics.length > MOST_BY_RATE}>
            by rate
          </option>
        </select>
      </header>
      <Rows />
    </section>
  );
}

function Rows(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const scrollTop = useSignal(0);
  const first = useComputed(() => Math.max(0, Math.floor(scrollTop.value / ROW_HEIGHT) - MARGIN_ROWS));
  const inSight = useComputed(() => {
    const count = Math.ceil(size.value.height / ROW_HEIGHT) + 2 * MARGIN_ROWS;
    return listedIds.value.slice(first.value, first.value + count);
  });
  useSignalEffect(() => {
    const ids = inSight.value;
    const before = visibleIds.peek();
    if (ids.length !== before.length || ids.some((id, i) => id !== before[i])) visibleIds.value = ids;
  });
  const move = (event: KeyboardEvent) => {
    const ids = listedIds.peek();
    const { topics } = topicList.peek();
    const page = Math.max(1, Math.floor(size.peek().height / ROW_HEIGHT) - 2);
    const now = ids.findIndex((id) => topics[id].name === selectedTopic.peek());
    const to = MOVES[event.key]?.(now, page, ids.length);
    if (to === undefined || ids.length === 0) return;
    event.preventDefault();
    const at = Math.min(Math.max(to, 0), ids.length - 1);
    selectedTopic.value = topics[ids[at]].name;
    scrollTo(box.current, at);
  };
  const selected = listedIds.value.findIndex((id) => topicList.value.topics[id].name === selectedTopic.value);
  const isSelectedInSight = selected >= first.value && selected < first.value + inSight.value.length;
  return (
    <div
      class="table"
      role="grid"
      tabIndex={0}
      aria-label="Topics"
      aria-rowcount={listedIds.value.length + 1}
      aria-activedescendant={isSelectedInSight ? `topic-${listedIds.value[selected]}` : undefined}
      data-keys="move"
      onKeyDown={move}
    >
      <div class="row heads" role="row" aria-rowindex={1}>
        <span role="columnheader">topic</span>
        <span role="columnheader">/s</span>
        <span role="columnheader">sent</span>
        <span role="columnheader">last</span>
        <span role="columnheader">age</span>
      </div>
      <div
        class="scroll"
        ref={box}
        role="rowgroup"
        tabIndex={-1}
        onScroll={({ currentTarget }) => {
          scrollTop.value = currentTarget.scrollTop;
        }}
      >
        <div class="all" role="presentation" style={{ height: `${listedIds.value.length * ROW_HEIGHT}px` }}>
          {inSight.value.map((id, i) => (
            <Row key={id} id={id} index={first.value + i} />
          ))}
        </div>
      </div>
    </div>
  );
}

const MOVES: Readonly<Record<string, (now: number, page: number, count: number) => number>> = {
  ArrowUp: (now) => now - 1,
  ArrowDown: (now) => now + 1,
  PageUp: (now, page) => now - page,
  PageDown: (now, page) => now + page,
  Home: () => 0,
  End: (_now, _page, count) => count - 1,
};

function scrollTo(box: HTMLElement | null, index: number): void {
  if (box === null) return;
  const [top, bottom] = [index * ROW_HEIGHT, (index + 1) * ROW_HEIGHT];
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

function Row({ id, index }: { readonly id: number; readonly index: number }): JSX.Element | null {
  const topic = topicList.value.topics[id];
  if (topic === undefined) return null;
  const { name } = topic;
  const row = rowOf(id);
  const isSelected = selectedTopic.value === name;
  const at = positionS.value;
  const lastS = row?.lastS ?? null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table takes the keys.
    <div
      class="row"
      role="row"
      id={`topic-${id}`}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ top: `${index * ROW_HEIGHT}px` }}
      onClick={() => {
        selectedTopic.value = name;
      }}
    >
      <span role="gridcell" class="name" title={plain(name)}>
        {plain(name) || '""'}
      </span>
      <span role="gridcell">{row === undefined ? '–' : rateText(row.eventsPerS)}</span>
      <span role="gridcell" title={topic.events === null ? '' : `${text.count(topic.events)} recorded`}>
        {row === undefined ? '–' : text.count(row.sent)}
      </span>
      <span role="gridcell" title={timeText(lastS, 3)}>
        {hourText(lastS)}
      </span>
      <span role="gridcell">{lastS === null || at === null ? '–' : ageText(at - lastS)}</span>
    </div>
  );
}

function rateText(perS: number): string {
  if (perS === 0) return '0';
  return perS < 100 ? perS.toPrecision(2) : text.count(perS);
}

/** A topic whose last event was late by the plan is not in the future. */
function ageText(ageS: number): string {
  return ageS < 10 ? `${Math.max(0, ageS).toFixed(1)}s` : text.roughSpan(ageS);
}
