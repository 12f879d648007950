import { regularExpression } from '../expect.js';
import type { Connection } from './connection.js';

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
 * @returns undefined where all topics are wanted
 * @throws TcsReplayError `BAD_OPTION` for what is no regular expression
 */
export function topicFilter({ topics = [], exclude = [], regex }: TopicChoice): TopicFilter | undefined {
  if (topics.length === 0 && exclude.length === 0 && regex === undefined) return undefined;
  const isGlob = (topic: string) => /[*?]/.test(topic);
  const isName = (topic: string) => !isGlob(topic);
  return {
    names: topics.filter(isName),
    globs: topics.filter(isGlob),
    regex: regex === undefined ? undefined : regularExpression('topicsRegex', regex),
    excludedNames: exclude.filter(isName),
    excludedGlobs: exclude.filter(isGlob),
  };
}

/** The parameters of a filter, in the order in which `EventQuery` names them. */
export function filterParameters(filter: TopicFilter | undefined): string[] {
  if (filter === undefined) return [];
  // SQLite's GLOB knows sets in brackets besides: here a bracket is a bracket.
  const escaped = (globs: readonly string[]) => globs.map((glob) => glob.replaceAll('[', '[[]'));
  return [
    ...filter.names,
    ...escaped(filter.globs),
    ...filter.excludedNames,
    ...escaped(filter.excludedGlobs),
  ];
}

/** The SQL function that tells whether a topic matches the filter's regular expression. */
export const MATCHES = 'topic_matches';
/** There are some hundred topics at most; a broken database may have one for each event. */
const MOST_CACHED_TOPICS = 10_000;

/** Gives a connection what the statements of a filter call. To be done before they are prepared. */
export function prepareFilter(connection: Connection, filter: TopicFilter | undefined): void {
  if (filter?.regex === undefined) return;
  const regex = new RegExp(filter.regex, 'u');
  const known = new Map<string, number>();
  connection.function(MATCHES, { deterministic: true }, (topic: unknown) => {
    const text = topic as string;
    let matches = known.get(text);
    if (matches === undefined) {
      matches = regex.test(text) ? 1 : 0;
      if (known.size < MOST_CACHED_TOPICS) known.set(text, matches);
    }
    return matches;
  });
}
