import { type Pointing, pointingOf } from './mount.js';
import { mountAt, type Phase } from './phase.js';

/** All that the attributes of an event may depend on. One object serves all events: read it, do not keep it. */
export class Moment {
  /** Unix seconds of the event's data time. */
  unixS = 0;
  /** Seconds since the topic's last event; 0 for its first one. */
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

  /** Computed on demand, because most topics do not care where the telescope looks. */
  get pointing(): Pointing {
    this._pointing ??= pointingOf(mountAt(this.phase, this._elapsedS, this.unixS), this.unixS);
    return this._pointing;
  }
}
