import type { EventList } from '../ledger/event-list.js';
import { LARGEST_NS, latenessHistogram, percentile } from '../measure/histogram.js';
import type { Comparison, Counted, Delay, MissingStretch, OddEvent, TopicComparison } from './comparison.js';
import { FOREIGN } from './foreign.js';
import { matchEvents } from './match-events.js';

/** Longest list of each kind; beyond, events are only counted. */
const MOST_LISTED = 1000;

/** Holds what was received against what was sent. Time and memory grow with the number of events. */
export function compareEvents(sent: EventList, received: EventList): Comparison {
  const { by, sentIndexes } = matchEvents(sent, received);
  const timesSeen = new Uint32Array(sent.count);
  const [doubled, reordered] = [new Listed<OddEvent>(), new Listed<OddEvent>()];
  const [altered, foreign] = [new Listed<OddEvent>(), new Listed<OddEvent>()];
  let latest = -1;
  for (let j = 0; j < received.count; j++) {
    const i = sentIndexes[j];
    if (i === FOREIGN) {
      foreign.add(() => oddEvent(received, j));
      continue;
    }
    timesSeen[i] += 1;
    if (timesSeen[i] > 1) doubled.add(() => oddEvent(sent, i));
    else if (i < latest) reordered.add(() => oddEvent(sent, i));
    latest = Math.max(latest, i);
    if (!sent.isEqual(i, received, j)) altered.add(() => oddEvent(sent, i));
  }
  const first = timesSeen.findIndex((times) => times > 0);
  const topics = topicsOf(sent, received, timesSeen);
  return {
    matchedBy: by,
    sent: sent.count,
    received: received.count,
    missing: missingOf(timesSeen),
    missingAtEnd: sent.count - 1 - latest,
    missingAtStart: first === -1 ? 0 : first,
    missingTopics: topics.filter(({ missing, sent: all }) => missing === all).map(({ topic }) => topic),
    doubled,
    reordered,
    altered,
    foreign,
    topics: topics.filter(({ missing }) => missing > 0).sort((a, b) => b.missing - a.missing),
    delay: delayOf(sent, received, sentIndexes),
  };
}

/** A list that is cut, and counts on. */
class Listed<T> implements Counted<T> {
  count = 0;
  readonly first: T[] = [];

  add(made: () => T): void {
    this.count += 1;
    if (this.first.length < MOST_LISTED) this.first.push(made());
  }
}

function oddEvent(events: EventList, i: number): OddEvent {
  const wireUs = events.wireUsOf(i);
  return { number: i + 1, topic: events.topicOf(i), wireTimeS: Number.isNaN(wireUs) ? null : wireUs / 1e6 };
}

/** The count is that of events, the list that of stretches. */
function missingOf(timesSeen: Uint32Array): Counted<MissingStretch> {
  const stretches: { first: number; last: number }[] = [];
  let count = 0;
  for (const [i, times] of timesSeen.entries()) {
    if (times > 0) continue;
    count += 1;
    const stretch = stretches.at(-1);
    if (stretch?.last === i) stretch.last = i + 1;
    else if (stretches.length < MOST_LISTED) stretches.push({ first: i + 1, last: i + 1 });
  }
  return { count, first: stretches };
}

function topicsOf(sent: EventList, received: EventList, timesSeen: Uint32Array): TopicComparison[] {
  const counts = new Map<string, { topic: string; sent: number; received: number; missing: number }>();
  for (const topic of sent.topics) counts.set(topic, { topic, sent: 0, received: 0, missing: 0 });
  for (let i = 0; i < sent.count; i++) {
    const topic = counts.get(sent.topicOf(i));
    if (topic === undefined) continue;
    topic.sent += 1;
    if (timesSeen[i] === 0) topic.missing += 1;
  }
  for (let j = 0; j < received.count; j++) {
    const topic = counts.get(received.topicOf(j));
    if (topic !== undefined) topic.received += 1;
  }
  return [...counts.values()].filter((topic) => topic.sent > 0);
}

function delayOf(sent: EventList, received: EventList, sentIndexes: Int32Array): Delay | undefined {
  const histogram = latenessHistogram();
  let [negative, max] = [0, Number.NEGATIVE_INFINITY];
  for (let j = 0; j < received.count; j++) {
    const i = sentIndexes[j];
    const delayUs = i === FOREIGN ? Number.NaN : received.receivedSOf(j) * 1e6 - sent.wireUsOf(i);
    if (Number.isNaN(delayUs)) continue;
    if (delayUs < 0) negative += 1;
    max = Math.max(max, delayUs);
    histogram.recordValue(Math.min(LARGEST_NS, Math.max(0, Math.round(delayUs * 1000))));
  }
  const events = histogram.totalCount;
  if (events === 0) return undefined;
  const ms = (percent: number) => percentile(histogram, percent) / 1e6;
  return { events, p50Ms: ms(50), p99Ms: ms(99), maxMs: max / 1000, negative };
}
