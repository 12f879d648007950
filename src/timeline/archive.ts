import type { Silence } from '../database/places/silence.js';
import type { OnPreparation } from '../database/preparation.js';
import type { Recording } from '../database/recording.js';
import { describeSchema } from '../database/schema/schema.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import type { DecoderPool } from '../prepare/decoder-pool.js';
import { absoluteRanges, isAbsolute, resolveSelection } from '../selection/selection.js';
import type { Extent } from '../selection/time-point.js';
import type { TimeRange } from '../selection/time-ranges.js';
import { type TopicFilter, topicIncluder } from '../selection/topic-filter.js';
import { type ErrorCode, TcsReplayError } from '../shared/errors.js';
import { DatabaseSource, databaseOptions } from '../sources/database-source.js';
import { MockSource } from '../sources/mock-source.js';
import { ReadAheadBudget } from '../sources/read-ahead-budget.js';
import { findRecordings, type RecordingFile as Named, type PassedOver } from '../sources/recording-files.js';
import { inOrderOfTime, type Source, type SourcePlace, wholeOf } from '../sources/source.js';
import { nextSilenceOf, type Overview, overviewOf } from './activity.js';
import { pastOf } from './past.js';
import { type Run, Timeline } from './timeline.js';

/** Of a file that was merely found, these are no reason not to play the others. */
const UNREADABLE: ReadonlySet<ErrorCode> = new Set(['NO_SUCH_FILE', 'NOT_A_DATABASE', 'READ_FAILED']);

/** Who wants to know what happens before anything is played. */
export interface ArchiveListeners {
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly onPreparation?: OnPreparation | undefined;
}

/** What is sent in one go from the first event to the last. */
export interface Pass {
  /** The last event of each topic from before, in the order of play. */
  readonly past: Promise<readonly Run[]>;
  readonly timeline: Timeline;
}

/** All that a replay plays: recordings in order of time, or mock events where none are given. */
export class Archive {
  /** In order of time; of a part of the time, those that can have events in it. */
  readonly sources: readonly Source[];
  /** When the first and the last event of all recordings are due, in Unix seconds; NaN where none has a time. */
  readonly extent: Extent;
  /** Files that were found in folders, or by patterns, and cannot be read. */
  readonly unreadable: readonly PassedOver[];

  /** All databases that were looked into, selected or not, in order of time. */
  readonly recordings: readonly DatabaseSource[];
  private readonly _ranges: readonly TimeRange[] | undefined;
  private readonly _filter: TopicFilter | undefined;
  /** Those of the recordings that are played. */
  private readonly _played: readonly DatabaseSource[];

  private constructor(
    sources: readonly Source[],
    recordings: readonly DatabaseSource[],
    extent: Extent,
    ranges: readonly TimeRange[] | undefined,
    unreadable: readonly PassedOver[],
    filter: TopicFilter | undefined,
  ) {
    this._filter = filter;
    this.sources = sources;
    this.recordings = recordings;
    this.extent = extent;
    this._ranges = ranges;
    const played = new Set(sources);
    this._played = recordings.filter((recording) => played.has(recording));
    this.unreadable = unreadable;
  }

