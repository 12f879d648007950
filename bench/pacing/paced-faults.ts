import { faults } from '../play.js';
import type { Reception } from '../receiver.js';

/** The plan is missed where the time taken differs by more: seconds, and a share of the plan. */
const LARGEST_DIFFERENCE_S = 0.1;
const LARGEST_DIFFERENCE_SHARE = 0.01;

/**
 * Why what was played at a pace does not count. Empty where it does.
 *
 * @param events that were to come
 * @param plannedS from the first event to the last
 * @param sent by the publisher's own count, and of how many it says how late they were
 */
export function pacedFaults(
  events: number,
  plannedS: number,
  sent: { readonly events: number; readonly timed: number },
  reception: Reception,
): string[] {
  const reasons = faults(events, sent, reception);
  const { seconds, untimed = 0 } = reception;
  if (sent.timed !== sent.events) {
    reasons.push(`the publisher says of ${sent.timed} events how late they were, and sent ${sent.events}`);
  }
  if (untimed > 0) reasons.push(`${untimed} messages without a time`);
  const toleranceS = LARGEST_DIFFERENCE_S + LARGEST_DIFFERENCE_SHARE * plannedS;
  if (Math.abs(seconds - plannedS) > toleranceS) {
    reasons.push(`took ${seconds.toFixed(3)} s, planned were ${plannedS.toFixed(3)} s`);
  }
  return reasons;
}
