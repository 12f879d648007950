import type { Silence } from '../selection/time-ranges.js';

/** Due times of the first and the last event of a pass, in Unix seconds; not finite: not known. */
export interface PassTimes {
  readonly firstTimeS: number;
  readonly lastTimeS: number;
}

/** The recorded time that a pass takes to play, in which silences are as long as they are played. */
export class PlannedTime {
  private readonly _firstS: number;
  private readonly _lastS: number;
  private readonly _maxGapS: number;
  /** Silences that are cut, in order of time; undefined: not known. */
  private readonly _silences: readonly Silence[] | undefined;
  /** Time that is left out in the silences from each one on, in seconds. */
  private readonly _leftOutS: Float64Array;

  /**
   * @param maxGapS length to which longer silences are cut; Infinity: none is
   * @param silences all that are longer, in order of time; undefined: not known
   */
  constructor(
    { firstTimeS, lastTimeS }: PassTimes,
    maxGapS: number,
    silences: readonly Silence[] | undefined,
  ) {
    this._firstS = firstTimeS;
    this._lastS = lastTimeS;
    this._maxGapS = maxGapS;
    this._silences = maxGapS === Number.POSITIVE_INFINITY ? [] : silences;
    const cut = this._silences ?? [];
    this._leftOutS = new Float64Array(cut.length + 1);
    for (let i = cut.length - 1; i >= 0; i--) {
      this._leftOutS[i] = this._leftOutS[i + 1] + cut[i].toS - cut[i].fromS - maxGapS;
    }
  }

  /** Recorded time that is still to be played at a position, in seconds; NaN: not known. */
  leftS(positionS: number): number {
    return this._silences === undefined ? Number.NaN : this._timeAfter(positionS, this._silences);
  }

  /** How much of the time has been played at a position: 0 to 1; NaN: not known, or the position is outside. */
  share(positionS: number): number {
    if (!(positionS >= this._firstS && positionS <= this._lastS)) return Number.NaN;
    const silences = this._silences ?? [];
    const allS = this._timeAfter(this._firstS, silences);
    return Math.max(0, Math.min((allS - this._timeAfter(positionS, silences)) / allS, 1));
  }

  private _timeAfter(positionS: number, silences: readonly Silence[]): number {
    const next = firstEndingAfter(silences, positionS);
    const silence = silences[next];
    let leftS = this._lastS - positionS;
    if (silence !== undefined) {
      // A silence is cut at its beginning: the plan stands at most `maxGapS` before its end once it is.
      const outS = silence.toS - Math.max(silence.fromS, positionS) - this._maxGapS;
      leftS -= this._leftOutS[next + 1] + Math.max(0, outS);
    }
    return leftS;
  }
}

/** Index of the first silence that ends after a time. */
function firstEndingAfter(silences: readonly Silence[], timeS: number): number {
  let [low, high] = [0, silences.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (silences[middle].toS <= timeS) low = middle + 1;
    else high = middle;
  }
  return low;
}
