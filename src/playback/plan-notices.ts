import type { Pacer } from '../pacing/pacer.js';
import * as text from '../shared/text.js';
import type { Source } from '../sources/source.js';
import type { Run } from '../timeline/timeline.js';

/** A longer wait for an event is told, so that it does not look like a hang. */
const TOLD_WAIT_NS = 60e9;

export interface PlanNoticesOptions {
  /** Called with a sentence. */
  readonly onNotice: ((notice: string) => void) | undefined;
  /** What the user calls the option that cuts silences. */
  readonly maxGapName: string;
  /** Infinity: no silence is cut. */
  readonly maxGapS: number;
  /** Undefined: the recorded times set the pace. */
  readonly rate: unknown;
}

const UNTOLD: PlanNoticesOptions = {
  onNotice: undefined,
  maxGapName: 'maxGapS',
  maxGapS: Number.POSITIVE_INFINITY,
  rate: undefined,
};

/** Tells what is odd about when events are due: long waits, and clocks that were wrong. Of each recording once. */
export class PlanNotices {
  private readonly _options: PlanNoticesOptions;
  private readonly _strays = new Set<string>();
  private readonly _stepsBack = new Set<string>();
  private _steps = 0;
  /** Recorded time of the event that a long wait was told for, until it is played. */
  private _toldS = Number.NaN;

  /** @param options default: nothing is told */
  constructor(options: PlanNoticesOptions = UNTOLD) {
    this._options = options;
  }

  /** The replay waits for the pacer's current event. It can wait several times for one: commands end a wait. */
  wait({ dueNs, nowNs, dueS }: Pacer, source: Source): void {
    if (dueNs - nowNs <= TOLD_WAIT_NS || dueS === this._toldS) return;
    this._toldS = dueS;
    const { rate, maxGapS, maxGapName } = this._options;
    const span = text.anySpan((dueNs - nowNs) / 1e9);
    const isRecorded = !Number.isNaN(source.firstTimeS);
    const where = isRecorded ? `, recorded at ${timeText(dueS)}` : '';
    const canCut = isRecorded && rate === undefined && maxGapS === Number.POSITIVE_INFINITY;
    this._tell(`The next event is ${span} away${where}${canCut ? `: ${maxGapName} cuts such silences` : ''}`);
  }

  /** An event of the run, which the pacer has come to, is played. */
  played(run: Run, i: number, { stepsBack, dueS }: Pacer): void {
    this._toldS = Number.NaN;
    if (run.strays?.has(i) === true) this._stray(run, i);
    if (stepsBack.count === this._steps) return;
    this._steps = stepsBack.count;
    const { name } = run.source;
    if (this._stepsBack.has(name)) return;
    this._stepsBack.add(name);
    this._tell(
      `${name}: the recorded times step back from ${timeText(stepsBack.fromS)} to ${timeText(dueS)}, ` +
        'as if a clock was set back: the events go on from there without a wait',
    );
  }

  private _stray({ source, batch }: Run, i: number): void {
    if (this._strays.has(source.name)) return;
    this._strays.add(source.name);
    const topic = text.name(batch.topics[batch.topicIdOf(i)]);
    this._tell(
      `${source.name}: a clock was wrong: an event of ${topic} has the time ${timeText(batch.dueS[i])}, more than a ` +
        'minute off the events around it. Such events are sent with these',
    );
  }

  private _tell(notice: string): void {
    this._options.onNotice?.(notice);
  }
}

function timeText(timeS: number): string {
  const moment = text.moment(timeS);
  return moment === '' ? `${timeS}` : `${moment} UTC`;
}
