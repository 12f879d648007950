import type { DecoderPool } from '../prepare/decoder-pool.js';
import { resolveSelection, type Selection } from '../selection/selection.js';
import type { Extent } from '../selection/time-point.js';
import { clipRanges, type Silence, type TimeRange } from '../selection/time-ranges.js';
import { type TopicFilter, topicIncluder } from '../selection/topic-filter.js';
import type { LiveSource } from '../sources/live-source.js';
import { type OpenListeners, type OpenSourcesOptions, openSources } from '../sources/open-sources.js';
import type { ReadAheadBudget } from '../sources/read-ahead-budget.js';
import type { PassedOver } from '../sources/recording-files.js';
import {
  pastUntil,
  type SeekableSource,
  type Source,
  type SourceChange,
  type SourcePlace,
  startOf,
  wholeOf,
} from '../sources/source.js';
import { nextSilenceOf, type Overview, overviewOf, silencesOf } from './activity.js';
import { pastOf } from './past.js';
import { SourceWatch } from './source-watch.js';
import { type Run, Timeline } from './timeline.js';

/** The events of an archive that are sent between its start, or a seek, and its end. */
export interface Pass {
  /** The last event of each topic before the pass, in the order of play. */
  readonly past: Promise<readonly Run[]>;
  readonly timeline: Runs;
  /** What comes after the timeline, of a recording that is being written; undefined: nothing does. */
  readonly tail?: PassTail | undefined;
}

/** What is added to a recording that is followed. */
export interface PassTail {
  /** As `Tail.next`; what was added is read as soon as the promise resolves. */
  next(signal: AbortSignal): Promise<Runs | 'interrupted' | undefined>;
}

/** The runs of a pass, in the order of play. `return` ends the reading. */
export interface Runs extends AsyncIterableIterator<Run> {
  return(): Promise<IteratorResult<Run, undefined>>;
}

/** The sources of an archive. */
export interface ArchiveSources {
  /** Recordings, selected or not, in order of time: see `inOrderOfTime`. */
  readonly recordings: readonly SeekableSource[];
  /** Sources that can only be played from their start. Selections and seeks leave them alone. Default: none. */
  readonly streams?: readonly Source[];
  /** That of `streams` which receives from live publishers. Default: there is none. */
  readonly live?: LiveSource | undefined;
  /** Times of recordings that are not opened since they lie outside of the selection. Default: none. */
  readonly outside?: readonly Extent[];
  /** Files that cannot be read. Default: none. */
  readonly unreadable?: readonly PassedOver[];
  /** Memory for what recordings read ahead. Default: not known. */
  readonly readAhead?: ReadAheadBudget | undefined;
}

export interface ArchiveOptions {
  /** Part of the recorded time that is played; undefined: all of it. */
  readonly selection: Selection | undefined;
  /** Topics that are played; undefined: all are. */
  readonly filter: TopicFilter | undefined;
}

/** How a search ahead is ended and followed. */
export interface SearchOptions {
  /** Ends the search with its reason. */
  readonly signal?: AbortSignal;
  /** Called with the share of all recordings that has been read: 0 to 1. */
  readonly onShare?: (share: number) => void;
}

const EVERYTHING: TimeRange = { startS: Number.NEGATIVE_INFINITY, endS: Number.POSITIVE_INFINITY };

/** How long topics are searched for, and how many are kept. */
const [LONGEST_TOPICS_MS, MOST_TOPICS] = [1000, 10_000];

/** How long silences are searched for before a replay, and how many are kept. */
const [LONGEST_SILENCES_MS, MOST_SILENCES] = [5000, 20_000];

interface Contents {
  readonly sources: ArchiveSources;
  readonly extent: Extent;
  /** Recordings that are played. */
  readonly played: readonly SeekableSource[];
  /** Times that are played, sorted and disjoint; undefined: all are. */
  readonly ranges: readonly TimeRange[] | undefined;
  readonly filter: TopicFilter | undefined;
  /** Asks the recordings that are played whether they have changed. */
  readonly watch: SourceWatch;
}

/** All that a replay plays: recordings in order of time, mock events, or what live publishers send. */
export class Archive {
  /** Sources that are played, in order of time: of a selection, the recordings that can have events in it. */
  readonly sources: readonly Source[];
  /** The recording that is being written, and followed; undefined: none is. */
  readonly followed: SeekableSource | undefined;
  private readonly _extent: Extent;
  /** Files that were found in folders, or by patterns, and cannot be read. */
  readonly unreadable: readonly PassedOver[];
  /** All recordings that were opened, selected or not, in order of time. */
  readonly recordings: readonly SeekableSource[];
  /** Whether it has mock events, which were never recorded. */
  readonly isMock: boolean;
  /** The source that receives from live publishers, which whoever opened the archive closes; undefined: there is none. */
  readonly live: LiveSource | undefined;
  /** Asks recordings whether they have changed. What reads them by another way than a pass has it look at the end. */
  readonly watch: SourceWatch;
  /** Memory for what recordings read ahead; undefined: none reads ahead. */
  readonly readAhead: ReadAheadBudget | undefined;
  private readonly _played: readonly SeekableSource[];
  private readonly _ranges: readonly TimeRange[] | undefined;
  private readonly _filter: TopicFilter | undefined;

