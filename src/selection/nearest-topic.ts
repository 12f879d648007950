import { nearest } from '../shared/expect.js';
import { isTopicPattern, topicMatcher } from './topic-pattern.js';

const DOT = '.';
/** Fewer characters are in some topic by chance. */
const LEAST_PART = 3;

/**
 * What a topic or pattern that matches nothing was probably meant to be.
 *
 * @param known topics that there are
 * @returns a topic, or a pattern that matches some; undefined where none is near
 */
export function nearestTopic(asked: string, known: readonly string[]): string | undefined {
  const within = asked.length >= LEAST_PART ? `*${asked}*` : undefined;
  const patterns = [patternOfPrefix(asked, known), asked.replaceAll('%', '*'), within];
  const fits = (pattern: string) => known.some(topicMatcher([pattern]));
  const fitting = isTopicPattern(asked) ? patterns.slice(1, 2) : patterns;
  const found = fitting.find((pattern) => pattern !== undefined && pattern !== asked && fits(pattern));
  if (asked !== '' && found !== undefined) return found;
  return nearest(asked, isTopicPattern(asked) ? patternsLike(asked, known) : known);
}

/** `tracker.*` for `tracker`, as ZeroMQ would subscribe. */
function patternOfPrefix(asked: string, known: readonly string[]): string | undefined {
  const whole = asked.endsWith(DOT) ? asked : `${asked}${DOT}`;
  return known.some((topic) => topic.startsWith(whole)) ? `${whole}*` : undefined;
}

/** Topics with the wildcards of a pattern in the parts where the pattern has them. */
function patternsLike(pattern: string, known: readonly string[]): string[] {
  const parts = pattern.split(DOT);
  const like = known.map((topic) => {
    const ofTopic = topic.split(DOT);
    return parts.map((part, i) => (isTopicPattern(part) ? part : (ofTopic[i] ?? part))).join(DOT);
  });
  return [...new Set(like)].filter((candidate) => candidate !== pattern);
}