  /**
   * Finds the recordings, looks into each, and settles what of them is played.
   *
   * @param onNotice is told what was passed over, and why
   * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`, `BAD_OPTION`
   */
  static async open(
    pool: DecoderPool,
    options: ResolvedOptions,
    { onNotice = () => {}, onPreparation }: ArchiveListeners = {},
  ): Promise<Archive> {
    if (options.databases.length === 0) {
      return new Archive([new MockSource(options.sleepS)], [], NO_EXTENT, undefined, [], undefined);
    }
    const { files, passedOver } = await findRecordings(options.databases);
    const unreadable: PassedOver[] = [...passedOver];
    for (const { reason } of passedOver) onNotice(reason);
    const budget = new ReadAheadBudget(options.readAheadBytes);
    const databases = { ...databaseOptions(options, budget), onPreparation };
    const isOutside = outsideOf(options);
    /** What becomes of each file; of several failures, that of the file given first ends it. */
    const ofEach = async <F extends Named, T>(all: readonly F[], action: (file: F) => Promise<T>) => {
      const attempts = await Promise.allSettled(all.map(action));
      return attempts.flatMap((attempt, i) => {
        if (attempt.status === 'fulfilled') return [attempt.value];
        const error: unknown = attempt.reason;
        if (all[i].isNamed || !(error instanceof TcsReplayError)) throw error;
        const isStranger = error.code === 'UNKNOWN_SCHEMA';
        if (!isStranger && !UNREADABLE.has(error.code)) throw error;
        onNotice(`Passed over: ${error.message}`);
        if (!isStranger) unreadable.push({ path: all[i].path, reason: error.message });
        return [];
      });
    };
    // All are looked at before anything is made of one: that can take minutes.
    const found = await ofEach(files, async (file) => ({ ...file, ...(await pool.find(file.path)) }));
    const wanted = found.filter(({ dataTimes }) => !isOutside(dataTimes));
    const opened = await ofEach(wanted, (file) => DatabaseSource.prepare(pool, file, databases));
    const recordings = inOrderOfTime(opened);
    const ofRecordings = recordings.map(({ firstTimeS, lastTimeS }) => ({
      firstS: firstTimeS,
      lastS: lastTimeS,
    }));
    if (options.verbose) for (const { recording } of recordings) onNotice(described(recording));
    // What lies outside was not looked into: the event table says about when it is from.
    const ofOthers = found.filter((file) => !wanted.includes(file)).map(({ dataTimes }) => dataTimes);
    const extent = extentOf([...ofOthers, ...ofRecordings]);
    const { selection, filter } = options;
    if (selection === undefined)
      return new Archive(recordings, recordings, extent, undefined, unreadable, filter);
    const ranges = resolveSelection(selection, extent);
    await Promise.all(recordings.map((recording) => recording.select(ranges)));
    const selected = recordings.filter(({ mayPlay }) => mayPlay);
    return new Archive(selected, recordings, extent, ranges, unreadable, filter);
  }

  /** Due time of the last event in Unix seconds; -Infinity where none is known. */
  get lastTimeS(): number {
    return this.sources.reduce(
      (last, { lastTimeS }) => (lastTimeS > last ? lastTimeS : last),
      Number.NEGATIVE_INFINITY,
    );
  }

  /** Due time of the first event that can be played, in Unix seconds; NaN where none is known. */
  get firstTimeS(): number {
    const startS = this._ranges?.[0]?.startS ?? Number.NEGATIVE_INFINITY;
    return this.extent.firstS < startS ? startS : this.extent.firstS;
  }

  /**
   * When the next event of a topic is played: its key, in Unix seconds; undefined where there is none.
   *
   * The events in between are looked through, at about a million a second.
   *
   * @param topic a name, or a pattern as in `topics`
   * @param afterS events at or before this time do not count
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  async nextEventOf(topic: string, afterS: number): Promise<number | undefined> {
    const rests = await Promise.all(this._played.map((recording) => recording.eventsOfTopic(topic, afterS)));
    const isIncluded = topicIncluder(this._filter);
    for await (const { batch, first, end } of new Timeline(rests)) {
      for (let i = first; i < end; i++) {
        if (batch.keyS[i] > afterS && isIncluded(batch.topics[batch.topicIdOf(i)])) return batch.keyS[i];
      }
    }
    return undefined;
  }

  /** Begins a pass over all that is played: reading begins with the call. */
  pass({ prime }: { readonly prime: boolean }): Pass {
    const hasPast = prime && this._ranges !== undefined;
    const past = hasPast
      ? placesIn(this.recordings, Number.NEGATIVE_INFINITY).then(pastOf)
      : Promise.resolve([]);
    past.catch(() => {}); // Whoever plays awaits it, in its place.
    return { past, timeline: new Timeline(this.sources.map(wholeOf)) };
  }

