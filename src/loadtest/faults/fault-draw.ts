import type { Random } from '../../generate/random.js';
import type { EventFault } from './fault-spec.js';

/**
 * Draws which events a fault hits. It takes one random number for each event, or one for each hit, from a generator of its own, and looks
 * at nothing but the times when events are due: the same seed hits the same events.
 */
export class FaultDraw {
  private readonly _fault: EventFault;
  private readonly _random: Random;
  /** Of a number of events: the moments from which on the next event is hit, the last one first. */
  private readonly _momentsS: number[] = [];

  constructor(fault: EventFault, random: Random) {
    const { amount, fromS, toS } = fault;
    this._fault = fault;
    this._random = random;
    if ('count' in amount)
      this._momentsS = Array.from({ length: amount.count }, () => random.between(fromS, toS)).sort(
        (a, b) => b - a,
      );
  }

  /** Whether it hits the next event. Call it for each event, in their order. @param atS when it is due, since the load began */
  hits(atS: number): boolean {
    const { amount, fromS, toS } = this._fault;
    if ('count' in amount) return (this._momentsS.at(-1) ?? Number.POSITIVE_INFINITY) <= atS;
    return this._random.chance(amount.share) && atS >= fromS && atS < toS;
  }

  /** The event was hit. Without it, a fault of a number of events hits the next one. */
  take(): void {
    this._momentsS.pop();
  }
}
