import type { AttributeHistory, ValueChange } from '../../database/places/attribute-history.js';
import type { TimeBins } from '../../database/places/time-bins.js';
import type { Archive } from '../../timeline/archive.js';
import type { Job } from './shared-job.js';
import type { SurveyPace } from './survey-pace.js';
import { forEachPart, samplesAPart, surveyParts } from './survey-parts.js';

/** Share of the work that the first picture, of samples, is said to be. */
const SHARE_OF_SAMPLES = 0.02;
/** Changes of a part: the longest ones are of states that flicker. */
const MOST_CHANGES = 2000;

/** The values of one attribute over time, part by part. */
export class SeriesJob implements Job {
  /** The least and the largest number of each bin; NaN: there is none, or it is not read yet. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  done = 0;
  private readonly _archive: Archive;
  private readonly _pace: SurveyPace;
  private readonly _topic: string;
  private readonly _attribute: string;
  private readonly _bins: TimeBins;
  /** What is known of each part besides its numbers. */
  private readonly _parts: Omit<AttributeHistory, 'firstBin' | 'min' | 'max'>[] = [];

  constructor(archive: Archive, pace: SurveyPace, topic: string, attribute: string, bins: TimeBins) {
    this._archive = archive;
    this._pace = pace;
    this._topic = topic;
    this._attribute = attribute;
    this._bins = bins;
    this.min = new Float64Array(bins.bins).fill(Number.NaN);
    this.max = new Float64Array(bins.bins).fill(Number.NaN);
  }

  /** `state` where more values are no numbers than are. */
  get kind(): 'number' | 'state' {
    return this._sum('others') > this._sum('numbers') ? 'state' : 'number';
  }

  get sizeBytes(): number {
    return 16 * this._bins.bins + 64 * this._parts.reduce((sum, { changes }) => sum + changes.length, 0);
  }

  async run(signal: AbortSignal): Promise<void> {
    const parts = await surveyParts(this._archive, this._bins);
    if (parts.length > 1) {
      const samples = samplesAPart(parts);
      await forEachPart(parts, this._pace, signal, async ({ survey, rows, number }) => {
        this._add(number, await survey.history(rows, this._topic, this._attribute, this._bins, samples));
      });
    }
    this.done = SHARE_OF_SAMPLES;
    let left = parts.length;
    await forEachPart(parts, this._pace, signal, async ({ survey, rows, number }) => {
      this._add(number, await survey.history(rows, this._topic, this._attribute, this._bins));
      left -= 1;
      this.done = 1 - (left / parts.length) * (1 - SHARE_OF_SAMPLES);
    });
    this.done = 1;
  }

  /** The changes of a state, in order of time, each from when the value held. */
  states(): { readonly states: readonly ValueChange[]; readonly isThinned: boolean } {
    const inOrder = this._parts.flatMap(({ changes }) => changes).sort((a, b) => a.atS - b.atS);
    const isThinned = this._parts.some((part) => part.isThinned);
    const states = inOrder.filter(({ value }, i) => i === 0 || value !== inOrder[i - 1].value);
    if (states.length <= MOST_CHANGES) return { states, isThinned };
    const step = states.length / MOST_CHANGES;
    const kept = Array.from({ length: MOST_CHANGES }, (_, i) => states[Math.floor(i * step)]);
    return { states: kept, isThinned: true };
  }

  /** Adds what is known of a part. The numbers of its samples are among those of all its events; else all of it replaces them. */
  private _add(part: number, { firstBin, min, max, ...others }: AttributeHistory): void {
    for (let i = 0; i < min.length; i++) {
      const bin = firstBin + i;
      // NaN is neither below nor above.
      if (!Number.isNaN(min[i]) && !(this.min[bin] <= min[i])) this.min[bin] = min[i];
      if (!Number.isNaN(max[i]) && !(this.max[bin] >= max[i])) this.max[bin] = max[i];
    }
    this._parts[part] = others;
  }

  private _sum(of: 'numbers' | 'others'): number {
    return this._parts.reduce((sum, part) => sum + part[of], 0);
  }
}
