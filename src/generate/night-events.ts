import { TimeHeap } from '../shared/time-heap.js';
import type { GeneratedEvent, Night, TopicSource } from './topic-source.js';

/** The end of a night: after `eventCount` events, or `durationS` seconds after its start. */
export type NightEnd = { readonly eventCount: number } | { readonly durationS: number };

/**
 * Runs the sources through a night, and yields their events in the order in which the logger writes them.
 *
 * Sources report in order of time. An event is held until no later report can be logged before it: less than a
 * second, so that memory holds only the events of that time.
 */
export function* nightEvents(
  sources: readonly TopicSource[],
  night: Night,
  end: NightEnd,
): Generator<GeneratedEvent> {
  const endS = 'durationS' in end ? end.durationS : Number.POSITIVE_INFINITY;
  let eventsLeft = 'eventCount' in end ? end.eventCount : Number.POSITIVE_INFINITY;
  const due = new TimeHeap<TopicSource>();
  const underway = new TimeHeap<GeneratedEvent>();
  for (const source of sources) {
    source.startNight(night);
    due.push(source.nextS, source);
  }
  for (; eventsLeft > 0 && due.earliest < endS; eventsLeft--) {
    const nowUs = night.startUs + due.earliest * 1e6;
    while (underway.earliest < nowUs) yield underway.pop();
    const source = due.peek();
    const event = source.report();
    due.reschedule(source.nextS);
    underway.push(event.loggedUs, event);
  }
  while (underway.earliest < Number.POSITIVE_INFINITY) yield underway.pop();
}
