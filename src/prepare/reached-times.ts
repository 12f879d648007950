import { EVENTS_AHEAD, findStrays } from '../batch/strays.js';

/** Events that are judged at a time. */
const EVENTS_A_STEP = 4096;

/**
 * Follows the events of a recording in the order of play, and finds the latest time that it has reached before each block. In
 * the order of a table strays have no say in that, and whether an event is one is decided by those after it.
 */
export class ReachedTimes {
  /** The latest time before each block that was ended, in Unix seconds; -Infinity: none. */
  readonly reachedS: number[] = [Number.NEGATIVE_INFINITY];
  /** Numbers of the strays. */
  readonly strays: number[] = [];
  private readonly _hasStrays: boolean;
  /** Numbers of the events at which blocks end that are not in `reachedS` yet. */
  private readonly _ends: number[] = [];
  /** Times of the events that are not judged yet. */
  private _timesS: number[] = [];
  private _judged = 0;
  private _placeS = Number.NEGATIVE_INFINITY;
  private _latestS = Number.NEGATIVE_INFINITY;

  /** @param hasStrays whether strays are looked for: not where events were sorted by their times */
  constructor(hasStrays: boolean) {
    this._hasStrays = hasStrays;
  }

  /** Adds the events of a block. @param timesS times by which they are merged, in Unix seconds; NaN: none */
  add(timesS: Float64Array): void {
    for (const timeS of timesS) this._timesS.push(timeS);
    this._ends.push(this._judged + this._timesS.length);
    const count = this._timesS.length - EVENTS_AHEAD;
    if (count >= EVENTS_A_STEP) this._judge(count);
  }

  /** Ends the last block. */
  end(): void {
    this._judge(this._timesS.length);
  }

  private _judge(count: number): void {
    let strays: ReadonlySet<number> | undefined;
    if (this._hasStrays) {
      const found = findStrays(this._timesS, count, this._placeS);
      this._placeS = found.placeS;
      strays = found.strays;
    }
    for (let i = 0; i < count; i++) {
      if (strays?.has(i) === true) this.strays.push(this._judged);
      else if (this._timesS[i] > this._latestS) this._latestS = this._timesS[i];
      this._judged += 1;
      while (this._ends[0] === this._judged) {
        this._ends.shift();
        this.reachedS.push(this._latestS);
      }
    }
    this._timesS = this._timesS.slice(count);
  }
}
