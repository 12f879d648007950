import type { KnownEvents, TopicState } from '../sources/source.js';
import type { Run } from './timeline.js';

/** The last event of a topic before a position in a source. */
interface Known {
  readonly place: KnownEvents;
  readonly state: TopicState;
  /** Position of the event in the order of play: Unix seconds. */
  readonly placeS: number;
}

/**
 * Reads what a subscriber that had been listening would know at a position: the last event of each wanted topic before
 * it, in the order of play.
 *
 * @param places one position in each source, in order of time; before them what sources hold of the time before them
 * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
 */
export async function pastOf(places: readonly KnownEvents[]): Promise<Run[]> {
  const known = await Promise.all(places.map(async (place) => ({ place, states: await place.states() })));
  const inOrder = await merged(known.filter(({ states }) => states.length > 0));
  const last = new Map<string, Known>();
  for (const event of inOrder) {
    last.delete(event.state.topic);
    last.set(event.state.topic, event);
  }
  const ofPlace = new Map<KnownEvents, Known[]>();
  for (const event of last.values()) {
    const others = ofPlace.get(event.place);
    if (others === undefined) ofPlace.set(event.place, [event]);
    else others.push(event);
  }
  const runs = new Map<Known, Run>();
  await Promise.all([...ofPlace].map(([place, events]) => read(place, events, runs)));
  return [...last.values()].flatMap((event) => runs.get(event) ?? []);
}

/** The states of several positions, in the order of play. */
async function merged(
  known: readonly { place: KnownEvents; states: readonly TopicState[] }[],
): Promise<Known[]> {
  // The states of one position are in order.
  const isAlone = known.length === 1;
  const all = await Promise.all(
    known.map(async ({ place, states }) => {
      const places = isAlone ? [] : await place.placesOf(states);
      return states.map((state, i) => ({ place, state, placeS: places[i] ?? 0 }));
    }),
  );
  return all.flat().sort((a, b) => a.placeS - b.placeS);
}

/** Reads events of a position, each of another topic. */
async function read(place: KnownEvents, events: readonly Known[], runs: Map<Known, Run>): Promise<void> {
  const states = events.map(({ state }) => state);
  let at = 0;
  for await (const { batch } of place.eventsOf(states)) {
    for (let i = 0; i < batch.count; i++) {
      const topic = batch.topics[batch.topicIdOf(i)];
      // Events that cannot be read are missing from the batch.
      const found = states.findIndex((state, index) => index >= at && state.topic === topic);
      if (found !== -1) at = found;
      if (at === events.length) return;
      runs.set(events[at], { source: place.source, batch, first: i, end: i + 1, shareAtEnd: 0 });
      at += 1;
    }
  }
}
