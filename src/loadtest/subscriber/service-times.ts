import { Random } from '../../generate/random.js';
import type { Clock } from '../../shared/clock.js';
import type { ServiceModel } from './service-model.js';

/** How long each event of a subscriber takes: the same for the same model, seed and name, apart from what depends on the clock. */
export class ServiceTimes {
  /** Whether the subscriber needs the processor for its events; otherwise it waits. */
  readonly needsProcessor: boolean;
  private readonly _model: ServiceModel;
  private readonly _clock: Clock;
  private readonly _random: Random;
  private readonly _beganNs: number;
  private _events = 0;

  /**
   * Periods count from now.
   *
   * @param seed whole number from 0 to 2^53 - 1
   * @param name of the subscriber: each draws numbers of its own
   */
  constructor(model: ServiceModel, seed: number, name: string, clock: Clock) {
    this._model = model;
    this._clock = clock;
    this._random = new Random(seed, `service of ${name}`);
    this._beganNs = clock.nowNs();
    this.needsProcessor = model.kind === 'spin' || model.kind === 'exponential';
  }

  /** How long the subscriber takes no event from now on, in nanoseconds: above 0 in the stops of `stop` only. */
  stopNs(): number {
    return this._model.kind === 'stop' ? this._leftNs(this._model) : 0;
  }

  /** How long the next event takes, in nanoseconds, if it begins now. */
  nextNs(): number {
    const model = this._model;
    this._events += 1;
    switch (model.kind) {
      case 'spin':
      case 'sleep':
        return model.serviceNs;
      case 'exponential':
        return this._random.exponential(model.meanNs);
      case 'batch':
        return this._events % model.events === 0 ? model.lengthNs : 0;
      case 'stall':
        return this._leftNs(model);
      default:
        return 0;
    }
  }

  /** What is left of the standstill that lasts now; 0 outside of any. The first one begins after a period. */
  private _leftNs({ lengthNs, periodNs }: { lengthNs: number; periodNs: number }): number {
    const sinceNs = this._clock.nowNs() - this._beganNs;
    if (sinceNs < periodNs) return 0;
    return Math.max(0, lengthNs - (sinceNs % periodNs));
  }
}
