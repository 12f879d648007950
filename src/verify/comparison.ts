/** A stretch of missing events that follow each other in the order of sending. Numbers count from 1. */
export interface MissingStretch {
  readonly first: number;
  readonly last: number;
}

/** An event that is not as it should be. Its number in the order of sending counts from 1. */
export interface OddEvent {
  readonly number: number;
  readonly topic: string;
  /** Unix seconds; null where it has none. */
  readonly wireTimeS: number | null;
}

/** Numbers of the events of one topic. */
export interface TopicComparison {
  readonly topic: string;
  readonly sent: number;
  readonly received: number;
  readonly missing: number;
}

/** A list that is cut at its longest, with the count of all. */
export interface Counted<T> {
  readonly count: number;
  /** The first of them. */
  readonly first: readonly T[];
}

/** Time from the sending of an event to its receipt, in milliseconds. Negative ones are errors of the clocks. */
export interface Delay {
  readonly events: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly negative: number;
}

/** What was received, held against what was sent. */
export interface Comparison {
  /** Events are found by their wire times, each of which is there once, or else by topic and content, in order. */
  readonly matchedBy: 'wire time' | 'content';
  readonly sent: number;
  readonly received: number;
  /** Events that did not come. */
  readonly missing: Counted<MissingStretch>;
  /** Of these, the events after the last one that came, and before the first one. */
  readonly missingAtEnd: number;
  readonly missingAtStart: number;
  /** Topics of which nothing came. */
  readonly missingTopics: readonly string[];
  /** Copies of events beyond the first. */
  readonly doubled: Counted<OddEvent>;
  /** Events that came after one that was sent later (RFC 4737, section 3). */
  readonly reordered: Counted<OddEvent>;
  /** Events whose topic or content is another one. */
  readonly altered: Counted<OddEvent>;
  /** Events that came and were not sent; numbers count in the order of receipt. */
  readonly foreign: Counted<OddEvent>;
  /** The topics in which something is missing, the most first. */
  readonly topics: readonly TopicComparison[];
  /** Undefined where the times of receipt are not known. */
  readonly delay: Delay | undefined;
}

/** Whether all came, once, in order and unaltered. */
export function isSame({ missing, doubled, reordered, altered, foreign }: Comparison): boolean {
  return [missing, doubled, reordered, altered, foreign].every(({ count }) => count === 0);
}
