import { type Pointing, pointingOf } from './mount.js';
import { mountAt, type Phase } from './phase.js';

/** Everything that an event's attributes may depend on. One object is reused for all events: do not keep it. */
export class Moment {
  /** Unix seconds of the event's data time. */
  unixS = 0;
  /** Seconds since the topic's previous event; 0 for its first one. */
  sinceLastS = 0;
  private _elapsedS = 0;
  private _phase: Phase | undefined;
  private _pointing: Pointing | undefined;

  /** @param elapsedS seconds since the night's start */
  set(unixS: number, elapsedS: number, sinceLastS: number, phase: Phase): void {
    this.unixS = unixS;
    this.sinceLastS = sinceLastS;
    this._elapsedS = elapsedS;
    this._phase = phase;
    this._pointing = undefined;
  }

  get phase(): Phase {
    return this._phase as Phase;
  }

  /** Computed on demand, because most topics do not depend on where the telescope points. */
  get pointing(): Pointing {
    this._pointing ??= pointingOf(mountAt(this.phase, this._elapsedS, this.unixS), this.unixS);
    return this._pointing;
  }
}
