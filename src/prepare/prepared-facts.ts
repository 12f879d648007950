import type { PayloadFormat } from '../batch/batch.js';
import type { Glance } from '../database/events/glance.js';
import type { TableShape } from '../database/places/time-rows.js';
import type { AnyRecording } from '../formats/file-recording.js';
import type { Extent } from '../selection/time-point.js';

/** How the events of a recording are arranged: its order of play, and the kind of its table. */
export type Arrangement = 'sorted' | TableShape['kind'];

/** What a prepared file knows of its recording, so that the database need not be opened. Plain data. */
export interface PreparedFacts {
  /** The recording, without what was made to read it. */
  readonly recording: AnyRecording;
  /** Whether it was read from a copy, which does not change while it is read. */
  readonly isSnapshot: boolean;
  /** See `FoundRecording.dataTimes`. */
  readonly dataTimes: Extent;
  /** See `Source.firstKeyS`. */
  readonly firstKeyS: number;
  readonly glance: Glance;
  readonly arrangement: Arrangement;
  readonly format: PayloadFormat;
  /** The topics that have numbers, each at its own; the others are known only to the blocks. */
  readonly topics: readonly string[];
}
