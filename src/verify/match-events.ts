import type { EventList } from '../ledger/event-list.js';
import { EqualEvents } from './equal-events.js';
import { FOREIGN } from './foreign.js';

export interface Matches {
  readonly by: 'wire time' | 'content';
  /** For each received event the index of the sent one; `FOREIGN`: there is none. */
  readonly sentIndexes: Int32Array;
}

/** Finds for each event that was received the event that was sent. */
export function matchEvents(sent: EventList, received: EventList): Matches {
  if (hasAscendingTimes(sent)) {
    const sentIndexes = matchByTime(sent, received);
    // Receivers that do not keep wire times match none.
    if (received.count === 0 || sentIndexes.some((index) => index !== FOREIGN))
      return { by: 'wire time', sentIndexes };
  }
  return { by: 'content', sentIndexes: matchByContent(sent, received) };
}

/** Whether the wire times number the events. */
function hasAscendingTimes(events: EventList): boolean {
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < events.count; i++) {
    const wireUs = events.wireUsOf(i);
    if (!(wireUs > before)) return false;
    before = wireUs;
  }
  return true;
}

function matchByTime(sent: EventList, received: EventList): Int32Array {
  const matches = new Int32Array(received.count);
  let expected = 0;
  for (let j = 0; j < received.count; j++) {
    const wireUs = received.wireUsOf(j);
    // Nearly all come one after the other.
    const index = sent.wireUsOf(expected) === wireUs ? expected : indexOfTime(sent, wireUs);
    matches[j] = index;
    if (index !== FOREIGN) expected = index + 1;
  }
  return matches;
}

function indexOfTime(events: EventList, wireUs: number): number {
  let [low, high] = [0, events.count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (events.wireUsOf(middle) < wireUs) low = middle + 1;
    else high = middle;
  }
  return low < events.count && events.wireUsOf(low) === wireUs ? low : FOREIGN;
}

/**
 * Matches equal events in their order. A received event that is equal to none is then taken for the altered form of a missing
 * event of its topic, if one stands between the neighbours of the received one.
 */
function matchByContent(sent: EventList, received: EventList): Int32Array {
  const equals = new EqualEvents(sent);
  const matches = new Int32Array(received.count);
  const isTaken = new Uint8Array(sent.count);
  for (let j = 0; j < received.count; j++) {
    const match = equals.take(received, j);
    matches[j] = match;
    if (match !== FOREIGN) isTaken[match] = 1;
  }
  matchAltered(sent, received, matches, isTaken);
  return matches;
}

function matchAltered(sent: EventList, received: EventList, matches: Int32Array, isTaken: Uint8Array): void {
  let before = -1;
  for (let j = 0; j < matches.length; j++) {
    if (matches[j] !== FOREIGN) {
      before = matches[j];
      continue;
    }
    const after = nextMatch(matches, j, before, sent.count);
    for (let i = before + 1; i < after; i++) {
      if (isTaken[i] === 1 || sent.topicOf(i) !== received.topicOf(j)) continue;
      isTaken[i] = 1;
      matches[j] = i;
      before = i;
      break;
    }
  }
}

/** Longest look for the next event that is equal: the gap around an altered one is short. */
const MOST_LOOKED_AT = 1000;

/** The first match after `j` that comes later than `before`. */
function nextMatch(matches: Int32Array, j: number, before: number, count: number): number {
  const end = Math.min(matches.length, j + MOST_LOOKED_AT);
  for (let k = j + 1; k < end; k++) if (matches[k] > before) return matches[k];
  return end === matches.length ? count : Math.min(count, before + MOST_LOOKED_AT);
}
