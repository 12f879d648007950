import type { Run } from '../timeline/timeline.js';

/** Estimates how much of the current pass is done, and how long the rest takes. */
export class PassProgress {
  /** Whether the recorded times tell how long the rest takes: not if silences in it may be cut. */
  private readonly _hasPlan: boolean;
  private _lastTimeS = Number.NaN;
  private _beganNs = 0;
  private _run: Run | undefined;
  /** Events passed before the current run, in all passes. */
  private _passedBefore = 0;
  private _shareBefore = 0;

  constructor(hasPlan: boolean) {
    this._hasPlan = hasPlan;
  }

  /**
   * Begins a pass.
   *
   * @param lastTimeS recorded time of its last event, in Unix seconds; NaN or -Infinity: not known
   * @param nowNs the steady clock
   */
  begin(lastTimeS: number, nowNs: number): void {
    this._lastTimeS = lastTimeS;
    this._beganNs = nowNs;
    this._run = undefined;
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
   * Seconds until the pass ends: by the plan if that is known, else by the time that its share took so far. NaN: not known.
   *
   * @param share as `share` returns it
   * @param positionS recorded time of the last event passed, in Unix seconds; NaN: none has a time
   * @param speedup Infinity: flat out
   * @param nowNs the steady clock
   */
  leftS(share: number, positionS: number, speedup: number, nowNs: number): number {
    const leftOfPlanS = (this._lastTimeS - positionS) / speedup;
    if (this._hasPlan && leftOfPlanS > 0) return leftOfPlanS;
    return share === 0 ? Number.NaN : (((nowNs - this._beganNs) / 1e9) * (1 - share)) / share;
  }
}
