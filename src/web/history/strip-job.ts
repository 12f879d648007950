import type { TimeBins } from '../../database/places/time-bins.js';
import type { Silence } from '../../selection/time-ranges.js';
import type { Archive } from '../../timeline/archive.js';
import type { StripPart } from '../protocol.js';
import type { Job } from './shared-job.js';
import { StripCounts } from './strip-counts.js';
import type { SurveyPace } from './survey-pace.js';
import { forEachPart, samplesAPart, surveyParts } from './survey-parts.js';

/** Shorter silences are not marked. */
const LEAST_GAP_S = 60;
const MOST_GAPS = 500;
const MOST_DAMAGES = 200;
/** Share of the work that the estimate is said to be. */
const SHARE_OF_ESTIMATE = 0.02;

type Damage = NonNullable<StripPart['damage']>[number];

/** Counts events by topic and time: an estimate first, then part by part. */
export class StripJob implements Job {
  readonly counts: StripCounts;
  /** Settles when there is an estimate of all. */
  readonly estimated: Promise<void>;
  gaps: readonly Silence[] | undefined;
  readonly damage: Damage[] = [];
  /** Events that were counted of each source, by its name. */
  readonly eventsOfSources = new Map<string, number>();
  done = 0;
  private readonly _archive: Archive;
  private readonly _pace: SurveyPace;
  private readonly _bins: TimeBins;
  private readonly _onDone: (job: StripJob) => void;
  private _hasEstimate: () => void = () => {};

  /** @param wanted topics whose counts are kept; undefined: all */
  constructor(
    archive: Archive,
    pace: SurveyPace,
    bins: TimeBins,
    wanted: ReadonlySet<string> | undefined,
    onDone: (job: StripJob) => void,
  ) {
    this._archive = archive;
    this._pace = pace;
    this._bins = bins;
    this._onDone = onDone;
    this.counts = new StripCounts(bins.bins, wanted);
    this.estimated = new Promise((resolve) => {
      this._hasEstimate = resolve;
    });
  }

  get sizeBytes(): number {
    return this.counts.sizeBytes;
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      for (const { name, damage } of this._archive.played)
        for (const { reason } of damage)
          this._addDamage({ fromS: null, toS: null, text: `${name}: ${reason}` });
      const parts = await surveyParts(this._archive, this._bins);
      if (parts.length > 1) {
        const samples = samplesAPart(parts);
        await forEachPart(parts, this._pace, signal, async ({ survey, rows, number }) => {
          this.counts.estimate(number, await survey.topicCounts(rows, this._bins, samples));
        });
      }
      this.done = SHARE_OF_ESTIMATE;
      this._hasEstimate();
      const finding = this._findGaps();
      let left = parts.length;
      await forEachPart(parts, this._pace, signal, async ({ survey, rows, number, path }) => {
        const found = await survey.topicCounts(rows, this._bins);
        this.counts.add(number, found);
        const events = found.counts.reduce((sum, count) => sum + count, 0);
        this.eventsOfSources.set(path, (this.eventsOfSources.get(path) ?? 0) + events);
        for (const { reason } of found.damage)
          this._addDamage({
            fromS: numberOrNull(found.firstS),
            toS: numberOrNull(found.lastS),
            text: `${path}: ${reason}`,
          });
        left -= 1;
        this.done = 1 - (left / parts.length) * (1 - SHARE_OF_ESTIMATE);
      });
      await finding;
      this.done = 1;
      this._onDone(this);
    } finally {
      this._hasEstimate();
    }
  }

  private async _findGaps(): Promise<void> {
    const { fromS, toS } = this._bins;
    // Where they are not known, or there are too many, none is marked.
    const silences = await this._archive.silences(LEAST_GAP_S).catch(() => undefined);
    const within = silences?.filter((silence) => silence.toS > fromS && silence.fromS < toS) ?? [];
    this.gaps = within.sort((a, b) => b.toS - b.fromS - (a.toS - a.fromS)).slice(0, MOST_GAPS);
  }

  private _addDamage(damage: Damage): void {
    if (this.damage.length < MOST_DAMAGES) this.damage.push(damage);
  }
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
