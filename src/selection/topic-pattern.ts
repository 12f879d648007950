const WILDCARD = /[*?]/;

/** Whether a topic is a pattern, and not a name: it contains `*` or `?`. */
export function isTopicPattern(topic: string): boolean {
  return WILDCARD.test(topic);
}

/** A test for topics by names, or patterns in which `*` is any text and `?` any one character. Empty: all match. */
export function topicMatcher(topics: readonly string[]): (topic: string) => boolean {
  if (topics.length === 0) return () => true;
  const names = new Set(topics.filter((topic) => !isTopicPattern(topic)));
  const patterns = topics.filter(isTopicPattern);
  return (topic) => names.has(topic) || patterns.some((pattern) => matchesPattern(pattern, topic));
}

/** The longest prefix that all topics of a name or pattern begin with: ZeroMQ subscribes to prefixes. */
export function literalPrefix(topic: string): string {
  return topic.replace(/[*?].*$/s, '');
}

/**
 * Whether a pattern stands for the whole of a topic. A regular expression could take for ever: it tries all ways to share
 * the topic among the stars. Here only the last star is given more text, which finds a match if there is one. The steps
 * are at most the length of the topic times that of the longest text between two stars.
 */
function matchesPattern(pattern: string, topic: string): boolean {
  let [sign, at] = [0, 0];
  let afterStar = -1;
  let endOfStar = 0;
  while (at < topic.length) {
    if (pattern[sign] === '*') {
      sign += 1;
      afterStar = sign;
      endOfStar = at;
    } else if (pattern[sign] === '?') {
      sign += 1;
      at += unitsAt(topic, at);
    } else if (sign < pattern.length && pattern[sign] === topic[at]) {
      sign += 1;
      at += 1;
    } else if (afterStar === -1) {
      return false;
    } else {
      endOfStar += unitsAt(topic, endOfStar);
      sign = afterStar;
      at = endOfStar;
    }
  }
  while (pattern[sign] === '*') sign += 1;
  return sign === pattern.length;
}

/** UTF-16 units of the character at a place: 1 or 2. */
function unitsAt(text: string, at: number): number {
  return (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
}
