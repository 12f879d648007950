import { Batch } from '../../batch/batch.js';
import { AttributeReader, numberOf } from '../../payload/attribute-reader.js';
import { RangeCursor, type TimeRange } from '../../selection/time-ranges.js';
import type { EventRowReader } from '../events/event-rows.js';
import type { GoOn } from '../go-on.js';
import type { RowRange, Rows } from '../rows.js';
import { rowSamples } from './row-samples.js';
import { binOf, type TimeBins } from './time-bins.js';

/** Changes that are kept of a value; of more, the first ones of each bin. */
const MOST_CHANGES = 4096;

/** Events of one sample: some of a topic that one event in a hundred has. */
const EVENTS_A_SAMPLE = 128;

/** A value of an attribute, and from when on it held. */
export interface ValueChange {
  readonly atS: number;
  /** Null: the event had no value. */
  readonly value: string | null;
}

/** The values that an attribute had, in the order of the rows. Plain data. */
export interface AttributeHistory {
  /** The first bin in which there is a number; `min` and `max` begin there. */
  readonly firstBin: number;
  /** The least and the largest number of each bin; NaN: there is none. */
  readonly min: Float64Array<ArrayBuffer>;
  readonly max: Float64Array<ArrayBuffer>;
  /** Values that differ from the one before, with the first one; none where all are numbers. */
  readonly changes: readonly ValueChange[];
  /** Whether changes were left out. */
  readonly isThinned: boolean;
  /** Number of values that are numbers, and of those that are not. */
  readonly numbers: number;
  readonly others: number;
}

export interface AttributeHistoryOptions {
  readonly topic: string;
  readonly attribute: string;
  readonly bins: TimeBins;
  /** Times that count; undefined: all. */
  readonly ranges: readonly TimeRange[] | undefined;
  /** Number of places at which some events are read, for a first picture; undefined: all are read. */
  readonly samples: number | undefined;
}

/** Reads the values of one attribute of one topic. @param reader of events of this topic, as JSON */
export function attributeHistory(
  reader: EventRowReader,
  range: RowRange,
  { topic, attribute, bins, ranges, samples }: AttributeHistoryOptions,
  goOn: GoOn,
): AttributeHistory {
  const values = new Values(bins);
  const attributes = new AttributeReader();
  const selected = ranges && new RangeCursor(ranges);
  const stretches =
    samples === undefined ? [range] : rowSamples(reader.table, range, samples, EVENTS_A_SAMPLE);
  for (const { first, last } of stretches) {
    let rows: Rows | undefined = { first, last };
    while (rows !== undefined) {
      goOn();
      const { buffer, rest } = reader.read(rows);
      const batch: Batch = new Batch(buffer);
      const id = batch.topics.indexOf(topic);
      for (let i = 0; i < batch.count; i++) {
        const dueS = batch.dueS[i];
        if (batch.topicIdOf(i) !== id || selected?.isWithin(dueS) === false) continue;
        const payload = batch.payloads.subarray(batch.startOf(i), batch.endOf(i));
        values.add(dueS, attributes.textOf(payload, attribute));
      }
      rows = rest;
    }
  }
  return values.history();
}

class Values {
  private readonly _bins: TimeBins;
  private readonly _min: Float64Array;
  private readonly _max: Float64Array;
  private readonly _changes: ValueChange[] = [];
  private _isThinned = false;
  private _firstBin = Number.POSITIVE_INFINITY;
  private _lastBin = -1;
  private _lastChangeBin = -1;
  private _last: string | null | undefined;
  private _numbers = 0;
  private _others = 0;

  constructor(bins: TimeBins) {
    this._bins = bins;
    this._min = new Float64Array(bins.bins).fill(Number.NaN);
    this._max = new Float64Array(bins.bins).fill(Number.NaN);
  }

  add(timeS: number, text: string | undefined): void {
    const bin = binOf(timeS, this._bins);
    if (bin === -1) return;
    this._addChange(bin, timeS, text ?? null);
    if (text === undefined) return;
    const number = numberOf(text);
    if (Number.isNaN(number)) {
      this._others += 1;
      return;
    }
    this._numbers += 1;
    if (!Number.isFinite(number)) return;
    // NaN is neither below nor above.
    if (!(this._min[bin] <= number)) this._min[bin] = number;
    if (!(this._max[bin] >= number)) this._max[bin] = number;
    if (bin < this._firstBin) this._firstBin = bin;
    if (bin > this._lastBin) this._lastBin = bin;
  }

  history(): AttributeHistory {
    const firstBin = this._lastBin === -1 ? 0 : this._firstBin;
    return {
      firstBin,
      min: this._min.slice(firstBin, this._lastBin + 1),
      max: this._max.slice(firstBin, this._lastBin + 1),
      changes: this._others === 0 ? [] : this._changes,
      isThinned: this._isThinned,
      numbers: this._numbers,
      others: this._others,
    };
  }

  private _addChange(bin: number, atS: number, value: string | null): void {
    if (value === this._last) return;
    this._last = value;
    if (this._changes.length >= MOST_CHANGES && bin === this._lastChangeBin) {
      this._isThinned = true;
      return;
    }
    this._lastChangeBin = bin;
    this._changes.push({ atS, value });
  }
}
