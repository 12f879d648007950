import { computed, signal } from '@preact/signals';
import { link } from '../connection/link.js';
import { kept } from './kept.js';
import { topicList } from './night.js';

/** What is known of a topic while it is played. */
export interface TopicRow {
  readonly sent: number;
  readonly eventsPerS: number;
  readonly lastS: number | null;
}

export const ORDERS = ['name', 'events', 'rate'] as const;
export type TopicOrder = (typeof ORDERS)[number];

/** More topics than this cannot be in the order of their rates: the rates of all of them would have to be sent all the time. */
export const MOST_BY_RATE = 1000;

export const filter = kept('filter', '', (value) => typeof value === 'string');
export const topicOrder = kept<TopicOrder>('topic-order', 'name', (value): value is TopicOrder =>
  ORDERS.includes(value as TopicOrder),
);
/** The topic whose payload is shown. */
export const selectedTopic = kept('topic', '', (value) => typeof value === 'string');
/** The topics whose rows are in sight. */
export const visibleIds = signal<readonly number[]>([]);

const rows = new Map<number, TopicRow>();
const rowsVersion = signal(0);

/** The row of a topic; undefined: nothing of it has been sent yet. */
export function rowOf(id: number): TopicRow | undefined {
  rowsVersion.value;
  return rows.get(id);
}

/** Ids of the topics whose names have each word of the filter, in the order that was chosen. */
export const listedIds = computed<readonly number[]>(() => {
  const { topics } = topicList.value;
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const ids = topics.flatMap(({ name }, id) => {
    const lower = words.length === 0 ? '' : name.toLowerCase();
    return words.every((word) => lower.includes(word)) ? [id] : [];
  });
  if (topicOrder.value === 'name') ids.sort((a, b) => compare(topics[a].name, topics[b].name));
  if (topicOrder.value === 'events') ids.sort((a, b) => (topics[b].events ?? 0) - (topics[a].events ?? 0));
  if (topicOrder.value === 'rate' && topics.length <= MOST_BY_RATE) {
    ids.sort((a, b) => (rowOf(b)?.eventsPerS ?? 0) - (rowOf(a)?.eventsPerS ?? 0));
  }
  return ids;
});

/** As everywhere in this program: by code units. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export function followTopicRows(): void {
  link.on('topics', (message) => {
    for (const { id, ...row } of message.rows) rows.set(id, row);
    rowsVersion.value++;
  });
}
