import type { Damage } from '../../batch/damage.js';
import { RangeCursor, type TimeRange } from '../../selection/time-ranges.js';
import type { RowStates, TimedRows, TopicStep } from '../events/event-rows.js';
import type { GoOn } from '../go-on.js';
import type { RowRange } from '../rows.js';
import { rowSamples } from './row-samples.js';
import { binOf, type TimeBins } from './time-bins.js';

/** Events of one sample: with fewer, the own cost of a statement is the larger part. */
const EVENTS_A_SAMPLE = 64;

/** How many events of which topics there are when. Plain data. */
export interface TopicCounts {
  readonly topics: readonly string[];
  /** The first bin in which there is an event; counts begin there. */
  readonly firstBin: number;
  /** For each topic the counts of its bins, one topic after the other: of each as many. */
  readonly counts: Float64Array<ArrayBuffer>;
  /** What could not be read. */
  readonly damage: readonly Damage[];
  /** Times of the first and the last event that was read; NaN: none has a time. */
  readonly firstS: number;
  readonly lastS: number;
}

export interface TopicCountsOptions {
  readonly bins: TimeBins;
  /** Events outside of them do not count; undefined: all times count. */
  readonly ranges: readonly TimeRange[] | undefined;
  /** Number of places at which some events are read, for an estimate; undefined: all are read. */
  readonly samples: number | undefined;
}

/**
 * Counts the events of rows by topic and time, or estimates their numbers. Where the event table has a time of its own, that counts: the
 * due time is mostly an attribute, and reading it would be to read the whole database.
 */
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

function countAll(table: TimedRows, states: RowStates, rows: RowRange, counter: Counter, goOn: GoOn): void {
  for (const step of states.steps(rows, true)) {
    goOn();
    addStep(table, step, (topic, timeS) => counter.add(topic, timeS, 1));
  }
}

/** Each event that is read stands for as many as there are in its part of the rows. */
function countSamples(
  table: TimedRows,
  states: RowStates,
  rows: RowRange,
  samples: number,
  counter: Counter,
  goOn: GoOn,
): void {
  for (const { weight, ...sample } of rowSamples(table, rows, samples, EVENTS_A_SAMPLE)) {
    goOn();
    for (const step of states.steps(sample, true))
      addStep(table, step, (topic, timeS) => counter.add(topic, timeS, weight));
  }
}

/** Adds the events of a step: each at the time of the event table, or else at its due time. */
function addStep(table: TimedRows, step: TopicStep, add: (topic: string, timeS: number) => void): void {
  const { topics, tableTimesS } = step;
  let isTimed = true;
  for (const [i, topic] of topics.entries()) {
    if (topic === null) continue;
    const timeS = tableTimesS === undefined ? Number.NaN : tableTimesS[i];
    if (Number.isNaN(timeS)) isTimed = false;
    else add(topic, timeS);
  }
  if (!isTimed) addAtDueTimes(table, step, add);
}

/** Adds those events of a step that have no time in the event table, each at its due time. */
function addAtDueTimes(
  table: TimedRows,
  { topics, tableTimesS, rowOf }: TopicStep,
  add: (topic: string, timeS: number) => void,
): void {
  const [first, last] = [rowOf(0), rowOf(topics.length - 1)];
  const times = table.times(first, Number(last - first) + 1, last);
  let next = 0;
  for (const [i, topic] of topics.entries()) {
    const row = rowOf(i);
    // Both are in the order of the table; those that could not be read are missing in one of them.
    while (next < times.length && times[next].row < row) next += 1;
    if (topic === null || times[next]?.row !== row) continue;
    if (tableTimesS === undefined || Number.isNaN(tableTimesS[i])) add(topic, times[next].dueTimeS);
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
