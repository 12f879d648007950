import type { TopicFilter } from '../../selection/topic-filter.js';
import type { Connection } from '../connection.js';

/** The parameters of a filter, in the order in which `EventQuery` names them. */
export function filterParameters(filter: TopicFilter | undefined): string[] {
  if (filter === undefined) return [];
  // In SQLite's GLOB brackets are sets; in our patterns a bracket stands for itself.
  const escaped = (globs: readonly string[]) => globs.map((glob) => glob.replaceAll('[', '[[]'));
  return [
    ...filter.names,
    ...escaped(filter.globs),
    ...filter.addressedNames,
    ...escaped(filter.addressedGlobs),
    ...filter.excludedNames,
    ...escaped(filter.excludedGlobs),
  ];
}

/** Name of the SQL function that matches a topic against the filter's regular expression. */
export const MATCHES = 'topic_matches';
/** A night has some hundred topics; a broken database may have one for each event. */
const MOST_CACHED_TOPICS = 10_000;

/** Defines the SQL function of a filter. It must be called before the statements are prepared. */
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
