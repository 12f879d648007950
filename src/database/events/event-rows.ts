import type { Damage } from '../../batch/damage.js';
import type { EventId } from '../event-id.js';
import type { Rows } from '../rows.js';
import type { EventTimes } from './event-times.js';

/** The last event of a topic. Plain data. */
export interface TopicRow {
  readonly topic: string;
  /** Row id of the event. */
  readonly row: bigint;
}

/** A batch that was read, and the rows that are left: a batch ends early when it is full. */
export interface ReadResult {
  readonly buffer: ArrayBuffer;
  readonly rest: Rows | undefined;
  /**
   * Whether the rest waits until it is proved that ids ascend: see `AscendingRows`. Until then, events are read only where all that is
   * read of an event lies together. Default false.
   */
  readonly needsProof?: boolean;
}

/** What happens between the chunks of a read. */
export interface ReadBreaks {
  /** Whether the reading ends early. */
  mustEnd(): boolean;
  /** Whether there is time: chunks are small then, with a rest after each. */
  readonly mayRest: boolean;
  rest(): void;
}

/** A read without breaks. */
export const NO_BREAKS: ReadBreaks = { mustEnd: () => false, mayRest: false, rest: () => {} };

/** The events of a recording by their row ids, which ascend in the order of the recording: see `EventTable`. */
export interface TimedRows {
  bound(first: bigint, to: bigint, count: number): bigint | undefined;
  boundBack(to: bigint, count: number): bigint | undefined;
  times(first: bigint, count: number, to?: bigint): EventTimes[];
  timesOf(rows: readonly bigint[]): EventTimes[];
  takeDamage(): Damage[];
  ids(first: bigint, last: bigint): EventId[];
  /** As `bound`, for rows that are read as one batch: it may be a row that suits the recording better. Default: `bound`. */
  batchEnd?(first: bigint, to: bigint, count: number): bigint | undefined;
}

/** The topics of successive events. */
export interface TopicStep {
  /** Null where a topic is not wanted. */
  readonly topics: readonly (string | null)[];
  rowOf(index: number): bigint;
  /**
   * The data times of the event table, which are had without reading attributes, in Unix seconds; NaN where one is missing or unusable.
   * Undefined where they were not asked for, or there are none.
   */
  readonly tableTimesS?: Float64Array | undefined;
}

/** The topics of events: see `TopicStates`. */
export interface RowStates {
  /**
   * The topics of rows, in their order, some at a time. Rows that cannot be read are left out. A step is valid until the next one.
   *
   * @param needsTimes whether the times of the event table are needed, too. Default false
   */
  steps(rows: Rows, needsTimes?: boolean): Iterable<TopicStep>;
  lastOf(rows: Rows): TopicRow[];
  placesOf(rows: BigInt64Array<ArrayBuffer>, first: bigint | undefined): Float64Array<ArrayBuffer>;
  wanted(first: bigint, last: bigint): Set<bigint>;
}

/** Reads the events of a recording: see `BatchReader`. One a thread. */
export interface EventRowReader {
  readonly table: TimedRows;
  readonly states: RowStates;
  read(rows: Rows, breaks?: ReadBreaks): ReadResult;
  close(): void;
}
