import type { AttributeHistory, ValueChange } from '../../database/places/attribute-history.js';
import type { TimeBins } from '../../database/places/time-bins.js';
import type { Archive } from '../../timeline/archive.js';
import type { Job } from './shared-job.js';
import { forEachPart, surveyParts } from './survey-parts.js';

/** Changes of a part: the longest ones are of states that flicker. */
const MOST_CHANGES = 2000;

/** The values of one attribute over time, part by part. */
export class SeriesJob implements Job {
  /** The least and the largest number of each bin; NaN: there is none, or it is not read yet. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  done = 0;
  private readonly _archive: Archive;
  private readonly _topic: string;
  private readonly _attribute: string;
  private readonly _bins: TimeBins;
  private readonly _changes: ValueChange[][] = [];
  private _numbers = 0;
  private _others = 0;
  private _isThinned = false;

  constructor(archive: Archive, topic: string, attribute: string, bins: TimeBins) {
    this._archive = archive;
    this._topic = topic;
    this._attribute = attribute;
    this._bins = bins;
    this.min = new Float64Array(bins.bins).fill(Number.NaN);
    this.max = new Float64Array(bins.bins).fill(Number.NaN);
  }

  /** `state` where more values are no numbers than are. */
  get kind(): 'number' | 'state' {
    return this._others > this._numbers ? 'state' : 'number';
  }

  get sizeBytes(): number {
    return 16 * this._bins.bins + 64 * this._changes.reduce((sum, { length }) => sum + length, 0);
  }

  async run(signal: AbortSignal): Promise<void> {
    const parts = await surveyParts(this._archive, this._bins);
    let left = parts.length;
    await forEachPart(parts, signal, async ({ survey, rows, number }) => {
      this._add(number, await survey.history(rows, this._topic, this._attribute, this._bins));
      left -= 1;
      this.done = 1 - left / parts.length;
    });
    this.done = 1;
  }

  /** The changes of a state, in order of time, each from when the value held. */
  states(): { readonly states: readonly ValueChange[]; readonly isThinned: boolean } {
    const inOrder = this._changes.flat().sort((a, b) => a.atS - b.atS);
    const states = inOrder.filter(({ value }, i) => i === 0 || value !== inOrder[i - 1].value);
    if (states.length <= MOST_CHANGES) return { states, isThinned: this._isThinned };
    const step = states.length / MOST_CHANGES;
    const kept = Array.from({ length: MOST_CHANGES }, (_, i) => states[Math.floor(i * step)]);
    return { states: kept, isThinned: true };
  }

  private _add(part: number, { firstBin, min, max, changes, ...counts }: AttributeHistory): void {
    for (let i = 0; i < min.length; i++) {
      const bin = firstBin + i;
      // NaN is neither below nor above.
      if (!Number.isNaN(min[i]) && !(this.min[bin] <= min[i])) this.min[bin] = min[i];
      if (!Number.isNaN(max[i]) && !(this.max[bin] >= max[i])) this.max[bin] = max[i];
    }
    this._changes[part] = [...changes];
    this._numbers += counts.numbers;
    this._others += counts.others;
    this._isThinned ||= counts.isThinned;
  }
}
