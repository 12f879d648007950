import type { Silence } from '../selection/time-ranges.js';
import type { Run } from '../timeline/timeline.js';
import { type PassTimes, PlannedTime } from './planned-time.js';

export interface ProgressOptions {
  /** Longest silence that is played, in recorded seconds; Infinity: none is cut. */
  readonly maxGapS: number;
  /** Whether events are sent evenly, and not at their recorded times. */
  readonly isEven: boolean;
  /** Number of events after which the replay ends; Infinity: no limit. */
  readonly limit: number;
  /** Whether events are played that are still to be recorded: only a limit tells how much is left. Default false. */
  readonly isFollowing?: boolean;
}

/** How far a replay is. */
export interface Standing {
  /** Events passed in all passes: sent or dropped. */
  readonly passed: number;
  /** Events sent in all passes. */
  readonly sent: number;
  /** Where the plan stands, in Unix seconds; NaN: none has a time. */
  readonly positionS: number;
  /** Steps back in recorded time so far. */
  readonly stepsBack: number;
}

/** Estimates how much of the current pass is done, and how long the rest takes. */
export class PassProgress {
  private readonly _options: ProgressOptions;
  private _times: PassTimes = { firstTimeS: Number.NaN, lastTimeS: Number.NaN };
  private _silences: readonly Silence[] | undefined;
  private _planned: PlannedTime;
  /** When the present plan began, on the steady clock, and the work that was done then. */
  private _baseNs = 0;
  private _baseWork = 0;
  private _stepsBackBefore = 0;
  private _run: Run | undefined;
  /** Events passed before the current run, in all passes. */
  private _passedBefore = 0;
  private _shareBefore = 0;

  constructor(options: ProgressOptions) {
    this._options = options;
    this._planned = this._plan();
  }

  /** The current run; undefined: the pass has none yet. */
  get run(): Run | undefined {
    return this._run;
  }

  /** Sets the silences that are cut, of the whole recorded time: see `PlannedTime`. */
  set silences(silences: readonly Silence[] | undefined) {
    this._silences = silences;
    this._planned = this._plan();
  }

  /** Begins a pass. @param nowNs the steady clock */
  begin(times: PassTimes, at: Standing, nowNs: number): void {
    this._times = times;
    this._planned = this._plan();
    this._run = undefined;
    this._stepsBackBefore = at.stepsBack;
    this.rebase(at, nowNs);
  }

  /** The plan has changed: the time that the work took so far tells nothing any more. */
  rebase(at: Standing, nowNs: number): void {
    this._baseNs = nowNs;
    this._baseWork = this._work(at);
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

  /**
   * How much of the pass is done, or of the limit where that is nearer to its end: 0 to 1. By recorded time as long as that
   * ascends; with a rate by what has been read, wanted or not. NaN: not known.
   */
  share(at: Standing): number {
    if (this._options.isFollowing === true) return this._hasLimit ? this._limitShare(at) : Number.NaN;
    const read = this._readShare(at.passed);
    const isInOrder = at.stepsBack === this._stepsBackBefore && !this._options.isEven;
    const played = isInOrder && read < 1 ? this._planned.share(at.positionS) : Number.NaN;
    return Math.max(Number.isNaN(played) ? read : played, this._limitShare(at));
  }

  /**
   * Seconds until the pass ends, or the replay by its limit. NaN: not known.
   *
   * @param speedup Infinity: flat out
   * @param nowNs the steady clock
   */
  leftS(at: Standing, speedup: number, nowNs: number): number {
    const { isEven, limit, isFollowing = false } = this._options;
    if (isFollowing && !this._hasLimit) return Number.NaN;
    if (!isEven && speedup !== Number.POSITIVE_INFINITY) {
      // Which event is the last one within the limit is not known, nor its time.
      if (limit !== Number.POSITIVE_INFINITY) return Number.NaN;
      const leftS = this._planned.leftS(at.positionS) / speedup;
      return leftS > 0 && leftS < Number.POSITIVE_INFINITY ? leftS : Number.NaN;
    }
    const work = this._work(at);
    const done = work - this._baseWork;
    return done > 0 ? (((nowNs - this._baseNs) / 1e9) * (1 - work)) / done : Number.NaN;
  }

  /** How much of what takes time is done where the recorded times do not set the pace: reading, or sending up to the limit. */
  private _work(at: Standing): number {
    const read = this._options.isFollowing === true ? 0 : this._readShare(at.passed);
    return Math.max(read, this._limitShare(at));
  }

  private get _hasLimit(): boolean {
    return this._options.limit !== Number.POSITIVE_INFINITY;
  }

  private _readShare(passed: number): number {
    if (this._run === undefined) return 0;
    const { first, end, shareAtEnd } = this._run;
    const part = end === first ? 1 : (passed - this._passedBefore) / (end - first);
    return this._shareBefore + part * (shareAtEnd - this._shareBefore);
  }

  private _limitShare({ sent }: Standing): number {
    return Math.min(1, sent / this._options.limit);
  }

  private _plan(): PlannedTime {
    return new PlannedTime(this._times, this._options.maxGapS, this._silences);
  }
}
