import { addOddities, noWarnings, type Warnings } from '../../batch/warnings.js';
import type { Run } from '../../timeline/timeline.js';
import { type Disorder, DisorderCount } from './disorder.js';
import { highWaterMarkFor } from './high-water-mark.js';
import { type NightFacts, NightSurvey } from './night-survey.js';
import { type Gaps, Silences } from './silences.js';
import { type ProfileBudget, type TopicFacts, TopicSurvey } from './topic-survey.js';
import { type Peak, WindowPeak } from './window-peak.js';

export interface SurveyOptions {
  /** Time zone of the nights: a name of the IANA database, such as `America/Chicago`. */
  readonly timezone: string;
  /** Silences longer than this are gaps; seconds, 0 or more. */
  readonly gapS: number;
  /** Speed of the replay that peaks are for; Infinity: as fast as possible, without peaks. */
  readonly speedup: number;
}

/** The events of a file. Times are Unix seconds; NaN where no event has a time. */
interface FileSpan {
  readonly events: number;
  /** Events of topics that were not asked for. */
  readonly filtered: number;
  /** Smallest and largest due time. */
  readonly firstS: number;
  readonly lastS: number;
}

/** Events that a wrong clock has recorded: they are sent with the events around them, and their times count nowhere else. */
export interface Strays {
  readonly events: number;
  /** The first one in the order of play; undefined where there are none. */
  readonly first:
    | {
        readonly topic: string;
        /** The time by which it would be due, in Unix seconds. */
        readonly dueS: number;
        /** The latest time of the events before it in its file, in Unix seconds; NaN: none has one. */
        readonly atS: number;
        /** Index in `files`. */
        readonly file: number;
      }
    | undefined;
}

/** The events of all files. Times are Unix seconds; NaN where no event has a time. */
export interface SurveyFacts {
  readonly events: number;
  /** Events of topics that were not asked for. */
  readonly filtered: number;
  /** Size of topics and payloads as they are sent with values converted. */
  readonly bytes: number;
  /** Smallest and largest due time. */
  readonly firstS: number;
  readonly lastS: number;
  /** In the order of `beginFile`. */
  readonly files: readonly FileSpan[];
  readonly nights: readonly NightFacts[];
  /** Events with a time in none of `nights`: there are too many nights, or the time is beyond four-digit years. */
  readonly eventsOfOtherNights: number;
  readonly gaps: Gaps;
  readonly disorder: Disorder;
  readonly strays: Strays;
  /** The most in any 10 ms and any second of the replay; undefined at `speedup` Infinity, where the machine limits. */
  readonly peaks: { readonly in10ms: Peak; readonly in1s: Peak } | undefined;
  /** The high-water mark that suits the peak; undefined at `speedup` Infinity. */
  readonly highWaterMark: number | undefined;
  /** As a replay counts them. */
  readonly warnings: Warnings;
  /** In order of first occurrence. */
  readonly topics: readonly TopicFacts[];
  /** Events of topics beyond the 65,536 in `topics`. */
  readonly eventsOfOtherTopics: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const [SHORT_S, LONG_S] = [0.01, 1];
const MOST_TOPICS = 1 << 16;
const MOST_PROFILES = 100_000;
const MOST_GAPS = 20;
const MOST_ACTIVITY_STEPS = 48;

/**
 * Collects statistics about events in the order of play. It keeps counts, not events: memory does not grow with their
 * number.
 *
 * Peaks are of the times at which a replay sends events at the recorded pace: when they are due, but not before those
 * ahead of them.
 */
export class Survey {
  private readonly _topics = new Map<string, TopicSurvey>();
  private readonly _budget: ProfileBudget = { left: MOST_PROFILES };
  private readonly _otherTopics = new TopicSurvey('', { left: 0 });
  private readonly _warnings = noWarnings();
  private readonly _nights: NightSurvey;
  private readonly _silences: Silences;
  private readonly _disorder = new DisorderCount();
  private _strays: Strays = { events: 0, first: undefined };
  private readonly _peaks: readonly [WindowPeak, WindowPeak] | undefined;
  private _events = 0;
  private _filtered = 0;
  private _bytes = 0;
  private readonly _files: Mutable<FileSpan>[] = [];
  private _firstS = Number.POSITIVE_INFINITY;
  private readonly _gapS: number;
  /** Total length so far of the gaps longer than `gapS`, in order of play. */
  private _silentS = 0;
  /** When the last event is sent: the largest due time so far. */
  private _sentS = Number.NEGATIVE_INFINITY;
  // Events without a time before the first one with a time: they are sent with that.
  private _headEvents = 0;
  private _headBytes = 0;

  /** @throws TcsReplayError `BAD_OPTION` for an unknown time zone */
  constructor({ timezone, gapS, speedup }: SurveyOptions) {
    this._nights = new NightSurvey(timezone);
    this._gapS = gapS;
    this._silences = new Silences(gapS);
    // A second of the replay is `speedup` seconds of the recording.
    if (speedup < Number.POSITIVE_INFINITY)
      this._peaks = [new WindowPeak(SHORT_S * speedup), new WindowPeak(LONG_S * speedup)];
  }

  /** Number of events so far. */
  get events(): number {
    return this._events;
  }

