/** A test for topics by names, or patterns in which `*` is any text and `?` any one character. Empty: all match. */
export function topicMatcher(topics: readonly string[]): (topic: string) => boolean {
  if (topics.length === 0) return () => true;
  const patterns = topics.map(
    (topic) =>
      new RegExp(
        `^${topic
          .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
        'su',
      ),
  );
  return (topic) => patterns.some((pattern) => pattern.test(topic));
}

/** The longest prefix that all topics of a name or pattern begin with: ZeroMQ subscribes to prefixes. */
export function literalPrefix(topic: string): string {
  return topic.replace(/[*?].*$/s, '');
}
