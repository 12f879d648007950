import { effect } from '@preact/signals';
import { link } from '../connection/link.js';
import { later } from './later.js';
import { isLoadTest, subscribersShown } from './load.js';
import { topicList } from './night.js';
import { plotted } from './plots.js';
import { MOST_BY_RATE, selectedTopic, topicOrder, visibleIds } from './topic-rows.js';

const PAUSE_MS = 60;

/** Tells the server what is in sight, whenever that changes. */
export function followWants(): void {
  const send = later(() => {
    const isAll = topicOrder.peek() === 'rate' && topicList.peek().topics.length <= MOST_BY_RATE;
    const topic = selectedTopic.peek();
    link.want({
      topics: isAll ? 'all' : visibleIds.peek(),
      values: topic === '' ? [] : [topic],
      // A load test has no plots.
      plots: isLoadTest.peek() ? [] : plotted.peek(),
      subscribers: isLoadTest.peek() ? subscribersShown.peek() : 0,
    });
  }, PAUSE_MS);
  effect(() => {
    // What it depends on.
    for (const each of [
      visibleIds,
      selectedTopic,
      plotted,
      topicOrder,
      topicList,
      isLoadTest,
      subscribersShown,
    ])
      each.value;
    send();
  });
}