  private constructor({ sources, extent, played, ranges, filter, watch }: Contents) {
    const { recordings, streams = [], live, unreadable = [], readAhead } = sources;
    this.sources = [...streams, ...played];
    this.followed = recordings.find(({ tail }) => tail !== undefined);
    this._extent = extent;
    this.unreadable = unreadable;
    this.recordings = recordings;
    this.isMock = recordings.length === 0 && live === undefined;
    this.live = live;
    this.readAhead = readAhead;
    this._played = played;
    this._ranges = ranges;
    this._filter = filter;
    this.watch = watch;
  }

  /**
   * Finds and opens recordings, and selects what of them is played.
   *
   * @throws TcsReplayError `NO_SUCH_FILE`, `NOT_A_DATABASE`, `UNKNOWN_SCHEMA`, `READ_FAILED`, `WRITE_FAILED`, `BAD_OPTION`, `BAD_ADDRESS`,
   * `SOCKET_FAILED`
   */
  static async open(
    pool: DecoderPool,
    options: OpenSourcesOptions & ArchiveOptions,
    listeners: OpenListeners = {},
  ): Promise<Archive> {
    return Archive.of(await openSources(pool, options, listeners), options, listeners);
  }

  /**
   * Composes an archive of sources, and selects what of them is played.
   *
   * @throws TcsReplayError `READ_FAILED`; `BAD_OPTION` where the selection does not fit the recordings' times
   */
  static async of(
    sources: ArchiveSources,
    { selection, filter }: ArchiveOptions,
    { onNotice }: Pick<OpenListeners, 'onNotice'> = {},
  ): Promise<Archive> {
    const { recordings, streams = [], outside = [] } = sources;
    const times = recordings.map(({ firstTimeS, lastTimeS }) => ({ firstS: firstTimeS, lastS: lastTimeS }));
    const extent = extentOf([...outside, ...times]);
    const hasRecordedTime = recordings.length > 0 || streams.length === 0;
    if (selection === undefined || !hasRecordedTime) {
      const watch = new SourceWatch(recordings, onNotice);
      return new Archive({ sources, extent, played: recordings, ranges: undefined, filter, watch });
    }
    const ranges = resolveSelection(selection, extent);
    await Promise.all(recordings.map((recording) => recording.select(ranges)));
    const played = recordings.filter(({ mayPlay }) => mayPlay);
    return new Archive({ sources, extent, played, ranges, filter, watch: new SourceWatch(played, onNotice) });
  }

  /** The part of the archive in a range of recorded time. Use it instead of the archive from then on: `changes` are those of both. */
  async within(range: TimeRange): Promise<Archive> {
    const ranges = clipRanges(this._ranges ?? [EVERYTHING], range);
    await Promise.all(this.recordings.map((recording) => recording.select(ranges)));
    const { recordings, unreadable, extent, readAhead } = this;
    const played = recordings.filter(({ mayPlay }) => mayPlay);
    const streams = this.sources.filter((source) => !this._played.includes(source as SeekableSource));
    const sources = { recordings, streams, unreadable, readAhead };
    return new Archive({ sources, extent, played, ranges, filter: this._filter, watch: this.watch });
  }

  /** Due times of the first and the last event of all recordings, in Unix seconds; NaN where none has a time. */
  get extent(): Extent {
    const { followed, _extent: opened } = this;
    if (followed === undefined) return opened;
    return extentOf([opened, { firstS: followed.firstTimeS, lastS: followed.lastTimeS }]);
  }

  /** Recordings that have changed since they were opened, as far as a pass has met that or has ended since. */
  get changes(): readonly SourceChange[] {
    return this.watch.changes;
  }

  /** The selected part of the recorded time, from the start of its first range to the end of its last; undefined: all of it. */
  get selected(): TimeRange | undefined {
    const [first, last] = [this._ranges?.[0], this._ranges?.at(-1)];
    return first && last && { startS: first.startS, endS: last.endS };
  }

  /** Whether all events of all recordings are played. */
  get isWhole(): boolean {
    return this._ranges === undefined && this._filter === undefined;
  }

