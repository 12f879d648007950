import { count, counted } from '../../src/cli/text.js';
import { faults } from '../play.js';
import type { Sent } from '../publisher.js';
import type { Reception } from '../receiver.js';
import type { Counts } from '../result.js';

/** What all subscribers of a trial should have got. */
export interface Expected {
  /** Each of them. */
  readonly events: number;
  /** Null where it is not known: then all must have got the same. */
  readonly digest: string | null;
}

/** Of more subscribers at which something is wrong it is not said what. */
const MOST_TOLD = 3;

/** Of all subscribers together. */
export function countsOf({ events, digest }: Expected, receptions: readonly Reception[]): Counts {
  const sum = (of: (reception: Reception) => number) =>
    receptions.reduce((total, each) => total + of(each), 0);
  const received = sum((reception) => reception.received);
  const expected = events * receptions.length;
  return {
    ...{ expected, received, lost: Math.max(0, expected - received) },
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    // What is missing is told as such: only what is whole can be told to be wrong.
    isContentRight: received < expected ? null : contents(digest, receptions).size === 1,
  };
}

/**
 * Why a trial does not count: in all, then subscriber by subscriber. Empty where it does.
 *
 * @param faultsOf what is wrong with what one of them got, other than how many events were sent
 */
export function fanOutFaults(
  expected: Expected,
  sent: Pick<Sent, 'events'>,
  receptions: readonly Reception[],
  faultsOf: (reception: Reception) => string[] = (reception) => faults(expected.events, expected, reception),
): string[] {
  const { events, digest } = expected;
  const { expected: deliveries, lost, isContentRight } = countsOf(expected, receptions);
  const reasons: string[] = [];
  if (sent.events !== events) reasons.push(`sent ${sent.events} of ${events} events`);
  if (lost > 0) {
    const losers = receptions.filter(({ received }) => received < events).length;
    reasons.push(
      `${losers} of ${counted(receptions.length, 'subscriber')} lost ${count(lost)} of ${count(deliveries)} events`,
    );
  }
  const wrong = receptions
    .map((reception, i) => ({ number: i + 1, found: faultsOf(reception) }))
    .filter(({ found }) => found.length > 0);
  for (const { number, found } of wrong.slice(0, MOST_TOLD)) {
    reasons.push(`subscriber ${number}: ${found.join('; ')}`);
  }
  if (wrong.length > MOST_TOLD) {
    reasons.push(`something at ${counted(wrong.length - MOST_TOLD, 'further subscriber')}`);
  }
  if (isContentRight === false) {
    const found = [...contents(null, receptions)].slice(0, MOST_TOLD).join(', ');
    const wanted = digest === null ? 'content of one digest' : `content of digest ${digest}`;
    reasons.push(`expected ${wanted} at all subscribers, found ${found}`);
  }
  return reasons;
}

/** The digests that there are, with the one that is expected. */
function contents(expected: string | null, receptions: readonly Reception[]): Set<string> {
  const digests = receptions.map(({ digest }) => digest ?? 'none');
  return new Set(expected === null ? digests : [expected, ...digests]);
}