  /**
   * Begins in the middle: what is left of a pass from a time on. Nothing of the pass is lost, repeated or put in another
   * order. Reading begins when this resolves; a pass that is given up for it is ended by its timeline's `return`, which
   * need not be awaited.
   *
   * An event's place is the latest time that its recording has reached with it: of a recording, all is left that stands
   * behind the first event which is due at the time or later; in the order of `__data_time` its data time says. Shares
   * stay those of the whole pass. A time before all events leaves everything, one behind them nothing; mock events have
   * no times, and go on.
   *
   * In the order of the table this is exact as long as no event of a log stands more than about a thousand rows behind
   * one that is due later. A table whose times do not ascend is looked through, which takes as long as to sort it.
   *
   * @param timeS Unix seconds
   * @param options.prime whether to tell the last event of each topic from before that place; where it lies outside of
   * what was selected, from before the start, or the end, of that
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  async seek(timeS: number, { prime }: { readonly prime: boolean }): Promise<Pass> {
    // What was not selected has a past all the same.
    const places = await placesIn(prime ? this.recordings : this._played, timeS);
    const past = prime ? pastOf(places) : Promise.resolve([]);
    past.catch(() => {}); // Whoever plays awaits it, in its place.
    const placeOf = new Map<Source, SourcePlace>(places.map((place) => [place.source, place]));
    return {
      past,
      timeline: new Timeline(this.sources.map((source) => placeOf.get(source) ?? wholeOf(source))),
    };
  }

  /**
   * How many events there are when, over the extent of what is played: of all recordings together, and of all topics.
   * Estimates: in a log, events are counted by their row ids; of a table whose times do not ascend some are looked at.
   * In the order of `__data_time` that time counts. It takes some tens of milliseconds, in other threads.
   *
   * @param bins number of stretches of time, 1 or more
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  overview(bins: number): Promise<Overview> {
    return overviewOf(this._played, this._ranges, bins);
  }

  /**
   * The next stretch of recorded time, from a moment on, in which nothing is played of any recording: it begins there or
   * with an event, and ends with the next one. What lies before the first event or behind the last one is none.
   *
   * All topics count, wanted or not: to tell which are wanted takes a look at each event. It is exact where times ascend;
   * where the events of a log are out of order, silences that are not much longer than that may be missed.
   *
   * A log takes a look at every stretch of that length on the way: some tenths of a second for a night and a minute, and
   * seconds where all events have to be looked at, in another thread.
   *
   * @param fromS Unix seconds
   * @param minS least length, in recorded seconds, above 0
   * @param signal gives it up
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`; the reason of `signal`
   */
  nextSilence(fromS: number, minS: number, signal?: AbortSignal): Promise<Silence | undefined> {
    return nextSilenceOf(this._played, fromS, minS, signal);
  }
}

function placesIn(recordings: readonly DatabaseSource[], timeS: number): Promise<SourcePlace[]> {
  return Promise.all(recordings.map((recording) => recording.from(timeS)));
}

/** How a database was understood. */
function described({ path, schema, sideIndexPath }: Recording): string {
  const side = sideIndexPath === undefined ? '' : `, in its place ${sideIndexPath}`;
  return `${path}: ${describeSchema(schema).join('; ')}${side}`;
}

/** Events may be due so long before a recording's first data time, or after its last one. */
const FILE_SLACK_S = 86_400;

const NO_EXTENT: Extent = { firstS: Number.NaN, lastS: Number.NaN };

function extentOf(extents: readonly Extent[]): Extent {
  // NaN is neither smaller nor larger.
  const better = (isBetter: (timeS: number, thanS: number) => boolean) => (best: number, timeS: number) =>
    Number.isNaN(best) || isBetter(timeS, best) ? timeS : best;
  return {
    firstS: extents
      .map(({ firstS }) => firstS)
      .reduce(
        better((timeS, thanS) => timeS < thanS),
        Number.NaN,
      ),
    lastS: extents
      .map(({ lastS }) => lastS)
      .reduce(
        better((timeS, thanS) => timeS > thanS),
        Number.NaN,
      ),
  };
}

/**
 * Tells recordings that cannot hold anything that is wanted from others by the data times of their first and last event,
 * so that nothing need be made of them. Only where it is known beforehand what is wanted: with times that count from the
 * first event or the last one, all recordings have a say.
 */
function outsideOf({ selection, prime }: ResolvedOptions): (times: Extent) => boolean {
  if (selection === undefined || !isAbsolute(selection)) return () => false;
  const ranges = absoluteRanges(selection);
  const [startS, endS] = [ranges[0]?.startS, ranges.at(-1)?.endS];
  if (startS === undefined || endS === undefined) return () => false;
  return ({ firstS, lastS }) => firstS - FILE_SLACK_S >= endS || (!prime && lastS + FILE_SLACK_S < startS);
}
