import type { Batch } from '../batch/batch.js';
import type { Damage } from '../batch/damage.js';
import type { TopicState } from '../database/events/topic-states.js';

/** Sorts sources by the time of their first event; those without one, and of equal ones the earlier given, first. */
export function inOrderOfTime<T extends Source>(sources: readonly T[]): T[] {
  return [...sources].sort((a, b) => startOf(a) - startOf(b) || 0);
}

/** When a source begins: a finite number that sorts one without a time before all others. */
export function startOf({ firstKeyS }: Pick<Source, 'firstKeyS'>): number {
  return Number.isNaN(firstKeyS) ? -Number.MAX_VALUE : firstKeyS;
}

/** A batch in its place in a source. */
export interface PlacedBatch {
  readonly batch: Batch;
  /** How much of the source has been read when this batch ends: 0 to 1. */
  readonly shareAtEnd: number;
}

/** Where events come from. A database is one; a prepared file or a live recording can be others. */
export interface Source {
  /** What messages call it: a path. */
  readonly name: string;
  /** What cannot be read, as far as that is known beforehand. Batches tell of the rest. */
  readonly damage: readonly Damage[];
  /** Size of what is read, in bytes. */
  readonly sizeBytes: number;
  /** Due times of the first and the last event in Unix seconds, as far as known; NaN where they are not. */
  readonly firstTimeS: number;
  readonly lastTimeS: number;
  /** The time from which on its events are merged with those of other sources, in Unix seconds; NaN: from the start. */
  readonly firstKeyS: number;
  /**
   * One pass over the events, in the order in which they are to be sent. Reading begins with the call, ahead of the
   * consumer, who owns each batch from then on. `return` stops it, whether or not a batch was taken.
   */
  batches(): AsyncIterableIterator<PlacedBatch>;
}

/** What is left of a source from a place in its order of play on. */
export interface Rest {
  readonly source: Source;
  /** The time from which on its events are merged with those of other sources, as that of a source. */
  readonly firstKeyS: number;
  /** How much of the source comes before: 0 to 1; 1: nothing is left. */
  readonly shareBefore: number;
  /** As those of a source, from the place on. Shares stay those of the whole. */
  batches(): AsyncIterableIterator<PlacedBatch>;
}

/** A place in the order of play of a source: what comes from it on, and what was known before. */
export interface SourcePlace extends Rest {
  /** The last event of each wanted topic that stands before the place, in the order of play. */
  states(): Promise<readonly TopicState[]>;
  /**
   * Where events stand in the order of play: the latest times that the source has reached with them, in Unix seconds.
   * Where events of a log are out of order, it may be that of the one before.
   */
  placesOf(states: readonly TopicState[]): Promise<ArrayLike<number>>;
  /** Some events, in the order given, but for those that cannot be read. */
  eventsOf(states: readonly TopicState[]): AsyncIterable<PlacedBatch>;
}

/** A source that can be played from any time on. */
export interface SeekableSource extends Source {
  /**
   * The place of a time in the order of play: the first event that is played, and with which the source has reached that
   * time, comes behind it.
   *
   * @param timeS Unix seconds; -Infinity: before all events
   */
  from(timeS: number): Promise<SourcePlace>;
}

/** All of a source. */
export function wholeOf(source: Source): Rest {
  return { source, firstKeyS: source.firstKeyS, shareBefore: 0, batches: () => source.batches() };
}
