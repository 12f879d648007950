import type { Run } from '../timeline/timeline.js';

/** The topic of an event: the first one of a run. */
export function topicOf({ batch, first }: Run): string {
  return batch.topics[batch.topicIdOf(first)];
}
