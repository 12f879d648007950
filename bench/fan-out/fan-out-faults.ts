import { count, counted } from '../../src/shared/text.js';
import { sumOf } from '../case-summary.js';
import type { Reception } from '../reception.js';
import { type ExpectedReception, type Faults, faultsOf } from '../reception-faults.js';
import type { Counts } from '../result.js';

/** Reasons name the faults of at most this many subscribers. */
const MOST_TOLD = 3;

/** The faults of a trial, and counts over all subscribers. */
export interface FanOutFaults extends Faults {
  readonly lostShare: number;
}

/**
 * Compares what subscribers got with what each of them should have got.
 *
 * @param expected for each subscriber; if its digest is unknown, all must have got the same content
 * @param sent number of events that the publisher reports
 * @param judge finds the faults of one subscriber, other than the number of sent events
 */
export function fanOutFaults(
  expected: ExpectedReception,
  sent: number,
  receptions: readonly Reception[],
  judge: (reception: Reception) => Faults = (reception) => faultsOf(expected, expected.events, reception),
): FanOutFaults {
  const { events } = expected;
  const each = receptions.map(judge);
  const counts: Counts = sumOf(each.map((faults) => faults.counts))!;
  const whole = receptions.filter(({ received }) => received === events);
  const digests = new Set(whole.map(({ digest }) => digest));
  const reasons: string[] = [];
  if (sent !== events) reasons.push(`sent ${sent} of ${events} events`);
  if (counts.lost > 0) {
    const losers = counted(receptions.length - whole.length, 'subscriber');
    reasons.push(
      `${losers} of ${receptions.length} lost ${count(counts.lost)} of ${count(counts.expected)} events`,
    );
  }
  if (digests.size > 1) {
    const found = [...digests].slice(0, MOST_TOLD).join(', ');
    reasons.push(`expected the same content at all subscribers, found digests ${found}`);
  }
  reasons.push(...toldOf(each));
  return {
    reasons,
    counts: digests.size > 1 ? { ...counts, isContentRight: false } : counts,
    lostShare: counts.lost / counts.expected,
  };
}

/** Reasons by subscriber, numbered from 1. */
function toldOf(each: readonly Faults[]): string[] {
  const told = each.flatMap(({ reasons }, i) =>
    reasons.length === 0 ? [] : `subscriber ${i + 1}: ${reasons.join('; ')}`,
  );
  const left = told.length - MOST_TOLD;
  return left > 0
    ? [...told.slice(0, MOST_TOLD), `and something at ${counted(left, 'subscriber')} more`]
    : told;
}
