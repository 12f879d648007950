import type { Clock } from '../shared/clock.js';
import type { OwnPace } from './own-pace.js';

/**
 * Computes when the events of live publishers are due: a fixed time after their time at the publisher. A pause does not move that:
 * what became due meanwhile is due when the pause ends.
 */
export class RelayPace implements OwnPace {
  readonly isAnchored = true;
  private readonly _clock: Clock;
  /** Time of day minus the steady clock, in nanoseconds. */
  private readonly _offsetNs: number;
  private readonly _behindNs: number;
  private _dueNs = Number.NaN;
  /** When the replay began, or was resumed last, on the steady clock: nothing is due before. */
  private _resumedNs = Number.NEGATIVE_INFINITY;
  /** When a step made the current event due, on the steady clock; NaN: none has. */
  private _steppedNs = Number.NaN;

  /** @param behindS seconds between an event's time at the publisher and the moment when it is due; 0 or more */
  constructor(behindS: number, clock: Clock) {
    this._behindNs = 1e9 * behindS;
    this._clock = clock;
    this._offsetNs = 1000 * clock.unixUs() - clock.nowNs();
  }

  get dueNs(): number {
    return this._dueNs;
  }

  /** The present, in Unix seconds that no setting of the system's clock moves: times at publishers are held against it. */
  nowS(): number {
    return (this._clock.nowNs() + this._offsetNs) / 1e9;
  }

  /** The current event is due now: a step sends it. */
  anchor(nowNs: number): void {
    this._steppedNs = nowNs;
  }

  /** @param frontS the current event's time at its publisher, in Unix seconds */
  reach(frontS: number): void {
    const plannedNs = 1e9 * frontS - this._offsetNs + this._behindNs;
    const dueNs = plannedNs > this._resumedNs ? plannedNs : this._resumedNs;
    this._dueNs = Number.isNaN(this._steppedNs) ? dueNs : this._steppedNs;
  }

  sent(): void {
    this._steppedNs = Number.NaN;
  }

  /** The plan stays as it is: nothing was due while it was moved. */
  delay(): void {
    this._resumedNs = this._clock.nowNs();
  }

  /** The publishers set the pace: a replay refuses another one before it comes here. */
  changeSpeed(): void {}
}
