import type { TopicState } from '../database/events/topic-states.js';
import type { Silence } from '../database/places/silence.js';
import type { TimeRange } from '../selection/time-ranges.js';
import type { Piece } from './prefetch.js';

/** The order in which the events of a recording are played. */
export interface PlayOrder {
  /** What the first event that has a time is merged by, in Unix seconds; NaN where none is known. */
  readonly firstKeyS: number;
  /** Whether there may be anything to play of what was selected. */
  readonly mayPlay: boolean;
  /** Narrows down what is played to events that are due in some ranges of time: sorted and disjoint. */
  select(ranges: readonly TimeRange[]): Promise<void>;
  /** What is played, in pieces of so many events. */
  pieces(batchEvents: number): AsyncGenerator<Piece>;
  /** About how many events, played or not, have times between others that follow each other: ascending Unix seconds. */
  countsBetween(cutsS: Float64Array<ArrayBuffer>): Promise<Float64Array>;
  /** The next silence: see `DatabaseSource.nextSilence`. */
  nextSilence(fromS: number, minS: number, signal: AbortSignal | undefined): Promise<Silence>;
  /** The place of a time: see `SeekableSource.from`. */
  placeOf(timeS: number): Promise<OrderPlace>;
}

/** A place in an order of play. */
export interface OrderPlace {
  /** How much of what is played stands before: 0 to 1; 1: nothing is left. */
  readonly shareBefore: number;
  /** What is played from the place on, in pieces of so many events. */
  pieces(batchEvents: number): AsyncGenerator<Piece>;
  /** The last event of each wanted topic before the place, in the order of play. */
  lastOfTopics(): Promise<TopicState[]>;
  /** The times that the order has reached with some events: see `SourcePlace.placesOf`. */
  placesOf(rows: BigInt64Array<ArrayBuffer>): Promise<Float64Array>;
}

/**
 * The time as of which the past is told: that of the place, but within what was selected. What was before a start is past
 * when play begins there; what comes after an end never is.
 */
export function pastUntil(timeS: number, ranges: readonly TimeRange[] | undefined): number {
  const [first, last] = [ranges?.[0], ranges?.at(-1)];
  if (first === undefined || last === undefined) return timeS;
  return Math.min(Math.max(timeS, first.startS), last.endS);
}