  /**
   * Begins a file.
   *
   * @returns its number, for `add`
   */
  beginFile(): number {
    return this._files.push({ events: 0, filtered: 0, firstS: Number.NaN, lastS: Number.NaN }) - 1;
  }

  /**
   * Adds the next events in the order of play: those of a batch from `first` up to but excluding `end`. All events of a
   * batch are to be added, in order.
   *
   * @param batch in JSON, with times as recorded and values converted
   * @param fileNumber from `beginFile`
   */
  add(
    { batch, first, end: endOfRun, strays }: Pick<Run, 'batch' | 'first' | 'end' | 'strays'>,
    fileNumber: number,
  ): void {
    const [eventsBefore, filteredBefore] = [this._events, this._filtered];
    const file = this._files[fileNumber];
    addOddities(this._warnings, batch.oddities, first, endOfRun);
    const topics = batch.topics.map((topic) => this._topicOf(topic));
    const { dueS: times, payloads } = batch;
    let start = batch.startOf(first);
    for (let i = first; i < endOfRun; i++) {
      const end = batch.endOf(i);
      const isStray = strays?.has(i) === true;
      const dueS = isStray ? Number.NaN : times[i];
      const topic = topics[batch.topicIdOf(i)];
      if (isStray) this._addStray(batch.topics[batch.topicIdOf(i)], times[i], fileNumber);
      const sizeBytes = topic.nameBytes + end - start;
      this._addMoment(dueS, sizeBytes);
      topic.add(dueS, end - start, this._silentS);
      if (topic.wantsSample) topic.sample(payloads.subarray(start, end));
      this._filtered += batch.skippedBefore(i);
      this._bytes += sizeBytes;
      if (!(dueS >= file.firstS) && !Number.isNaN(dueS)) file.firstS = dueS;
      if (!(dueS <= file.lastS) && !Number.isNaN(dueS)) file.lastS = dueS;
      start = end;
    }
    this._events += endOfRun - first;
    if (endOfRun === batch.count) this._filtered += batch.skippedAtEnd;
    file.events += this._events - eventsBefore;
    file.filtered += this._filtered - filteredBefore;
  }

  /** The statistics so far. Call it once, after all events. */
  facts(): SurveyFacts {
    const hasTimes = this._firstS < Number.POSITIVE_INFINITY;
    // If no event has a time, all are sent at once.
    if (!hasTimes && this._headEvents > 0) this._send(Number.NaN, this._headEvents, this._headBytes);
    const topics = [...this._topics.values()].map(({ facts }) => facts);
    const peaks = this._peaks && {
      in10ms: inReplay(this._peaks[0], SHORT_S),
      in1s: inReplay(this._peaks[1], LONG_S),
    };
    return {
      events: this._events,
      filtered: this._filtered,
      bytes: this._bytes,
      firstS: hasTimes ? this._firstS : Number.NaN,
      lastS: hasTimes ? this._sentS : Number.NaN,
      files: this._files.map((file) => ({ ...file })),
      nights: this._nights.facts(MOST_ACTIVITY_STEPS),
      eventsOfOtherNights: this._nights.otherEvents,
      gaps: this._silences.gaps(MOST_GAPS),
      disorder: this._disorder.disorder,
      strays: this._strays,
      peaks,
      highWaterMark: peaks && highWaterMarkFor(peaks.in1s.events),
      warnings: { ...this._warnings },
      topics,
      eventsOfOtherTopics: this._otherTopics.facts.events,
    };
  }

  private _addStray(topic: string, dueS: number, file: number): void {
    const { events, first = { topic, dueS, atS: this._files[file].lastS, file } } = this._strays;
    this._strays = { events: events + 1, first };
  }

  private _addMoment(dueS: number, sizeBytes: number): void {
    if (Number.isNaN(dueS)) {
      if (this._sentS === Number.NEGATIVE_INFINITY) {
        this._headEvents += 1;
        this._headBytes += sizeBytes;
      } else this._send(this._sentS, 1, sizeBytes);
      return;
    }
    if (dueS < this._firstS) this._firstS = dueS;
    if (dueS > this._sentS) {
      const stepS = dueS - this._sentS;
      if (stepS > this._gapS && stepS < Number.POSITIVE_INFINITY) this._silentS += stepS;
      this._sentS = dueS;
    }
    this._silences.add(dueS);
    this._nights.add(dueS);
    this._disorder.add(dueS);
    this._send(this._sentS, 1 + this._headEvents, sizeBytes + this._headBytes);
    this._headEvents = 0;
    this._headBytes = 0;
  }

  private _send(timeS: number, events: number, sizeBytes: number): void {
    if (this._peaks === undefined) return;
    this._peaks[0].add(timeS, events, sizeBytes);
    this._peaks[1].add(timeS, events, sizeBytes);
  }

  private _topicOf(name: string): TopicSurvey {
    let topic = this._topics.get(name);
    if (topic !== undefined) return topic;
    if (this._topics.size >= MOST_TOPICS) return this._otherTopics;
    topic = new TopicSurvey(name, this._budget);
    this._topics.set(name, topic);
    return topic;
  }
}

/** A peak, with the width of its window in replay time. */
function inReplay(window: WindowPeak, windowS: number): Peak {
  return { ...window.peak, windowS };
}
