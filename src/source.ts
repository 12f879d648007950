import type { Batch } from './batch.js';
import type { Damage } from './damage.js';

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

/** A source that can tell what had been sent before a moment. */
export interface StatefulSource extends Source {
  /**
   * The last event of each wanted topic that was due before a moment, in the order of play.
   *
   * @param beforeS Unix seconds
   */
  statesBefore(beforeS: number): AsyncIterable<PlacedBatch>;
}
