import type { Reception } from './receiver.js';
import type { Counts } from './result.js';

/** What must come. */
export interface Expected {
  readonly events: number;
  /** Of all messages; null: not known. */
  readonly digest: string | null;
}

/** What must come where the same messages are sent so many times. */
export function repeated({ events, digest }: Expected, times: number): Expected {
  // A digest is a sum of 64 bits.
  const sum = digest === null ? null : BigInt.asUintN(64, BigInt(`0x${digest}`) * BigInt(times));
  return { events: times * events, digest: sum === null ? null : sum.toString(16).padStart(16, '0') };
}

/** What is wrong with what came, and how much did. */
export interface Faults {
  /** Why a trial does not count; empty where it does. */
  readonly reasons: string[];
  readonly counts: Counts;
}

/**
 * Compares what a receiver got with what it should have got.
 *
 * @param sent how many events the publisher says that it sent
 */
export function faultsOf({ events, digest }: Expected, sent: number, reception: Reception): Faults {
  const { received, lost, outOfOrder, unnumbered, firstSequence, digest: found } = reception;
  const reasons: string[] = [];
  if (sent !== events) reasons.push(`sent ${sent} of ${events} events`);
  if (received !== events) reasons.push(`received ${received} of ${events} events`);
  if (firstSequence !== null && firstSequence !== 1)
    reasons.push(`the first to come was number ${firstSequence}`);
  if (lost > 0) reasons.push(`${lost} numbers missing in between`);
  if (outOfOrder > 0) reasons.push(`${outOfOrder} events out of order`);
  if (unnumbered > 0) reasons.push(`${unnumbered} messages without a number`);
  const isContentRight = digest === null || found === undefined ? null : found === digest;
  // Where some are missing the digest must differ.
  if (isContentRight === false && received === events)
    reasons.push(`received other content than was to be sent: expected the digest ${digest}, found ${found}`);
  const missing = Math.max(0, events - received);
  return {
    reasons,
    counts: { expected: events, received, lost: missing, outOfOrder, isContentRight },
  };
}

/**
 * A rate by the receiver's clock, which starts when the first message has come: that one is not part of what comes in that
 * time.
 *
 * @param amount of all messages together
 */
export function rateOf(
  amount: number,
  { received, seconds }: Pick<Reception, 'received' | 'seconds'>,
): number {
  return seconds > 0 && received > 1 ? (amount * (received - 1)) / received / seconds : 0;
}
