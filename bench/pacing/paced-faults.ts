import { paceToleranceS } from '../pace-tolerance.js';
import type { Reception } from '../reception.js';
import { type ExpectedReception, type Faults, faultsOf } from '../reception-faults.js';

/** What a receiver must get, and in which time. */
export interface PacedExpected extends ExpectedReception {
  /** Seconds from the first event to the last. */
  readonly plannedS: number;
}

/**
 * Compares what a receiver got, and how long it took, with what it should have got.
 *
 * @param sent what the publisher reports: events sent, and events whose lateness it recorded
 */
export function pacedFaultsOf(
  expected: PacedExpected,
  sent: { readonly events: number; readonly timed: number },
  reception: Reception,
): Faults {
  const { plannedS } = expected;
  const { reasons, counts } = faultsOf(expected, sent.events, reception);
  const { seconds, untimed = 0 } = reception;
  if (sent.timed !== sent.events) {
    reasons.push(`the publisher says of ${sent.timed} events how late they were, and sent ${sent.events}`);
  }
  if (untimed > 0) reasons.push(`${untimed} messages without a time`);
  if (Math.abs(seconds - plannedS) > paceToleranceS(plannedS)) {
    reasons.push(`took ${seconds.toFixed(3)} s, planned were ${plannedS.toFixed(3)} s`);
  }
  return { reasons, counts };
}
