import type { Reception } from '../reception.js';
import { type ExpectedReception, type Faults, faultsOf } from '../reception-faults.js';

/** Largest difference between the time taken and the plan: seconds, plus a share of the plan. */
const LARGEST_DIFFERENCE_S = 0.1;
const LARGEST_DIFFERENCE_SHARE = 0.01;

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
  const toleranceS = LARGEST_DIFFERENCE_S + LARGEST_DIFFERENCE_SHARE * plannedS;
  if (Math.abs(seconds - plannedS) > toleranceS) {
    reasons.push(`took ${seconds.toFixed(3)} s, planned were ${plannedS.toFixed(3)} s`);
  }
  return { reasons, counts };
}
