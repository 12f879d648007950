import type { OwnPace } from './own-pace.js';
import { StagePace, type StagePaceOptions } from './stage-pace.js';
import type { StagePlan } from './stage-plan.js';

/** What is not due in any trial is due in some thirty years: every wait is finite. */
const NEVER_NS = 1e18;

export interface TrialPaceOptions extends Pick<StagePaceOptions, 'arrival' | 'random'> {
  /** Called once, when the first event is there: the first trial can begin. */
  readonly onReady: () => void;
}

/**
 * The pace of trials: one load after another, each with a plan of its own, and nothing is due between them. `prepare` gives
 * the plan of the next trial, which begins when the pace is anchored, as a seek does. Does not read the clock.
 */
export class TrialPace implements OwnPace {
  /** As that of `StagePace`. */
  amountPerRecordedS = 1;
  private readonly _options: TrialPaceOptions;
  private _isReady = false;
  private _prepared: StagePlan | undefined;
  private _trial: StagePace | undefined;

  constructor(options: TrialPaceOptions) {
    this._options = options;
  }

  /** True from the first event on. */
  get isAnchored(): boolean {
    return this._isReady;
  }

  /** When the present trial began on the steady clock, in nanoseconds; NaN: there is none. */
  get startNs(): number {
    return this._trial?.startNs ?? Number.NaN;
  }

  get dueNs(): number {
    return this._trial?.dueNs ?? NEVER_NS;
  }

  /** Makes `plan` that of the next trial. */
  prepare(plan: StagePlan): void {
    this._prepared = plan;
  }

  /** Ends the present trial: no more of its events is due. */
  end(): void {
    this._trial = undefined;
  }

  anchor(nowNs: number): void {
    if (this._prepared !== undefined) {
      this._trial = new StagePace(this._prepared, this._options);
      this._trial.amountPerRecordedS = this.amountPerRecordedS;
      this._trial.anchor(nowNs);
      this._prepared = undefined;
    }
    if (this._isReady) return;
    this._isReady = true;
    this._options.onReady();
  }

  reach(frontS: number): void {
    this._trial?.reach(frontS);
  }

  sent(): void {
    this._trial?.sent();
  }

  delay(byNs: number): void {
    this._trial?.delay(byNs);
  }

  /** Trials set the pace: it cannot be changed. */
  changeSpeed(): void {}
}
