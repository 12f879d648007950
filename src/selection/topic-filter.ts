import { regularExpression } from '../shared/expect.js';
import { isTopicPattern, literalPrefix, topicMatcher } from './topic-pattern.js';

/** Which topics to send, in the form that SQL statements need. Plain data. */
export interface TopicFilter {
  /** Exact topics to send. All topics are sent if `names` and `globs` are empty and `regex` is undefined. */
  readonly names: readonly string[];
  /** Patterns of topics to send: `*` is any text, `?` any one character. */
  readonly globs: readonly string[];
  /** Source of a regular expression, flag `u`: topics that it matches anywhere are sent too. */
  readonly regex: string | undefined;
  /** Topics and patterns of topics that are never sent, whatever the above includes. */
  readonly excludedNames: readonly string[];
  readonly excludedGlobs: readonly string[];
  /** Topics and patterns of topics that there is an address for: no others are sent. Both empty: there is one for all. */
  readonly addressedNames: readonly string[];
  readonly addressedGlobs: readonly string[];
}

/** Topics as a user gives them: names, or patterns in which `*` is any text and `?` any one character. */
export interface TopicChoice {
  /** Topics to send. Default all, unless `regex` is given. */
  readonly topics?: readonly string[];
  /** Topics never to send, whatever the other options include. */
  readonly exclude?: readonly string[];
  /** Source of a JavaScript regular expression, flag `u`, of topics to send besides `topics`. */
  readonly regex?: string | undefined;
  /** Topics that there is an address for: no others are sent, whatever the other options include. Default all. */
  readonly addressed?: readonly string[];
}

/**
 * Separates names from patterns, and checks the regular expression.
 *
 * @param nameOfRegex the user's name of the option, for errors
 * @returns undefined where all topics are wanted
 * @throws TcsReplayError `BAD_OPTION` where `regex` is not valid
 */
export function topicFilter(
  { topics = [], exclude = [], regex, addressed = [] }: TopicChoice,
  nameOfRegex = 'topicsRegex',
): TopicFilter | undefined {
  if (topics.length + exclude.length + addressed.length === 0 && regex === undefined) return undefined;
  const isName = (topic: string) => !isTopicPattern(topic);
  return {
    names: topics.filter(isName),
    globs: topics.filter(isTopicPattern),
    regex: regex === undefined ? undefined : regularExpression(nameOfRegex, regex),
    excludedNames: exclude.filter(isName),
    excludedGlobs: exclude.filter(isTopicPattern),
    addressedNames: addressed.filter(isName),
    addressedGlobs: addressed.filter(isTopicPattern),
  };
}

/** A filter of one topic or pattern, with the exclusions and the addresses of another filter. */
export function filterOfTopic(topic: string, filter: TopicFilter | undefined): TopicFilter {
  const ofTopic = topicFilter({ topics: [topic] }) as TopicFilter;
  if (filter === undefined) return ofTopic;
  const { names, globs } = ofTopic;
  return { ...filter, names, globs, regex: undefined };
}

/** A test of which topics a filter includes; it ignores the exclusions and the addresses. */
export function topicIncluder(filter: TopicFilter | undefined): (topic: string) => boolean {
  const { names = [], globs = [], regex } = filter ?? {};
  const isNamed = topicMatcher([...names, ...globs]);
  if (regex === undefined) return isNamed;
  const expression = new RegExp(regex, 'u');
  const hasNames = names.length + globs.length > 0;
  return (topic) => expression.test(topic) || (hasNames && isNamed(topic));
}

/** A test of which topics a filter wants: those that it includes, has an address for and does not exclude. Undefined: all. */
export function topicTest(filter: TopicFilter | undefined): (topic: string) => boolean {
  const isIncluded = topicIncluder(filter);
  const isAddressed = topicMatcher([...(filter?.addressedNames ?? []), ...(filter?.addressedGlobs ?? [])]);
  const excluded = [...(filter?.excludedNames ?? []), ...(filter?.excludedGlobs ?? [])];
  const isExcluded = excluded.length === 0 ? () => false : topicMatcher(excluded);
  return (topic) => isIncluded(topic) && isAddressed(topic) && !isExcluded(topic);
}

/** Prefixes with which all topics begin that a filter wants: what a subscriber of them subscribes to. One that is empty: all topics. */
export function subscribedPrefixes(filter: TopicFilter | undefined): string[] {
  if (filter === undefined) return [''];
  const { names, globs, regex, addressedNames, addressedGlobs } = filter;
  const included = regex === undefined ? [...names, ...globs] : [];
  const topics = included.length > 0 ? included : [...addressedNames, ...addressedGlobs];
  return topics.length === 0 ? [''] : [...new Set(topics.map(literalPrefix))];
}
