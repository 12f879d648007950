import type { Run } from '../timeline/timeline.js';

/**
 * What tells how long the rest of a pass takes: the recorded times (`recorded`), or the time that a share took, as events are
 * sent evenly (`even`). Where silences are cut, or a limit ends the replay earlier, nothing does (`unknown`).
 */
export type LeftBy = 'recorded' | 'even' | 'unknown';

/** Estimates how much of the current pass is done, and how long the rest takes. */
export class PassProgress {
  private readonly _leftBy: LeftBy;
  private _lastTimeS = Number.NaN;
  /** When the present plan began, on the steady clock, and the share that was done then. */
  private _baseNs = 0;
  private _baseShare = 0;
  private _run: Run | undefined;
  /** Events passed before the current run, in all passes. */
  private _passedBefore = 0;
  private _shareBefore = 0;

  constructor(leftBy: LeftBy) {
    this._leftBy = leftBy;
  }

  /**
   * Begins a pass.
   *
   * @param lastTimeS recorded time of its last event, in Unix seconds; NaN or -Infinity: not known
   * @param nowNs the steady clock
   */
  begin(lastTimeS: number, nowNs: number): void {
    this._lastTimeS = lastTimeS;
    this._run = undefined;
    this.rebase(0, nowNs);
  }

  /** The plan has changed: the time that the share took so far tells nothing any more. */
  rebase(share: number, nowNs: number): void {
    this._baseNs = nowNs;
    this._baseShare = share;
  }

  /** Begins a run of the pass. @param passed number of events passed before it, in all passes */
  beginRun(run: Run, passed: number): void {
    this._shareBefore = this._run?.shareAtEnd ?? 0;
    this._run = run;
    this._passedBefore = passed;
  }

  /** Number of events of the current run that have been passed. @param passed number of events passed in all passes */
  passedOfRun(passed: number): number {
    return this._run === undefined ? 0 : passed - this._passedBefore;
  }

  /** How much of the pass is done: 0 to 1. @param passed number of events passed in all passes */
  share(passed: number): number {
    if (this._run === undefined) return 0;
    const { first, end, shareAtEnd } = this._run;
    const part = end === first ? 1 : (passed - this._passedBefore) / (end - first);
    return this._shareBefore + part * (shareAtEnd - this._shareBefore);
  }

  /**
   * Seconds until the pass ends. NaN: not known.
   *
   * @param share as `share` returns it
   * @param positionS where the plan stands, in Unix seconds; NaN: none has a time
   * @param speedup Infinity: flat out
   * @param nowNs the steady clock
   */
  leftS(share: number, positionS: number, speedup: number, nowNs: number): number {
    const isFlatOut = speedup === Number.POSITIVE_INFINITY;
    if (this._leftBy === 'recorded' && !isFlatOut) {
      const leftS = (this._lastTimeS - positionS) / speedup;
      return leftS > 0 && leftS < Number.POSITIVE_INFINITY ? leftS : Number.NaN;
    }
    const doneShare = share - this._baseShare;
    if (doneShare <= 0 || (this._leftBy !== 'even' && !isFlatOut)) return Number.NaN;
    return (((nowNs - this._baseNs) / 1e9) * (1 - share)) / doneShare;
  }
}
