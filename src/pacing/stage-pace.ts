import type { OwnPace } from './own-pace.js';
import type { StagePlan } from './stage-plan.js';

/**
 * How the events of a load arrive: with the distances of the recording, evenly, or by chance, as those of many independent
 * senders do (a Poisson process).
 */
export type Arrival = 'recorded' | 'even' | 'poisson';

/** What is never due is due in some thirty years: every wait is finite. */
const NEVER_S = 1e9;

export interface StagePaceOptions {
  readonly arrival: Arrival;
  /** Gives numbers from 0 up to but excluding 1. Used for `poisson` only. */
  readonly random: () => number;
  /** Called when the first stage begins. Default: nothing. */
  readonly onStart?: () => void;
}

/**
 * Computes when the events of a load are due, by the amount that is due up to each: the number of events before it, the same
 * with random distances of mean 1, or its recorded time. So a ramp holds for each kind of arrival, and errors do not add
 * up. Does not read the clock.
 */
export class StagePace implements OwnPace {
  readonly plan: StagePlan;
  /** With `recorded`: the amount of a recorded second: 1 for speeds, the mean rate of the recording for rates. */
  amountPerRecordedS = 1;
  private readonly _options: StagePaceOptions;
  private _anchorNs = Number.NaN;
  /** The amount up to the current event. */
  private _amount = 0;
  /** With `recorded`: the recorded time of the first event. */
  private _fromS = Number.NaN;

  constructor(plan: StagePlan, options: StagePaceOptions) {
    this.plan = plan;
    this._options = options;
  }

  get isAnchored(): boolean {
    return !Number.isNaN(this._anchorNs);
  }

  /** When the first stage began on the steady clock, in nanoseconds; NaN: it has not. */
  get startNs(): number {
    return this._anchorNs;
  }

  get dueNs(): number {
    return this._anchorNs + 1e9 * Math.min(this.plan.timeOf(this._amount), NEVER_S);
  }

  /** The stages begin when the first event is due, and go on whatever is ordered later. */
  anchor(nowNs: number): void {
    if (this.isAnchored) return;
    this._anchorNs = nowNs;
    this._options.onStart?.();
  }

  reach(frontS: number): void {
    if (this._options.arrival !== 'recorded' || frontS === Number.NEGATIVE_INFINITY) return;
    if (Number.isNaN(this._fromS)) this._fromS = frontS;
    const amount = (frontS - this._fromS) * this.amountPerRecordedS;
    if (amount > this._amount) this._amount = amount;
  }

  sent(): void {
    const { arrival, random } = this._options;
    if (arrival === 'even') this._amount += 1;
    else if (arrival === 'poisson') this._amount -= Math.log(1 - random());
  }

  delay(byNs: number): void {
    this._anchorNs += byNs;
  }

  /** The stages set the pace: it cannot be changed. */
  changeSpeed(): void {}
}
