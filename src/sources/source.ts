import type { Batch } from '../batch/batch.js';
import type { Damage } from '../batch/damage.js';
import type { Glance } from '../database/events/glance.js';
import type { AttributeHistory } from '../database/places/attribute-history.js';
import type { TimeBins } from '../database/places/time-bins.js';
import type { TopicCounts } from '../database/places/topic-counts.js';
import type { RowRange } from '../database/rows.js';
import type { SourceFacts } from '../formats/format-facts.js';
import type { Silence, TimeRange } from '../selection/time-ranges.js';

/** A batch with its position in a source. */
export interface PlacedBatch {
  readonly batch: Batch;
  /** Share of the source that has been read when this batch ends: 0 to 1. */
  readonly shareAtEnd: number;
}

/** Events in one order of play: a recording, or a stream such as mock events. */
export interface Source {
  /** Names the source in messages: a path. */
  readonly name: string;
  /** Whether its events come at this moment, so that no event is judged by those after it. Default false. */
  readonly isLive?: boolean;
  /** What cannot be read, as far as that is known before reading. Batches report the rest. */
  readonly damage: readonly Damage[];
  /** Size of what is read, in bytes. */
  readonly sizeBytes: number;
  /** Due times of the first and the last event in Unix seconds; NaN where they are not known. */
  readonly firstTimeS: number;
  readonly lastTimeS: number;
  /** Time from which on the events are merged with those of other sources, in Unix seconds; NaN: from the start. */
  readonly firstKeyS: number;
  /**
   * Begins a pass over the events, in the order of play. Reading begins with the call, ahead of the consumer, which owns
   * each batch that it takes. `return` stops the reading, whether or not a batch was taken.
   */
  batches(): AsyncIterableIterator<PlacedBatch>;
}

/** The part of a source from a position in its order of play to its end. */
export interface Rest {
  readonly source: Source;
  /** Time from which on the events are merged with those of other sources: see `Source.firstKeyS`. */
  readonly firstKeyS: number;
  /** Share of the source that stands before: 0 to 1; 1: nothing is left. */
  readonly shareBefore: number;
  /** As `Source.batches`, from the position on. Shares are those of the whole source. */
  batches(): AsyncIterableIterator<PlacedBatch>;
}

/** The last event of a topic before a position. A source keeps in it what it needs to find that event again. */
export interface TopicState {
  readonly topic: string;
}

/**
 * Events of a source that are known at a position in its order of play.
 *
 * @typeParam S states of the source; they are only handed back to where they come from
 */
export interface KnownEvents<S extends TopicState = TopicState> {
  readonly source: Source;
  /**
   * The last event of each wanted topic before the position, in the order of play: of all events, also of those that are
   * not selected. Where the position lies outside of the selected ranges, `pastUntil` tells where the past ends.
   */
  states(): Promise<readonly S[]>;
  /**
   * Positions of events in the order of play: the latest times that the source has reached with them, in Unix seconds.
   * Where events are out of order, the time may be that of the event before.
   */
  placesOf(states: readonly S[]): Promise<ArrayLike<number>>;
  /** Reads events, in the order given. Events that cannot be read are left out. */
  eventsOf(states: readonly S[]): AsyncIterable<PlacedBatch>;
}

/** A position in the order of play of a source: what is played from it on, and the events before it. */
export interface SourcePlace<S extends TopicState = TopicState> extends Rest, KnownEvents<S> {
  readonly source: Source;
}

/** How a source has changed since it was opened. */
export interface SourceChange {
  readonly path: string;
  /** `appended`: rows were added at its end, which are not played, and no other change was found; `changed`: anything else. */
  readonly kind: 'appended' | 'changed';
  /** What was found, in some words. */
  readonly found: string;
}

