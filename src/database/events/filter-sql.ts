import type { TopicFilter } from '../../selection/topic-filter.js';
import type { Connection } from '../connection.js';

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
