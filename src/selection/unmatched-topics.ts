import type { NameOf } from '../shared/expect.js';
import { nearestTopic } from './nearest-topic.js';
import type { TopicFilter } from './topic-filter.js';
import { topicMatcher } from './topic-pattern.js';
import type { TopicRenaming } from './topic-renaming.js';

/** Topics of events that were looked at. */
export interface SeenTopics {
  readonly topics: readonly string[];
  /** Number of events that were looked at. */
  readonly events: number;
  /** Whether these are all events that there are. */
  readonly isComplete: boolean;
}

/**
 * Tells of each topic that was asked for, left out, or renamed, whether no event has it. Where only some events were looked at, a
 * topic is told only if another one is near to it: it may be rare.
 *
 * @param nameOf what the user calls an option
 * @returns a sentence for each
 */
export function unmatchedTopics(
  filter: TopicFilter | undefined,
  { topics, events, isComplete }: SeenTopics,
  nameOf: NameOf<'topics' | 'exclude' | 'topicsRegex' | 'url' | 'rename'>,
  renaming?: TopicRenaming,
): string[] {
  if (events === 0) return [];
  const looked = `${events.toLocaleString('en-US')} events looked at`;
  const toldOf = (option: 'topics' | 'exclude' | 'url' | 'rename', asked: string): string[] => {
    if (topics.some(topicMatcher([asked]))) return [];
    const near = nearestTopic(asked, topics);
    if (!isComplete && near === undefined) return [];
    const which = isComplete ? 'no event has such a topic' : `none of the ${looked} has such a topic`;
    return [
      `${nameOf(option)} ${asked}: ${which}${near === undefined ? '' : `; did you mean ${quotedPattern(near)}?`}`,
    ];
  };
  const toldOfRules = (renaming?.rules ?? []).flatMap(({ from }) => toldOf('rename', from));
  if (filter === undefined) return toldOfRules;
  const { names, globs, regex, excludedNames, excludedGlobs, addressedNames, addressedGlobs } = filter;
  const isOfRegex = regex === undefined ? undefined : new RegExp(regex, 'u');
  const regexTold =
    isOfRegex !== undefined && isComplete && !topics.some((topic) => isOfRegex.test(topic))
      ? [`${nameOf('topicsRegex')} ${regex}: no event has such a topic`]
      : [];
  return [
    ...[...names, ...globs].flatMap((asked) => toldOf('topics', asked)),
    ...regexTold,
    ...[...excludedNames, ...excludedGlobs].flatMap((asked) => toldOf('exclude', asked)),
    ...[...addressedNames, ...addressedGlobs].flatMap((asked) => toldOf('url', asked)),
    ...toldOfRules,
  ];
}

/** A pattern needs quotes in a shell. */
function quotedPattern(topic: string): string {
  return /^[\w.-]+$/.test(topic) ? topic : `'${topic}'`;
}
