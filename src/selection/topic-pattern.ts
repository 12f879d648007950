/** Whether a topic is wanted, by names or by patterns in which `*` is any text and `?` any character; none: all are. */
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

/** What every topic that a name or pattern stands for begins with: ZeroMQ subscribes to beginnings. */
export function literalPrefix(topic: string): string {
  return topic.replace(/[*?].*$/s, '');
}
