import type { TopicRenaming } from '../selection/topic-renaming.js';
import { OTHER_TOPICS } from './topic-lateness.js';

/** A row of a report by topic, with the name that the topic is sent as where topics are renamed. */
export function withSentName<R extends { readonly topic: string; readonly sentAs?: string }>(
  row: R,
  renaming: TopicRenaming | undefined,
): R {
  if (renaming === undefined || row.topic === OTHER_TOPICS) return row;
  return { ...row, sentAs: renaming.sentAs(row.topic) };
}
