import { mountAt, type Pointing, pointingOf } from './mount.js';
import type { Phase } from './timeline.js';

/** All that the attributes of an event may depend on. One object serves all events: read it, do not keep it. */
export class Moment {
  /** Unix seconds of the event's data time. */
  unixS = 0;
  /** Seconds since the topic's last event; 0 for its first one. */
  sinceLastS = 0;
  #elapsedS = 0;
  #phase: Phase | undefined;
  #pointing: Pointing | undefined;

  /** @param elapsedS seconds since the night's start */
  set(unixS: number, elapsedS: number, sinceLastS: number, phase: Phase): void {
    this.unixS = unixS;
    this.sinceLastS = sinceLastS;
    this.#elapsedS = elapsedS;
    this.#phase = phase;
    this.#pointing = undefined;
  }

  get phase(): Phase {
    return this.#phase as Phase;
  }

  /** Computed on demand, because most topics do not care where the telescope looks. */
  get pointing(): Pointing {
    this.#pointing ??= pointingOf(mountAt(this.phase, this.#elapsedS, this.unixS), this.unixS);
    return this.#pointing;
  }
}