  /** Recordings that are played, in order of time. */
  get played(): readonly SeekableSource[] {
    return this._played;
  }

  /** Due time of the last event that can be played, in Unix seconds; -Infinity where it is not known. */
  get lastTimeS(): number {
    const lastS = this.sources.reduce(
      (last, { lastTimeS }) => (lastTimeS > last ? lastTimeS : last),
      Number.NEGATIVE_INFINITY,
    );
    return Math.min(lastS, this._ranges?.at(-1)?.endS ?? Number.POSITIVE_INFINITY);
  }

  /** Due time of the first event that can be played, in Unix seconds; NaN where it is not known. */
  get firstTimeS(): number {
    const startS = this._ranges?.[0]?.startS ?? Number.NEGATIVE_INFINITY;
    return this.extent.firstS < startS ? startS : this.extent.firstS;
  }

  /**
   * Finds the next event of a topic. It reads the events in between, at about a million a second.
   *
   * @param topic a name, or a pattern as in the option `topics`
   * @param afterS Unix seconds; events at or before this time do not count
   * @returns the time by which the event is merged, in Unix seconds; undefined where no event follows
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`; the reason of the signal
   */
  async nextEventOf(topic: string, afterS: number, options: SearchOptions = {}): Promise<number | undefined> {
    const isIncluded = topicIncluder(this._filter);
    for await (const { batch, first, end, strays } of this._eventsOfTopic(topic, afterS, options)) {
      for (let i = first; i < end; i++) {
        if (strays?.has(i) === true) continue;
        if (batch.keyS[i] > afterS && isIncluded(batch.topics[batch.topicIdOf(i)])) return batch.keyS[i];
      }
    }
    return undefined;
  }

  /** Whether an event of a topic is played at a time or after it. Parameters and errors as for `nextEventOf`. */
  async hasEventFrom(topic: string, fromS: number, options: SearchOptions = {}): Promise<boolean> {
    const isIncluded = topicIncluder(this._filter);
    for await (const { batch, first, end } of this._eventsOfTopic(topic, fromS, options)) {
      for (let i = first; i < end; i++) if (isIncluded(batch.topics[batch.topicIdOf(i)])) return true;
    }
    return false;
  }

  private async *_eventsOfTopic(
    topic: string,
    fromS: number,
    { signal, onShare }: SearchOptions,
  ): AsyncGenerator<Run> {
    const rests = await Promise.all(this._played.map((recording) => recording.eventsOfTopic(topic, fromS)));
    signal?.throwIfAborted();
    for await (const run of new Timeline(rests)) {
      signal?.throwIfAborted();
      onShare?.(run.shareAtEnd);
      yield run;
    }
  }

  /** The topics that are played from a time on, as far as they are found within a second. */
  async topicsFrom(fromS: number): Promise<string[]> {
    const topics = new Set<string>();
    const endMs = performance.now() + LONGEST_TOPICS_MS;
    const rests = await Promise.all(this._played.map((recording) => recording.from(fromS)));
    for await (const { batch } of new Timeline(rests)) {
      for (const topic of batch.topics) topics.add(topic);
      if (performance.now() > endMs || topics.size > MOST_TOPICS) break;
    }
    return [...topics];
  }

  /**
   * Begins a pass over all that is played. Reading begins with the call.
   *
   * @param options.prime whether the pass has a past: the events before the selection
   */
  pass({ prime }: { readonly prime: boolean }): Pass {
    return {
      past: prime ? this.past() : Promise.resolve([]),
      timeline: new Timeline(this.sources.map(wholeOf), this.watch),
      tail: this._tail,
    };
  }

  /**
   * The last event of each topic before all that is played: of the events before the selection, and of what recordings hold of the time before them.
   */
  past(): Promise<readonly Run[]> {
    const startS = Number.NEGATIVE_INFINITY;
    // Without a selection there are no events before what is played.
    const places = this._ranges === undefined ? Promise.resolve([]) : placesIn(this.recordings, startS);
    const past = places.then((places) => this._pastOf(places, startS));
    past.catch(() => {}); // The player awaits it later.
    return past;
  }

  /** @param places one in each recording that has events before the time @param timeS as for `seek` */
  private async _pastOf(places: readonly SourcePlace[], timeS: number): Promise<readonly Run[]> {
    const firstS = Math.min(...this._played.map(startOf));
    const untilS = pastUntil(timeS, this._ranges);
    const states = await Promise.all(
      // Before the first event that is played nothing passes.
      this.recordings.map((recording) =>
        recording.stateBefore(Number.isFinite(firstS) ? Math.max(untilS, firstS) : untilS),
      ),
    );
    return pastOf([...states.filter((state) => state !== undefined), ...places]);
  }