/** What comes of a source that is being written after all that is known of it. */
export interface Tail {
  /**
   * Waits until there is more, which is part of the source from then on: a pass or a place that is begun later has it, too.
   *
   * @param signal ends the wait; what has been found by then is found by the next call
   * @returns what has been added; `interrupted`: by `signal`; undefined: nothing more will come
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  next(signal: AbortSignal): Promise<Rest | 'interrupted' | undefined>;
}

/** A source that can be played from any time on: a recording. */
export interface SeekableSource<S extends TopicState = TopicState> extends Source {
  /** Whether there may be events to play within the selected ranges. */
  readonly mayPlay: boolean;
  /**
   * Plays only events that are due within ranges of time. Until it is called all events are played.
   *
   * @param ranges sorted and disjoint
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  select(ranges: readonly TimeRange[]): Promise<void>;
  /**
   * Finds the position of a time in the order of play: the first event that is played, and with which the source has
   * reached that time, comes after it.
   *
   * @param timeS Unix seconds; -Infinity: before all events
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  from(timeS: number): Promise<SourcePlace<S>>;
  /**
   * What the source holds of the time before it, beside its own events: the last event of each wanted topic.
   *
   * @param untilS Unix seconds: the time at which these events are to be known
   * @returns undefined where it holds nothing of it
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  stateBefore(untilS: number): Promise<KnownEvents<S> | undefined>;
  /**
   * The played events of one topic from a time on.
   *
   * @param topic a name, or a pattern as in the option `topics`
   * @param timeS as for `from`
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  eventsOfTopic(topic: string, timeS: number): Promise<Rest>;
  /**
   * Looks at some events, played or not, without reading much.
   *
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  glance(): Promise<Glance>;
  /**
   * Estimates the number of events, played or not, between each two successive times.
   *
   * @param cutsS ascending, Unix seconds
   * @returns one number less than there are times
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  countsBetween(cutsS: Float64Array<ArrayBuffer>): Promise<ArrayLike<number>>;
  /**
   * Finds the next stretch of time without events in the order of play. All topics count, within the selected ranges. It
   * begins at `fromS` or with an event, and ends with the next event, or at Infinity after the last one.
   *
   * @param fromS Unix seconds
   * @param minS least length in seconds
   * @param signal ends the search with its reason
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`; the reason of `signal`
   */
  nextSilence(fromS: number, minS: number, signal?: AbortSignal): Promise<Silence>;
  /** Undefined: the source is not followed, and ends with what was there when it was opened. */
  readonly tail?: Tail | undefined;
  /** Number of all its events, played or not, where its file tells it. Default: not known without reading them. */
  readonly eventCount?: number | undefined;
  /** How the source was understood, in words, with its name. */
  readonly description: string;
  /**
   * What the source is, without reading its events.
   *
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  facts(): Promise<SourceFacts>;
  /**
   * What surveys its events without playing them. Default: nothing does.
   *
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  survey?(): Promise<SourceSurvey>;
  /** How the source has changed since it was opened; undefined: it has not. Never rejects. */
  change(): Promise<SourceChange | undefined>;
}

/** Surveys the events of a source that are played, part by part, each in some tens of milliseconds of a thread. */
export interface SourceSurvey {
  /** The rows that can hold events of a stretch of time, cut into parts, in their order. Times in Unix seconds. */
  parts(fromS: number, toS: number): Promise<RowRange[]>;
  /**
   * Counts the events of a part by topic and time.
   *
   * @param samples number of places at which some events are read, for an estimate. Default: all are read
   */
  topicCounts(part: RowRange, bins: TimeBins, samples?: number): Promise<TopicCounts>;
  /** Reads the values of an attribute of a topic in a part. @param samples as for `topicCounts` */
  history(
    part: RowRange,
    topic: string,
    attribute: string,
    bins: TimeBins,
    samples?: number,
  ): Promise<AttributeHistory>;
}

/** Sorts sources by the time of their first event. Sources without one come first; equal ones keep their order. */
export function inOrderOfTime<T extends Source>(sources: readonly T[]): T[] {
  return [...sources].sort((a, b) => startOf(a) - startOf(b) || 0);
}

/** When a source begins: a finite number; that of a source without a time is before all others. */
export function startOf({ firstKeyS }: Pick<Source, 'firstKeyS'>): number {
  return Number.isNaN(firstKeyS) ? -Number.MAX_VALUE : firstKeyS;
}

/** The first key of what a source plays from a time on: see `Rest.firstKeyS`. */
export function firstKeyFrom(source: Pick<Source, 'firstKeyS'>, timeS: number): number {
  return timeS <= startOf(source) ? source.firstKeyS : timeS;
}

/**
 * The time up to which events are past at a seek time: the seek time, clamped to the selected ranges. Events before the
 * first range are past when play begins there; events after the last range never are.
 */
export function pastUntil(timeS: number, ranges: readonly TimeRange[] | undefined): number {
  const [first, last] = [ranges?.[0], ranges?.at(-1)];
  if (first === undefined || last === undefined) return timeS;
  return Math.min(Math.max(timeS, first.startS), last.endS);
}

/** All of a source. */
export function wholeOf(source: Source): Rest {
  return { source, firstKeyS: source.firstKeyS, shareBefore: 0, batches: () => source.batches() };
}
