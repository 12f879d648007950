import { effect } from '@preact/signals';
import { link } from '../connection/link.js';
import { later } from './later.js';
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
      plots: plotted.peek(),
    });
  }, PAUSE_MS);
  effect(() => {
    // What it depends on.
    for (const each of [visibleIds, selectedTopic, plotted, topicOrder, topicList]) each.value;
    send();
  });
}