  /**
   * The last event of each topic before a time, selected or not.
   *
   * @param timeS Unix seconds
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  async stateAt(timeS: number): Promise<readonly Run[]> {
    return pastOf(await placesIn(this.recordings, timeS));
  }

  /**
   * Begins a pass at a time: what is left of a whole pass from that time on. No event of it is lost, repeated or put in
   * another order. Reading begins when the promise resolves. The caller ends the former pass by `return` of its timeline,
   * which need not be awaited.
   *
   * Of each recording the events are left from the first one on that is due at the time or later; sorted by `__data_time`
   * the data time counts. Shares stay those of the whole pass. A time before all events leaves everything, a time after
   * them nothing. Mock events have no times and go on.
   *
   * In the order of the table this is exact as long as no event of a log stands more than about a thousand rows behind an
   * event that is due later. A table whose times do not ascend is read through, which takes as long as sorting it.
   *
   * @param timeS Unix seconds
   * @param options.prime whether the pass has a past: the last event of each topic before the time; where the time lies
   * outside of the selection, before the start or the end of the selection
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  async seek(timeS: number, { prime }: { readonly prime: boolean }): Promise<Pass> {
    // The past is that of all recordings, selected or not.
    const places = await placesIn(prime ? this.recordings : this._played, timeS);
    const past = prime ? this._pastOf(places, timeS) : Promise.resolve([]);
    past.catch(() => {}); // The player awaits it later.
    const placeOf = new Map<Source, SourcePlace>(places.map((place) => [place.source, place]));
    return {
      past,
      timeline: new Timeline(
        this.sources.map((source) => placeOf.get(source) ?? wholeOf(source)),
        this.watch,
      ),
      tail: this._tail,
    };
  }

  private get _tail(): PassTail | undefined {
    const { followed } = this;
    const tail = followed?.tail;
    return (
      tail && {
        next: async (signal) => {
          const added = await tail.next(signal);
          return typeof added === 'object' ? new Timeline([added]) : added;
        },
      }
    );
  }

  /**
   * Estimates how many events there are over the extent of what is played: of all recordings together, and of all topics.
   * In a log, events are counted by their row ids; a table whose times do not ascend is sampled. Sorted by `__data_time`
   * the data time counts. It takes some tens of milliseconds, in other threads.
   *
   * @param bins number of parts that the time is divided into, 1 or more
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  overview(bins: number): Promise<Overview> {
    return overviewOf(this._played, this._ranges, bins);
  }

  /**
   * Finds the next stretch of recorded time in which no recording has an event to play. It begins at `fromS` or with an
   * event, and ends with the next event. The time before the first event and after the last one is no silence.
   *
   * All topics count, wanted or not: to leave out unwanted ones, every event would have to be read. The result is exact
   * where times ascend. Where the events of a log are out of order, silences that are not much longer than the disorder
   * may be missed.
   *
   * In a log one event is read for each `minS` on the way: some tenths of a second for a night and a minute. Where all
   * events have to be read it takes seconds, in another thread.
   *
   * @param fromS Unix seconds
   * @param minS least length, in recorded seconds, above 0
   * @param signal ends the search with its reason
   * @returns undefined where there is no such silence
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`; the reason of `signal`
   */
  nextSilence(fromS: number, minS: number, signal?: AbortSignal): Promise<Silence | undefined> {
    return nextSilenceOf(this._played, fromS, minS, signal);
  }

  /**
   * Finds all stretches of recorded time without an event to play. It reads as `nextSilence` does, for some seconds at most.
   *
   * @param minS least length, in recorded seconds, above 0
   * @returns in order of time; undefined where they are not known: if only some topics are played, or there are too many
   * @throws TcsReplayError `READ_FAILED`, `WORKER_FAILED`
   */
  async silences(minS: number): Promise<readonly Silence[] | undefined> {
    if (this._filter !== undefined) return undefined;
    return silencesOf(this._played, minS, { most: MOST_SILENCES, longestMs: LONGEST_SILENCES_MS });
  }
}

function placesIn(recordings: readonly SeekableSource[], timeS: number): Promise<SourcePlace[]> {
  return Promise.all(recordings.map((recording) => recording.from(timeS)));
}

/** The least first and the largest last time; times that are NaN do not count. */
function extentOf(extents: readonly Extent[]): Extent {
  const firstS = extents.map((extent) => extent.firstS).filter((timeS) => !Number.isNaN(timeS));
  const lastS = extents.map((extent) => extent.lastS).filter((timeS) => !Number.isNaN(timeS));
  return {
    firstS: firstS.length === 0 ? Number.NaN : Math.min(...firstS),
    lastS: lastS.length === 0 ? Number.NaN : Math.max(...lastS),
  };
}
