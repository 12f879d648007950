import { TimeHeap } from './time-heap.js';
import type { GeneratedEvent, NightClock, TopicSource } from './topic-source.js';

/** When a night is over: after so many events, or when no more are made before `durationS` seconds. */
export type NightEnd = { readonly eventCount: number } | { readonly durationS: number };

/**
 * Runs the sources through a night and gives their events in the order in which the logger gets them.
 *
 * Sources are asked in the order of their next reports. An event waits until nothing that is still to be made
 * can be logged before it, which is for less than a second: only the events of that time are held.
 */
export function* nightEvents(
  sources: readonly TopicSource[],
  clock: NightClock,
  end: NightEnd,
): Generator<GeneratedEvent> {
  const endS = 'durationS' in end ? end.durationS : Number.POSITIVE_INFINITY;
  let eventsLeft = 'eventCount' in end ? end.eventCount : Number.POSITIVE_INFINITY;
  const due = new TimeHeap<TopicSource>();
  const underway = new TimeHeap<GeneratedEvent>();
  for (const source of sources) {
    source.startNight(clock);
    due.push(source.nextS, source);
  }
  for (; eventsLeft > 0 && due.earliest < endS; eventsLeft--) {
    const nowUs = clock.startUs + due.earliest * 1e6;
    while (underway.earliest < nowUs) yield underway.pop();
    const source = due.peek();
    const event = source.report();
    due.reschedule(source.nextS);
    underway.push(event.loggedUs, event);
  }
  while (underway.earliest < Number.POSITIVE_INFINITY) yield underway.pop();
}
