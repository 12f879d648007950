import type { Clock } from '../../shared/clock.js';
import type { ClockAnchor } from './subscriber-messages.js';

const READINGS = 5;

/** A moment on a clock and on the steady clock that all processes of this machine share. */
export function anchorOf(clock: Clock): ClockAnchor {
  let best: ClockAnchor = { steadyUs: 0, unixUs: 0 };
  let bestUs = Number.POSITIVE_INFINITY;
  // Between two readings the process can lose its core: the readings that are nearest to each other count.
  for (let i = 0; i < READINGS; i++) {
    const beforeUs = steadyUs();
    const unixUs = clock.unixUs();
    const betweenUs = steadyUs() - beforeUs;
    if (betweenUs >= bestUs) continue;
    bestUs = betweenUs;
    best = { steadyUs: beforeUs + betweenUs / 2, unixUs };
  }
  return best;
}

/** The clock of another process of this machine, as it went on from an anchor, also if the system's clock was set since. */
export class AnchoredClock implements Clock {
  private _anchor: ClockAnchor;

  constructor(anchor: ClockAnchor) {
    this._anchor = anchor;
  }

  /** From now on it goes on from another anchor. */
  anchorAt(anchor: ClockAnchor): void {
    this._anchor = anchor;
  }

  nowNs(): number {
    return performance.now() * 1e6;
  }

  unixUs(): number {
    return Math.round(this._anchor.unixUs + (steadyUs() - this._anchor.steadyUs));
  }
}

/** The machine's steady clock, in microseconds. `performance.now` has an origin of its own in each process. */
function steadyUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}
