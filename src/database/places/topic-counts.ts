import type { Damage } from '../../batch/damage.js';
import { RangeCursor, type TimeRange } from '../../selection/time-ranges.js';
import type { RowStates, TimedRows } from '../events/event-rows.js';
import type { EventTimes } from '../events/event-times.js';
import type { GoOn } from '../go-on.js';
import type { RowRange } from '../rows.js';
import { binOf, type TimeBins } from './time-bins.js';

/** Events whose times and topics are read together. */
const EVENTS_A_STEP = 1024;
/** Events of one sample: fewer are read by SQLite, whose own cost is then the larger part. */
const EVENTS_A_SAMPLE = 64;

/** How many events of which topics are due when. Plain data. */
export interface TopicCounts {
  readonly topics: readonly string[];
  /** The first bin in which there is an event; counts begin there. */
  readonly firstBin: number;
  /** For each topic the counts of its bins, one topic after the other: of each as many. */
  readonly counts: Float64Array<ArrayBuffer>;
  /** What could not be read. */
  readonly damage: readonly Damage[];
  /** Due times of the first and the last event that was read; NaN: none has a time. */
  readonly firstS: number;
  readonly lastS: number;
}

export interface TopicCountsOptions {
  readonly bins: TimeBins;
  /** Events that are due outside of them do not count; undefined: all times count. */
  readonly ranges: readonly TimeRange[] | undefined;
  /** Number of places at which some events are read, for an estimate; undefined: all are read. */
  readonly samples: number | undefined;
}

/** Counts the events of rows by topic and time, or estimates their numbers. */
export function topicCounts(
  table: TimedRows,
  states: RowStates,
  rows: RowRange,
  { bins, ranges, samples }: TopicCountsOptions,
  goOn: GoOn,
): TopicCounts {
  const counter = new Counter(bins, ranges);
  if (samples === undefined) countAll(table, states, rows, counter, goOn);
  else countSamples(table, states, rows, samples, counter, goOn);
  return counter.counts(table.takeDamage());
}

function countAll(
  table: TimedRows,
  states: RowStates,
  { first, last }: RowRange,
  counter: Counter,
  goOn: GoOn,
): void {
  for (let from = first; from <= last; ) {
    goOn();
    const times = table.times(from, EVENTS_A_STEP, last);
    const end = times.at(-1)?.row;
    if (end === undefined) return;
    addTopics(states, times, (topic, timeS) => counter.add(topic, timeS, 1));
    from = end + 1n;
  }
}

/** Each event that is read stands for as many as there are in its part of the rows. */
function countSamples(
  table: TimedRows,
  states: RowStates,
  { first, last }: RowRange,
  samples: number,
  counter: Counter,
  goOn: GoOn,
): void {
  const part = (last - first) / BigInt(samples) + 1n;
  for (let from = first; from <= last; from += part) {
    goOn();
    const end = from + part - 1n < last ? from + part - 1n : last;
    const times = table.times(from, EVENTS_A_SAMPLE, end);
    const read = times.at(-1)?.row;
    if (read === undefined) continue;
    const weight = Number(end - from + 1n) / Number(read - from + 1n);
    addTopics(states, times, (topic, timeS) => counter.add(topic, timeS, weight));
  }
}

/** @param times of one event or more, whose rows ascend */
function addTopics(
  states: RowStates,
  times: readonly EventTimes[],
  add: (topic: string, timeS: number) => void,
): void {
  let at = 0;
  const rows = { first: times[0].row, last: times[times.length - 1].row };
  for (const { topics, rowOf } of states.steps(rows)) {
    for (const [i, topic] of topics.entries()) {
      if (topic === null) continue;
      const row = rowOf(i);
      while (at < times.length && times[at].row < row) at += 1;
      if (at < times.length && times[at].row === row) add(topic, times[at].dueTimeS);
    }
  }
}

class Counter {
  private readonly _bins: TimeBins;
  private readonly _selected: RangeCursor | undefined;
  private readonly _ofTopics = new Map<string, Float64Array>();
  private _firstBin = Number.POSITIVE_INFINITY;
  private _lastBin = -1;
  private _firstS = Number.NaN;
  private _lastS = Number.NaN;

  constructor(bins: TimeBins, ranges: readonly TimeRange[] | undefined) {
    this._bins = bins;
    this._selected = ranges && new RangeCursor(ranges);
  }

  add(topic: string, timeS: number, events: number): void {
    if (Number.isNaN(timeS)) return;
    if (Number.isNaN(this._firstS)) this._firstS = timeS;
    this._lastS = timeS;
    const bin = binOf(timeS, this._bins);
    if (bin === -1 || this._selected?.isWithin(timeS) === false) return;
    let counts = this._ofTopics.get(topic);
    if (counts === undefined) {
      counts = new Float64Array(this._bins.bins);
      this._ofTopics.set(topic, counts);
    }
    counts[bin] += events;
    if (bin < this._firstBin) this._firstBin = bin;
    if (bin > this._lastBin) this._lastBin = bin;
  }

  counts(damage: readonly Damage[]): TopicCounts {
    const firstBin = this._lastBin === -1 ? 0 : this._firstBin;
    const length = this._lastBin === -1 ? 0 : this._lastBin + 1 - firstBin;
    const counts = new Float64Array(this._ofTopics.size * length);
    for (const [i, ofTopic] of [...this._ofTopics.values()].entries())
      counts.set(ofTopic.subarray(firstBin, firstBin + length), i * length);
    return {
      topics: [...this._ofTopics.keys()],
      firstBin,
      counts,
      damage,
      firstS: this._firstS,
      lastS: this._lastS,
    };
  }
}
