import { regularExpression } from '../shared/expect.js';
import { topicMatcher } from './topic-pattern.js';

/** Which events of a recording are wanted, in a form that statements take. Plain data. */
export interface TopicFilter {
  /** Topics to send, exact. All are, but those excluded, where there are no names, patterns and regular expression. */
  readonly names: readonly string[];
  /** Patterns of topics to send: `*` is any text, `?` any character. */
  readonly globs: readonly string[];
  /** The source of a regular expression; what it matches anywhere is sent as well. */
  readonly regex: string | undefined;
  /** Topics and patterns of topics that are never sent. */
  readonly excludedNames: readonly string[];
  readonly excludedGlobs: readonly string[];
}

/** Topics as a user names them: by names, or by patterns in which `*` is any text and `?` any character. */
export interface TopicChoice {
  /** What to send. */
  readonly topics?: readonly string[];
  /** What never to send, whatever else says so. */
  readonly exclude?: readonly string[];
  /** A regular expression of JavaScript, with the flag `u`, of what to send besides `topics`. */
  readonly regex?: string | undefined;
}

/**
 * Sorts topics into names and patterns.
 *
 * @param nameOfRegex the user's name of the option, for errors
 * @returns undefined where all topics are wanted
 * @throws TcsReplayError `BAD_OPTION` for what is no regular expression
 */
export function topicFilter(
  { topics = [], exclude = [], regex }: TopicChoice,
  nameOfRegex = 'topicsRegex',
): TopicFilter | undefined {
  if (topics.length === 0 && exclude.length === 0 && regex === undefined) return undefined;
  const isGlob = (topic: string) => /[*?]/.test(topic);
  const isName = (topic: string) => !isGlob(topic);
  return {
    names: topics.filter(isName),
    globs: topics.filter(isGlob),
    regex: regex === undefined ? undefined : regularExpression(nameOfRegex, regex),
    excludedNames: exclude.filter(isName),
    excludedGlobs: exclude.filter(isGlob),
  };
}

/** A filter of one topic, or of one pattern, without what another one never sends. */
export function filterOfTopic(topic: string, filter: TopicFilter | undefined): TopicFilter {
  const { excludedNames = [], excludedGlobs = [] } = filter ?? {};
  const { names, globs } = topicFilter({ topics: [topic] }) as TopicFilter;
  return { names, globs, regex: undefined, excludedNames, excludedGlobs };
}

/** Whether a filter sends a topic that it does not exclude. */
export function topicIncluder(filter: TopicFilter | undefined): (topic: string) => boolean {
  const { names = [], globs = [], regex } = filter ?? {};
  const isNamed = topicMatcher([...names, ...globs]);
  if (regex === undefined) return isNamed;
  const expression = new RegExp(regex, 'u');
  const hasNames = names.length + globs.length > 0;
  return (topic) => expression.test(topic) || (hasNames && isNamed(topic));
}
