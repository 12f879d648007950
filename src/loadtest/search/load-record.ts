import { isLagSteady } from './lag-slope.js';
import type { SearchGoal } from './search-goal.js';
import type { LoadState, SearchedLoad, SearchTrial } from './search-result.js';

/** So many trials that say nothing about subscribers end the attempt at a load. */
const MOST_INVALID = 3;

/** The trials of one load, and what they say. */
export class LoadRecord {
  readonly load: number;
  private readonly _all: SearchTrial[] = [];
  /** Those that count: without what was seen before the machine changed. */
  private _counted: SearchTrial[] = [];

  constructor(load: number) {
    this.load = load;
  }

  get trials(): readonly SearchTrial[] {
    return this._all;
  }

  get badTrials(): readonly SearchTrial[] {
    return this._counted.filter(({ outcome }) => outcome === 'bad');
  }

  get validTrials(): readonly SearchTrial[] {
    return this._counted.filter(({ outcome }) => outcome !== 'invalid');
  }

  add(trial: SearchTrial): void {
    this._all.push(trial);
    this._counted.push(trial);
  }

  /** Begins anew: what was before that moment was of other conditions. */
  forgetBefore(startS: number): void {
    this._counted = this._counted.filter((trial) => trial.startS >= startS);
  }

  /** Whether most of its trials say nothing about subscribers. */
  get isInvalid(): boolean {
    const { length } = this.validTrials;
    const invalid = this._counted.length - length;
    return invalid >= MOST_INVALID && invalid > length;
  }

  /** Whether the trials so far contradict each other. */
  get isMixed(): boolean {
    return new Set(this.validTrials.map(({ outcome }) => outcome)).size > 1;
  }

  /** The latest trial for the time of a hold. */
  get hold(): SearchTrial | undefined {
    return this._counted.findLast(({ phase, outcome }) => phase === 'hold' && outcome !== 'invalid');
  }

  /**
   * What the trials say, early if further ones cannot change it (RFC 9971). They agree if the share of bad ones is not near the exceed ratio;
   * those that do not agree have to add up to the whole time that the goal says. A first bad trial is always repeated.
   *
   * @param sumS measured time that is enough where trials agree
   */
  state({ exceedRatio, trialSumS, width }: SearchGoal, sumS: number): LoadState {
    if (this.hold?.outcome === 'bad') return 'fails';
    const good = secondsOf(this._counted.filter(({ outcome }) => outcome === 'good'));
    const bad = secondsOf(this.badTrials.filter((trial) => !isUnclear(trial, width)));
    const total = secondsOf(this.validTrials);
    const lossy = this.badTrials.filter(({ isLossy }) => isLossy).length;
    const isRepeated = this.badTrials.length >= 2;
    if (lossy >= 2 || (lossy === 1 && isRepeated && good === 0)) return 'fails';
    const margin = Math.min(exceedRatio, 1 - exceedRatio) / 2;
    if (isRepeated && bad > exceedRatio * sumS && bad >= (exceedRatio + margin) * total) return 'fails';
    if (lossy === 0 && good >= (1 - exceedRatio) * sumS && bad <= (exceedRatio - margin) * total)
      return 'holds';
    if (total >= trialSumS && (good > 0 || isRepeated)) return 'disagree';
    return this.isInvalid ? 'invalid' : 'open';
  }

  searched(goal: SearchGoal, sumS: number): SearchedLoad {
    const [good, bad, invalid] = ['good', 'bad', 'invalid'].map((outcome) => this._count(outcome));
    return { load: this.load, state: this.state(goal, sumS), good, bad, invalid };
  }

  private _count(wanted: string): number {
    return this._counted.filter(({ outcome }) => outcome === wanted).length;
  }
}

function secondsOf(trials: readonly SearchTrial[]): number {
  return trials.reduce((sum, { measuredS }) => sum + measuredS, 0);
}

/** Whether a trial is bad only since lag varied so much that it may have grown, and may not. */
function isUnclear({ isLossy, subscribers, offeredPerS }: SearchTrial, width: number): boolean {
  const missing = subscribers.filter(({ missed }) => missed.length > 0);
  return (
    !isLossy &&
    missing.length > 0 &&
    missing.every(
      ({ missed, lagSlope }) =>
        missed.length === 1 &&
        lagSlope !== null &&
        lagSlope.lowPerS <= 0 &&
        !isLagSteady(lagSlope, offeredPerS, width),
    )
  );
}
