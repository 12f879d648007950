import type { Glance } from '../database/events/glance.js';
import type { TopicFilter } from '../selection/topic-filter.js';
import type { TopicRenaming } from '../selection/topic-renaming.js';
import { unmatchedTopics } from '../selection/unmatched-topics.js';
import type { NameOf } from '../shared/expect.js';
import { oddTimes } from './odd-times.js';
import type { SeekableSource } from './source.js';

export interface FirstLookOptions {
  readonly filter: TopicFilter | undefined;
  readonly renaming: TopicRenaming | undefined;
  readonly sortBy: 'none' | '__data_time' | '__wire_time';
  /** Undefined unless events are played at an even rate, where their times do not matter. */
  readonly rate: object | undefined;
}

/** Recordings that are looked at; of more, some in even places. */
const MOST_RECORDINGS = 8;

/**
 * Looks at some events of what is to be played, and tells what will surprise: topics that no event has, times that are none.
 *
 * @param nameOf what the user calls an option
 * @returns a sentence for each surprise
 * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
 */
export async function firstLook(
  recordings: readonly SeekableSource[],
  { filter, renaming, sortBy, rate }: FirstLookOptions,
  nameOf: NameOf<'topics' | 'exclude' | 'topicsRegex' | 'url' | 'rename' | 'rate' | 'sortBy' | 'schema'>,
): Promise<string[]> {
  const step = Math.max(1, recordings.length / MOST_RECORDINGS);
  const looked = recordings.filter((_, i) => Math.floor(i / step) > Math.floor((i - 1) / step));
  const glances = await Promise.all(looked.map((recording) => recording.glance()));
  const ofTimes = looked.flatMap(({ name }, i) =>
    rate === undefined ? oddTimes(name, glances[i], sortBy !== 'none', nameOf) : [],
  );
  const isComplete = looked.length === recordings.length && glances.every((glance) => glance.isComplete);
  return [...unmatchedTopics(filter, { ...together(glances), isComplete }, nameOf, renaming), ...ofTimes];
}

function together(glances: readonly Glance[]): { topics: string[]; events: number } {
  return {
    topics: [...new Set(glances.flatMap(({ topics }) => topics))],
    events: glances.reduce((sum, { events }) => sum + events, 0),
  };
}
